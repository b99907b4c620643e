#include <emscripten/bind.h>

#include <array>

#include "conversions.h"
#include "ops/gather.h"
#include "ops/gather_nd.h"
#include "ops/image.h"
#include "ops/sort.h"
#include "ops/strided_slice.h"

// Ops that read or write where other numbers say: indices, order, places in images.

namespace heddle {
namespace {

using emscripten::function;
using emscripten::val;

Tensor one_hot_of(const Tensor& indices, int depth, float on, float off, int dtype) {
  return one_hot(indices, depth, on, off, static_cast<DType>(dtype));
}

Tensor scatter_nd_of(const Tensor& indices, const Tensor& updates, const val& shape) {
  return scatter_nd(indices, updates, to_shape(shape));
}

/// [begin..., size..., steps...].
Tensor slice_steps_of(const Tensor& x, const val& box) {
  const std::vector<int> all = to_ints(box);
  const std::span<const int> list = all;
  const size_t rank = list.size() / 3;
  return slice_steps(x, list.first(rank), list.subspan(rank, rank), list.last(rank));
}

val top_k_of(const Tensor& x, int k) {
  const TopK top = top_k(x, k);
  return to_array(std::array{top.values, top.indices});
}

/// [height, width, align corners, half pixel centers, channels first].
template <Tensor (*kResize)(const Tensor&, int, int, const ResizeOptions&)>
Tensor resize(const Tensor& images, const val& size) {
  const std::vector<int> s = to_ints(size);
  return kResize(images, s[0], s[1], {s[2] != 0, s[3] != 0, s[4] != 0});
}

/// [height, width, bilinear].
Tensor crop_of(const Tensor& images, const Tensor& boxes, const Tensor& index, const val& size,
               float fill) {
  const std::vector<int> s = to_ints(size);
  return crop_and_resize(images, boxes, index, s[0], s[1], s[2] != 0, fill);
}

/// [height, width, bilinear, outside].
Tensor transform_of(const Tensor& images, const Tensor& transforms, const val& size,
                    const val& fill) {
  const std::vector<int> s = to_ints(size);
  const std::vector<float> values = emscripten::convertJSArrayToNumberVector<float>(fill);
  return transform_images(images, transforms,
                          {.bilinear = s[2] != 0,
                           .outside = static_cast<kernels::Outside>(s[3]),
                           .fill = values,
                           .height = s[0],
                           .width = s[1]});
}

}  // namespace

EMSCRIPTEN_BINDINGS(heddle_places) {
  function("gather", &gather);
  function("oneHot", &one_hot_of);
  function("gatherND", &gather_nd);
  function("scatterND", &scatter_nd_of);
  function("tensorScatterUpdate", &tensor_scatter_update);
  function("sliceSteps", &slice_steps_of);
  function("topk", &top_k_of);
  function("searchSorted", &search_sorted);
  function("resizeBilinear", &resize<resize_bilinear>);
  function("resizeNearest", &resize<resize_nearest>);
  function("cropAndResize", &crop_of);
  function("transform", &transform_of);
}

}  // namespace heddle
