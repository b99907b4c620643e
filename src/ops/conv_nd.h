#pragma once

#include "ops/conv2d.h"
#include "ops/int_list.h"

namespace heddle {

// Convolutions over one and three dimensions, and transposed ones. All are made of conv2d and its
// gradients. Shape functions take dimensions kUnknown (but for channels).

struct Conv1DOptions {
  int stride = 1;
  Padding padding = Padding::kValid;
  int pad_before = 0;  // for Padding::kExplicit
  int pad_after = 0;
  int dilation = 1;
  /// Sequences are [batch, channels, length] and not [batch, length, channels].
  bool channels_first = false;
};

/// x [batch, length, in], filter [window, in, out] give [batch, out_length, out]. An x of rank 2 is
/// one sequence. `groups` as in grouped_conv2d: the filter is [window, in / groups, out].
Tensor conv1d(const Tensor& x, const Tensor& filter, const Conv1DOptions& options = {},
              int groups = 1);
/// x [batch, length, in], filter [window, in, multiplier] give [batch, out_length, in *
/// multiplier].
Tensor depthwise_conv1d(const Tensor& x, const Tensor& filter, const Conv1DOptions& options = {});
/// depthwise_conv1d, then conv1d with `pointwise` [1, in * multiplier, out].
Tensor separable_conv1d(const Tensor& x, const Tensor& depthwise, const Tensor& pointwise,
                        const Conv1DOptions& options = {});

/// The transpose (in the sense of linear algebra: the gradient) of a convolution: from x [batch,
/// height, width, in] to an image of shape `output_shape` [batch, out_height, out_width, out] that
/// conv2d with these options would take to the shape of x. filter [kernel_height, kernel_width,
/// out, in]. Rank 3 is one image.
Tensor conv2d_transpose(const Tensor& x, const Tensor& filter, const Shape& output_shape,
                        const Conv2DOptions& options = {});
/// The same over one dimension: filter [window, out, in].
Tensor conv1d_transpose(const Tensor& x, const Tensor& filter, const Shape& output_shape,
                        const Conv1DOptions& options = {});
/// How many cells a transposed convolution gives along an axis, by Keras's rule: input * stride,
/// and with padding `valid` what the window reaches beyond that. kUnknown stays so.
int transposed_size(int input, int window, int stride, int dilation, Padding padding);

struct Conv3DOptions {
  int stride_d = 1;
  int stride_h = 1;
  int stride_w = 1;
  Padding padding = Padding::kValid;  // not kExplicit
  int dilation_d = 1;
  int dilation_h = 1;
  int dilation_w = 1;
  /// Volumes are [batch, channels, depth, height, width] and not [batch, depth, height, width,
  /// channels].
  bool channels_first = false;
};

/// x [batch, depth, height, width, in], filter [kernel_depth, kernel_height, kernel_width, in, out]
/// give [batch, out_depth, out_height, out_width, out]. Rank 4 is one volume. `groups` as in
/// grouped_conv2d.
Tensor conv3d(const Tensor& x, const Tensor& filter, const Conv3DOptions& options = {},
              int groups = 1);
/// The shape that conv3d gives for an x of rank 5.
Shape conv3d_shape(const Shape& x, const Shape& filter, const Conv3DOptions& options,
                   int groups = 1);
/// As conv2d_transpose: filter [kernel_depth, kernel_height, kernel_width, out, in].
Tensor conv3d_transpose(const Tensor& x, const Tensor& filter, const Shape& output_shape,
                        const Conv3DOptions& options = {});

}  // namespace heddle
