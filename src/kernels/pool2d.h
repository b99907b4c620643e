#pragma once

namespace heddle::kernels {

/// The sizes of a two-dimensional pooling over NHWC images. Only the padding before (top, left) is
/// stated. Cells outside the image take no part: not in the maximum, and not in the count of an
/// average.
struct Pool2DGeometry {
  int batch = 1;
  int in_height = 0;
  int in_width = 0;
  int channels = 0;
  int out_height = 0;
  int out_width = 0;
  int window_height = 1;
  int window_width = 1;
  int stride_height = 1;
  int stride_width = 1;
  int pad_top = 0;
  int pad_left = 0;
};

/// y is [batch, out_height, out_width, channels], x is [batch, in_height, in_width, channels].
/// A NaN in the window is passed over, as in TensorFlow.js. A window wholly outside gives
/// -infinity.
void max_pool2d(const Pool2DGeometry& g, const float* x, float* y);

/// dx from dy, with x and y as they went through max_pool2d. The first maximum of a window (row by
/// row) receives its whole gradient, as in TensorFlow. dx is overwritten.
void max_pool2d_backward(const Pool2DGeometry& g, const float* x, const float* y, const float* dy,
                         float* dx);

/// The mean of the cells inside the image. A window wholly outside gives 0.
void avg_pool2d(const Pool2DGeometry& g, const float* x, float* y);

/// dx from dy: every cell inside the window receives dy / count. dx is overwritten.
void avg_pool2d_backward(const Pool2DGeometry& g, const float* dy, float* dx);

}  // namespace heddle::kernels
