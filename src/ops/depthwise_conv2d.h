#pragma once

#include "ops/conv2d.h"

namespace heddle {

/// Convolves every channel with filters of its own: x [batch, height, width, in], filter
/// [kernel_height, kernel_width, in, multiplier] give [batch, out_height, out_width,
/// in * multiplier]; channel c of x becomes the channels c * multiplier and on. An x of rank 3 is
/// one image. float32.
Tensor depthwise_conv2d(const Tensor& x, const Tensor& filter, const Conv2DOptions& options = {});

/// The shape that depthwise_conv2d gives; dimensions of x may be kUnknown (but for its channels).
Shape depthwise_conv2d_shape(const Shape& x, const Shape& filter, const Conv2DOptions& options);

/// depthwise_conv2d, then a convolution with the 1 x 1 filter `pointwise` [1, 1, in * multiplier,
/// out].
Tensor separable_conv2d(const Tensor& x, const Tensor& depthwise, const Tensor& pointwise,
                        const Conv2DOptions& options = {});

/// conv2d in `groups` parts: channels in / groups at a time, each with its part of the filter
/// [kernel_height, kernel_width, in / groups, out].
Tensor grouped_conv2d(const Tensor& x, const Tensor& filter, int groups,
                      const Conv2DOptions& options = {});

}  // namespace heddle
