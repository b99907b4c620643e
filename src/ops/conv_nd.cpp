#include "ops/conv_nd.h"

#include <algorithm>

#include "ops/depthwise_conv2d.h"
#include "ops/elementwise.h"
#include "ops/shape_ops.h"
#include "ops/strided_slice.h"

namespace heddle {
namespace {

/// A sequence as an image of height 1.
Conv2DOptions as_2d(const Conv1DOptions& o) {
  Conv2DOptions out;
  out.stride_w = o.stride;
  out.padding = o.padding;
  out.pads = {0, 0, o.pad_before, o.pad_after};
  out.dilation_w = o.dilation;
  out.channels_first = o.channels_first;
  return out;
}

void check_sequence(const Tensor& x, const Tensor& filter, const char* where) {
  if (x.shape().rank() != 3 || filter.shape().rank() != 3) {
    fail<ValueError>(
        "[{}] x must have rank 3 (or 2, for one sequence) and filter rank 3: got {} and {}", where,
        x.shape(), filter.shape());
  }
}

/// What is done with images and a filter; `more` is what else it needs.
using OnImages = Tensor (*)(const Tensor& images, const Tensor& filter,
                            const Conv2DOptions& options, const void* more);

/// Does it with sequences, as images of height 1.
Tensor over_sequences(OnImages fn, const Tensor& x, const Tensor& filter,
                      const Conv1DOptions& options, const void* more, const char* where) {
  if (x.shape().rank() == 2) {
    return squeeze(over_sequences(fn, expand_dims(x, 0), filter, options, more, where), {0});
  }
  check_sequence(x, filter, where);
  const int height = options.channels_first ? 2 : 1;
  return squeeze(fn(expand_dims(x, height), expand_dims(filter, 0), as_2d(options), more),
                 {height});
}

/// The options of the planes of a volume.
Conv2DOptions plane_options(const Conv3DOptions& o) {
  return {o.stride_h, o.stride_w, o.padding, {}, o.dilation_h, o.dilation_w, false};
}

WindowAxis depths_of(int depth, const Shape& filter, const Conv3DOptions& o, const char* where) {
  return place_windows(depth, filter[0], o.stride_d, o.dilation_d, o.padding, 0, 0, where);
}

void check_volume(const Shape& x, const Shape& filter, const Conv3DOptions& o, const char* where) {
  if (x.rank() != 5 || filter.rank() != 5) {
    fail<ValueError>(
        "[{}] x must have rank 5 (or 4, for one volume) and filter rank 5: got {} and {}", where, x,
        filter);
  }
  if (o.padding == Padding::kExplicit || o.padding == Padding::kCausal) {
    fail<ValueError>("[{}] padding must be 'valid' or 'same'", where);
  }
}

Shape channels_last(const Shape& s) { return {s[0], s[2], s[3], s[4], s[1]}; }
Shape channels_first(const Shape& s) { return {s[0], s[4], s[1], s[2], s[3]}; }
Tensor channels_last(const Tensor& x) { return transpose(x, {0, 2, 3, 4, 1}); }
Tensor channels_first(const Tensor& x) { return transpose(x, {0, 4, 1, 2, 3}); }

/// The planes that the taps of the filter read, along the depth of a volume with its border.
struct Depths {
  int planes = 0;  // how many each tap reads: the depth of the result
  int stride = 1;
  int dilation = 1;
  int before = 0;
  int after = 0;  // the border behind; where negative, the last planes are not read
};

Depths place_depths(int depth, const Shape& filter, const Conv3DOptions& o) {
  const WindowAxis axis = depths_of(depth, filter, o, "conv3d");
  Depths d{axis.out, o.stride_d, o.dilation_d, axis.pad_before, 0};
  const int read = std::max(0, (axis.out - 1) * o.stride_d) + (filter[0] - 1) * o.dilation_d + 1;
  d.after = std::max(0, read - depth - axis.pad_before);
  return d;
}

/// [planes together, height, width, channels] of [batch, depth, height, width, channels].
Tensor flat_planes(const Tensor& x) {
  const Shape& s = x.shape();
  return reshape(x, {s[0] * s[1], s[2], s[3], s[4]});
}

Tensor tap_of(const Tensor& filter, int tap) { return squeeze(slice(filter, {tap}, {1}), {0}); }

/// Channels last. A volume is a row of planes: for each tap along the depth, the planes that it
/// reads are convolved with its plane of the filter, and the results summed.
Tensor conv3d_last(const Tensor& x, const Tensor& filter, const Conv3DOptions& options,
                   int groups) {
  const Shape& shape = x.shape();
  const Depths d = place_depths(shape[1], filter.shape(), options);
  const Tensor padded = pad(x, {0, d.before, 0, 0, 0}, {0, d.after, 0, 0, 0});
  Tensor sum;
  for (int tap = 0; tap < filter.shape()[0]; ++tap) {
    const Tensor planes =
        slice_steps(padded, {0, d.planes > 0 ? tap * d.dilation : 0, 0, 0, 0},
                    {shape[0], d.planes, shape[2], shape[3], shape[4]}, {1, d.stride, 1, 1, 1});
    const Tensor part =
        grouped_conv2d(flat_planes(planes), tap_of(filter, tap), groups, plane_options(options));
    sum = sum.defined() ? add(sum, part) : part;
  }
  const Shape& s = sum.shape();
  return reshape(sum, {shape[0], d.planes, s[1], s[2], s[3]});
}

/// The same steps, each transposed.
Tensor conv3d_transpose_last(const Tensor& x, const Tensor& filter, const Shape& out,
                             const Conv3DOptions& options) {
  const Depths d = place_depths(out[1], filter.shape(), options);
  const Shape planes{out[0] * d.planes, out[2], out[3], out[4]};
  const Shape padded{out[0], d.before + out[1] + d.after, out[2], out[3], out[4]};
  Tensor sum;
  for (int tap = 0; tap < filter.shape()[0]; ++tap) {
    const Tensor part =
        conv2d_backward_input(flat_planes(x), tap_of(filter, tap), planes, plane_options(options));
    const Tensor placed =
        place_steps(reshape(part, {out[0], d.planes, out[2], out[3], out[4]}), padded,
                    {0, tap * d.dilation, 0, 0, 0}, {1, d.stride, 1, 1, 1});
    sum = sum.defined() ? add(sum, placed) : placed;
  }
  return slice(sum, {0, d.before}, {-1, out[1]});
}

/// The image that a transposed convolution gives must lead back to the shape of x.
void check_transposed(const Shape& expected, const Shape& x, const Shape& output,
                      const char* where) {
  if (expected == x) return;
  fail<ValueError>(
      "[{}] the convolution takes the output shape {} to {}, which must be the shape of x, {}",
      where, output, expected, x);
}

}  // namespace

Tensor conv1d(const Tensor& x, const Tensor& filter, const Conv1DOptions& options, int groups) {
  const OnImages convolve = [](const Tensor& images, const Tensor& window, const Conv2DOptions& o,
                               const void* count) {
    return grouped_conv2d(images, window, *static_cast<const int*>(count), o);
  };
  return over_sequences(convolve, x, filter, options, &groups, "conv1d");
}

Tensor depthwise_conv1d(const Tensor& x, const Tensor& filter, const Conv1DOptions& options) {
  const OnImages convolve = [](const Tensor& images, const Tensor& window, const Conv2DOptions& o,
                               const void*) { return depthwise_conv2d(images, window, o); };
  return over_sequences(convolve, x, filter, options, nullptr, "depthwiseConv1d");
}

Tensor separable_conv1d(const Tensor& x, const Tensor& depthwise, const Tensor& pointwise,
                        const Conv1DOptions& options) {
  return conv1d(depthwise_conv1d(x, depthwise, options), pointwise,
                {.channels_first = options.channels_first});
}

Tensor conv2d_transpose(const Tensor& x, const Tensor& filter, const Shape& output_shape,
                        const Conv2DOptions& options) {
  if (x.shape().rank() == 3 && output_shape.rank() == 3) {
    const Shape one{1, output_shape[0], output_shape[1], output_shape[2]};
    return squeeze(conv2d_transpose(expand_dims(x, 0), filter, one, options), {0});
  }
  check_size(output_shape, "conv2dTranspose");
  check_transposed(conv2d_shape(output_shape, filter.shape(), options), x.shape(), output_shape,
                   "conv2dTranspose");
  const Tensor weights = cast(filter, DType::kFloat32);
  const Tensor in = cast(x, DType::kFloat32);
  if (!options.channels_first) return conv2d_backward_input(in, weights, output_shape, options);
  Conv2DOptions last = options;
  last.channels_first = false;
  const Shape& s = output_shape;
  return transpose(
      conv2d_backward_input(transpose(in, {0, 2, 3, 1}), weights, {s[0], s[2], s[3], s[1]}, last),
      {0, 3, 1, 2});
}

Tensor conv1d_transpose(const Tensor& x, const Tensor& filter, const Shape& output_shape,
                        const Conv1DOptions& options) {
  if (output_shape.rank() != x.shape().rank() || x.shape().rank() < 2) {
    fail<ValueError>("[conv1dTranspose] the output shape {} must have the rank of x {}",
                     output_shape, x.shape());
  }
  Shape image = output_shape;
  if (image.rank() == 2) image = {1, image[0], image[1]};
  image = options.channels_first ? Shape{image[0], image[1], 1, image[2]}
                                 : Shape{image[0], 1, image[1], image[2]};
  const OnImages convolve = [](const Tensor& images, const Tensor& window, const Conv2DOptions& o,
                               const void* shape) {
    return conv2d_transpose(images, window, *static_cast<const Shape*>(shape), o);
  };
  return over_sequences(convolve, x, filter, options, &image, "conv1dTranspose");
}

int transposed_size(int input, int window, int stride, int dilation, Padding padding) {
  if (input == kUnknown || padding == Padding::kSame) {
    return input == kUnknown ? kUnknown : input * stride;
  }
  const int extent = (window - 1) * dilation + 1;
  return input * stride + std::max(extent - stride, 0);
}

Shape conv3d_shape(const Shape& x, const Shape& filter, const Conv3DOptions& options, int groups) {
  check_volume(x, filter, options, "conv3d");
  const Shape in = options.channels_first ? channels_last(x) : x;
  if (groups < 1 || in[4] != filter[3] * groups || filter[4] % groups != 0) {
    fail<ValueError>("[conv3d] the filter {} is for {} input channels, and x {} has {}", filter,
                     int64_t{filter[3]} * groups, x, in[4]);
  }
  const auto size = [&](int i, int stride, int dilation) {
    return place_windows(in[i], filter[i - 1], stride, dilation, options.padding, 0, 0, "conv3d")
        .out;
  };
  const Shape out{in[0], size(1, options.stride_d, options.dilation_d),
                  size(2, options.stride_h, options.dilation_h),
                  size(3, options.stride_w, options.dilation_w), filter[4]};
  return options.channels_first ? channels_first(out) : out;
}

Tensor conv3d(const Tensor& x, const Tensor& filter, const Conv3DOptions& options, int groups) {
  if (x.shape().rank() == 4) {
    return squeeze(conv3d(expand_dims(x, 0), filter, options, groups), {0});
  }
  conv3d_shape(x.shape(), filter.shape(), options, groups);  // errors in the caller's layout
  const Tensor in = cast(x, DType::kFloat32);
  if (!options.channels_first) return conv3d_last(in, filter, options, groups);
  return channels_first(conv3d_last(channels_last(in), filter, options, groups));
}

Tensor conv3d_transpose(const Tensor& x, const Tensor& filter, const Shape& output_shape,
                        const Conv3DOptions& options) {
  if (x.shape().rank() == 4 && output_shape.rank() == 4) {
    Shape one{1};
    for (int dim : output_shape) one.push_back(dim);
    return squeeze(conv3d_transpose(expand_dims(x, 0), filter, one, options), {0});
  }
  check_size(output_shape, "conv3dTranspose");
  check_volume(x.shape(), filter.shape(), options, "conv3dTranspose");
  check_transposed(conv3d_shape(output_shape, filter.shape(), options), x.shape(), output_shape,
                   "conv3dTranspose");
  const Tensor in = cast(x, DType::kFloat32);
  const Tensor weights = cast(filter, DType::kFloat32);
  if (!options.channels_first) return conv3d_transpose_last(in, weights, output_shape, options);
  return channels_first(
      conv3d_transpose_last(channels_last(in), weights, channels_last(output_shape), options));
}

}  // namespace heddle
