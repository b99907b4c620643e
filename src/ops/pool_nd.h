#pragma once

#include "ops/pool2d.h"

namespace heddle {

// Pooling over one and three dimensions, made of pooling over two. Shape functions take dimensions
// kUnknown.

struct Pool1DOptions {
  int window = 2;
  int stride = 2;
  Padding padding = Padding::kValid;  // not kExplicit
  /// Sequences are [batch, channels, length] and not [batch, length, channels].
  bool channels_first = false;
};

/// x [batch, length, channels] gives [batch, out_length, channels]; rank 2 is one sequence.
Tensor max_pool1d(const Tensor& x, const Pool1DOptions& options);
Tensor avg_pool1d(const Tensor& x, const Pool1DOptions& options);
Shape pool1d_shape(const Shape& x, const Pool1DOptions& options, const char* where);

struct Pool3DOptions {
  int window_d = 2;
  int window_h = 2;
  int window_w = 2;
  int stride_d = 2;
  int stride_h = 2;
  int stride_w = 2;
  Padding padding = Padding::kValid;  // not kExplicit
  /// Volumes are [batch, channels, depth, height, width] and not [batch, depth, height, width,
  /// channels].
  bool channels_first = false;
};

/// x [batch, depth, height, width, channels] gives [batch, out_depth, out_height, out_width,
/// channels]; rank 4 is one volume. The first of equal maxima receives the gradient; cells outside
/// the volume take no part.
Tensor max_pool3d(const Tensor& x, const Pool3DOptions& options);
Tensor avg_pool3d(const Tensor& x, const Pool3DOptions& options);
Shape pool3d_shape(const Shape& x, const Pool3DOptions& options, const char* where);

}  // namespace heddle
