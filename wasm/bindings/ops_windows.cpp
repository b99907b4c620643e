#include <emscripten/bind.h>

#include <utility>

#include "conversions.h"
#include "ops/conv_nd.h"
#include "ops/depthwise_conv2d.h"
#include "ops/pool_nd.h"

// Convolutions and pooling. Their options come as one list of whole numbers, `window`.

namespace heddle {
namespace {

using emscripten::function;
using emscripten::val;

using Windows = std::vector<int>;
using Convolution = Tensor (*)(const Tensor&, const Tensor&, const val&);
using Pooling = Tensor (*)(const Tensor&, const val&);

/// [stride h, stride w, padding, top, bottom, left, right, channels first, dilation h, dilation w].
Conv2DOptions conv2d_options(const Windows& w) {
  return {w[0], w[1], static_cast<Padding>(w[2]), {w[3], w[4], w[5], w[6]}, w[8], w[9], w[7] != 0};
}

/// [stride, padding, before, after, channels first, dilation].
Conv1DOptions conv1d_options(const Windows& w) {
  return {w[0], static_cast<Padding>(w[1]), w[2], w[3], w[5], w[4] != 0};
}

/// [stride d, stride h, stride w, padding, channels first, dilation d, dilation h, dilation w].
Conv3DOptions conv3d_options(const Windows& w) {
  return {w[0], w[1], w[2], static_cast<Padding>(w[3]), w[5], w[6], w[7], w[4] != 0};
}

/// What follows the options: the number of groups.
int groups(const Windows& w, size_t at) { return w.size() > at ? w[at] : 1; }
/// Or the shape of the result.
Shape rest(const Windows& w, size_t at) { return Shape(std::vector(w.begin() + at, w.end())); }

Tensor conv1d_of(const Tensor& x, const Tensor& filter, const val& window) {
  const Windows w = to_ints(window);
  return conv1d(x, filter, conv1d_options(w), groups(w, 6));
}

Tensor depthwise_conv1d_of(const Tensor& x, const Tensor& filter, const val& window) {
  return depthwise_conv1d(x, filter, conv1d_options(to_ints(window)));
}

Tensor conv1d_transpose_of(const Tensor& x, const Tensor& filter, const val& window) {
  const Windows w = to_ints(window);
  return conv1d_transpose(x, filter, rest(w, 6), conv1d_options(w));
}

Tensor conv2d_of(const Tensor& x, const Tensor& filter, const val& window) {
  const Windows w = to_ints(window);
  return grouped_conv2d(x, filter, groups(w, 10), conv2d_options(w));
}

Tensor depthwise_conv2d_of(const Tensor& x, const Tensor& filter, const val& window) {
  return depthwise_conv2d(x, filter, conv2d_options(to_ints(window)));
}

Tensor conv2d_transpose_of(const Tensor& x, const Tensor& filter, const val& window) {
  const Windows w = to_ints(window);
  return conv2d_transpose(x, filter, rest(w, 10), conv2d_options(w));
}

Tensor conv3d_of(const Tensor& x, const Tensor& filter, const val& window) {
  const Windows w = to_ints(window);
  return conv3d(x, filter, conv3d_options(w), groups(w, 8));
}

Tensor conv3d_transpose_of(const Tensor& x, const Tensor& filter, const val& window) {
  const Windows w = to_ints(window);
  return conv3d_transpose(x, filter, rest(w, 8), conv3d_options(w));
}

constexpr std::pair<const char*, Convolution> kConvolutions[] = {
    {"conv1d", conv1d_of},
    {"depthwiseConv1d", depthwise_conv1d_of},
    {"conv1dTranspose", conv1d_transpose_of},
    {"conv2d", conv2d_of},
    {"depthwiseConv2d", depthwise_conv2d_of},
    {"conv2dTranspose", conv2d_transpose_of},
    {"conv3d", conv3d_of},
    {"conv3dTranspose", conv3d_transpose_of},
};

// The options are those of convolutions, with the size of the window in the place of the dilations.

template <Tensor (*kPool)(const Tensor&, const Pool1DOptions&)>
Tensor pool1d(const Tensor& x, const val& window) {
  const Windows w = to_ints(window);
  return kPool(x, {w[5], w[0], static_cast<Padding>(w[1]), w[4] != 0});
}

template <Tensor (*kPool)(const Tensor&, const Pool2DOptions&)>
Tensor pool2d(const Tensor& x, const val& window) {
  const Windows w = to_ints(window);
  return kPool(
      x, {w[8], w[9], w[0], w[1], static_cast<Padding>(w[2]), {w[3], w[4], w[5], w[6]}, w[7] != 0});
}

template <Tensor (*kPool)(const Tensor&, const Pool3DOptions&)>
Tensor pool3d(const Tensor& x, const val& window) {
  const Windows w = to_ints(window);
  return kPool(x, {w[5], w[6], w[7], w[0], w[1], w[2], static_cast<Padding>(w[3]), w[4] != 0});
}

constexpr std::pair<const char*, Pooling> kPoolings[] = {
    {"maxPool1d", pool1d<max_pool1d>}, {"avgPool1d", pool1d<avg_pool1d>},
    {"maxPool", pool2d<max_pool>},     {"avgPool", pool2d<avg_pool>},
    {"maxPool3d", pool3d<max_pool3d>}, {"avgPool3d", pool3d<avg_pool3d>},
};

}  // namespace

EMSCRIPTEN_BINDINGS(heddle_windows) {
  for (const auto& [name, op] : kConvolutions) function(name, op);
  for (const auto& [name, op] : kPoolings) function(name, op);
}

}  // namespace heddle
