#include "ops/pool_nd.h"

#include "ops/shape_ops.h"

namespace heddle {
namespace {

using Pool2D = Tensor (*)(const Tensor&, const Pool2DOptions&);

void check_padding(Padding padding, const char* where) {
  if (padding != Padding::kValid && padding != Padding::kSame) {
    fail<ValueError>("[{}] padding must be 'valid' or 'same'", where);
  }
}

Tensor pool1d(Pool2D pool, const Tensor& x, const Pool1DOptions& o, const char* where) {
  if (x.shape().rank() == 2) return squeeze(pool1d(pool, expand_dims(x, 0), o, where), {0});
  pool1d_shape(x.shape(), o, where);
  const int height = o.channels_first ? 2 : 1;
  return squeeze(
      pool(expand_dims(x, height), {1, o.window, 1, o.stride, o.padding, {}, o.channels_first}),
      {height});
}

/// A box is a row of rectangles: what is true of the greatest cell, and of the mean where the
/// rectangles have as many cells each, of the box is true of the rectangles and then of the row.
/// (The cells outside the volume that padding leaves out form whole rows and rectangles.)
Tensor pool3d(Pool2D pool, const Tensor& x, const Pool3DOptions& o, const char* where) {
  if (x.shape().rank() == 4) return squeeze(pool3d(pool, expand_dims(x, 0), o, where), {0});
  const Shape out = pool3d_shape(x.shape(), o, where);
  if (o.channels_first) {
    Pool3DOptions last = o;
    last.channels_first = false;
    return transpose(pool3d(pool, transpose(x, {0, 2, 3, 4, 1}), last, where), {0, 4, 1, 2, 3});
  }
  const Shape& s = x.shape();
  const Tensor planes = pool(reshape(x, {s[0] * s[1], s[2], s[3], s[4]}),
                             {o.window_h, o.window_w, o.stride_h, o.stride_w, o.padding});
  const Tensor rows = reshape(planes, {s[0], s[1], 1, out[2] * out[3] * out[4]});
  return reshape(pool(rows, {o.window_d, 1, o.stride_d, 1, o.padding}), out);
}

}  // namespace

Shape pool1d_shape(const Shape& x, const Pool1DOptions& options, const char* where) {
  check_padding(options.padding, where);
  if (x.rank() != 3) {
    fail<ValueError>("[{}] x must have rank 3 (or 2, for one sequence), got {}", where, x);
  }
  Shape out = x;
  int& length = out[options.channels_first ? 2 : 1];
  length =
      place_windows(length, options.window, options.stride, 1, options.padding, 0, 0, where).out;
  return out;
}

Shape pool3d_shape(const Shape& x, const Pool3DOptions& options, const char* where) {
  check_padding(options.padding, where);
  if (x.rank() != 5) {
    fail<ValueError>("[{}] x must have rank 5 (or 4, for one volume), got {}", where, x);
  }
  Shape out = x;
  const int windows[] = {options.window_d, options.window_h, options.window_w};
  const int strides[] = {options.stride_d, options.stride_h, options.stride_w};
  for (int i = 0; i < 3; ++i) {
    int& size = out[i + (options.channels_first ? 2 : 1)];
    size = place_windows(size, windows[i], strides[i], 1, options.padding, 0, 0, where).out;
  }
  return out;
}

Tensor max_pool1d(const Tensor& x, const Pool1DOptions& options) {
  return pool1d(max_pool, x, options, "maxPool1d");
}
Tensor avg_pool1d(const Tensor& x, const Pool1DOptions& options) {
  return pool1d(avg_pool, x, options, "avgPool1d");
}
Tensor max_pool3d(const Tensor& x, const Pool3DOptions& options) {
  return pool3d(max_pool, x, options, "maxPool3d");
}
Tensor avg_pool3d(const Tensor& x, const Pool3DOptions& options) {
  return pool3d(avg_pool, x, options, "avgPool3d");
}

}  // namespace heddle
