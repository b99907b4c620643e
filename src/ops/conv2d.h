#pragma once

#include "ops/op.h"
#include "ops/padding.h"

namespace heddle {

struct Conv2DOptions {
  int stride_h = 1;
  int stride_w = 1;
  Padding padding = Padding::kValid;
  Pads pads = {};  // for Padding::kExplicit
  int dilation_h = 1;
  int dilation_w = 1;
  /// Images are [batch, channels, height, width] and not [batch, height, width, channels].
  bool channels_first = false;
};

/// Two-dimensional convolution (cross-correlation, as everywhere in the field): x [batch, height,
/// width, in], filter [kernel_height, kernel_width, in, out] give [batch, out_height, out_width,
/// out]. An x of rank 3 is one image without a batch dimension. float32; other dtypes are
/// converted. Throws ValueError for shapes that do not fit.
Tensor conv2d(const Tensor& x, const Tensor& filter, const Conv2DOptions& options = {});

/// Takes zeros that were put around images [batch, height, width, channels] by `pad` (and are still
/// known to be, as in a trace) into the options of a convolution of them. Returns the images
/// without.
Tensor take_padding(const Tensor& x, Conv2DOptions& options);

/// The shape that conv2d gives; dimensions of x may be kUnknown (but for its channels).
Shape conv2d_shape(const Shape& x, const Shape& filter, const Conv2DOptions& options);

/// The gradient of conv2d with respect to its image, which has the shape `x_shape`. Images are
/// NHWC here: channels_first must be false.
Tensor conv2d_backward_input(const Tensor& dy, const Tensor& filter, const Shape& x_shape,
                             const Conv2DOptions& options);
/// The gradient of conv2d with respect to its filter, which has the shape `filter_shape`. Images
/// are NHWC here.
Tensor conv2d_backward_filter(const Tensor& x, const Tensor& dy, const Shape& filter_shape,
                              const Conv2DOptions& options);

}  // namespace heddle
