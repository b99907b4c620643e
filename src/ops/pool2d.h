#pragma once

#include "ops/op.h"
#include "ops/padding.h"

namespace heddle {

struct Pool2DOptions {
  int window_h = 2;
  int window_w = 2;
  int stride_h = 2;
  int stride_w = 2;
  Padding padding = Padding::kValid;
  Pads pads = {};  // for Padding::kExplicit
  /// Images are [batch, channels, height, width] and not [batch, height, width, channels].
  bool channels_first = false;
};

// Pooling of images [batch, height, width, channels] to [batch, out_height, out_width, channels];
// an x of rank 3 is one image without a batch dimension. float32; other dtypes are converted.
// Throws ValueError for shapes that do not fit.

/// The greatest element of each window. The first of equal ones receives the gradient.
Tensor max_pool(const Tensor& x, const Pool2DOptions& options);
/// The mean of each window; cells outside the image do not count.
Tensor avg_pool(const Tensor& x, const Pool2DOptions& options);

/// The shape that both give; dimensions of x may be kUnknown. `where` names the caller in errors.
Shape pool2d_shape(const Shape& x, const Pool2DOptions& options, const char* where);

}  // namespace heddle
