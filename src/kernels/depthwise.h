#pragma once

#include "kernels/conv2d.h"

namespace heddle::kernels {

// Depthwise convolution: every channel is convolved with a filter of its own. The geometry's
// in_channels counts them; out_channels is not used. x is [batch, in_height, in_width, channels], w
// is [kernel_height, kernel_width, channels], y is [batch, out_height, out_width, channels].

/// What a depthwise convolution does on its way out: y = min(max(conv + bias, low), high). NaN
/// stays NaN.
struct DepthwiseEpilogue {
  const float* bias = nullptr;  // [channels], or null for none
  float low = -__builtin_inff();
  float high = __builtin_inff();
};

/// y from x and w.
void depthwise_forward(const Conv2DGeometry& g, const float* x, const float* w,
                       const DepthwiseEpilogue& epilogue, float* y);
/// The gradient with respect to the image: dx from dy and w; dx is overwritten.
void depthwise_backward_input(const Conv2DGeometry& g, const float* dy, const float* w, float* dx);
/// The gradient with respect to the filter: dw from x and dy; dw is overwritten.
void depthwise_backward_filter(const Conv2DGeometry& g, const float* x, const float* dy, float* dw);

}  // namespace heddle::kernels
