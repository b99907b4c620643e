#pragma once

#include "kernels/gemm.h"

namespace heddle::kernels {

/// The sizes of a two-dimensional convolution. Images are NHWC, filters HWIO. Only the padding
/// before (top, left) is stated: what lies after follows from the output's size. Cells outside the
/// image are 0.
struct Conv2DGeometry {
  int batch = 1;
  int in_height = 0;
  int in_width = 0;
  int in_channels = 0;
  int out_height = 0;
  int out_width = 0;
  int out_channels = 0;
  int kernel_height = 1;
  int kernel_width = 1;
  int stride_height = 1;
  int stride_width = 1;
  int pad_top = 0;
  int pad_left = 0;
  int dilation_height = 1;
  int dilation_width = 1;
};

/// Whether the convolution is a product of [cells, in_channels] and [in_channels, out_channels]:
/// one tap, no stride, no padding.
bool is_plain_product(const Conv2DGeometry& g);

/// y = epilogue(x * w). x is [batch, in_height, in_width, in_channels], w is [kernel_height,
/// kernel_width, in_channels, out_channels], y is [batch, out_height, out_width, out_channels].
/// Implicit GEMM: patches are packed straight into the product's panels, never written out as a
/// matrix. Large 3 x 3 convolutions go another way (winograd.h), within 1e-4 of the results' scale.
void conv2d_forward(const Conv2DGeometry& g, const float* x, const float* w,
                    const Epilogue& epilogue, float* y);

/// The gradient with respect to the image: dx from dy and w; dx is overwritten.
void conv2d_backward_input(const Conv2DGeometry& g, const float* dy, const float* w, float* dx);

/// The gradient with respect to the filter: dw from x and dy; added to dw when `accumulate`.
void conv2d_backward_filter(const Conv2DGeometry& g, const float* x, const float* dy, float* dw,
                            bool accumulate = false);

}  // namespace heddle::kernels
