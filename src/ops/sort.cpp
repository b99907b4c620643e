#include "ops/sort.h"

#include <algorithm>
#include <numeric>

#include "kernels/order.h"
#include "kernels/scratch.h"
#include "ops/elementwise.h"
#include "ops/gather_nd.h"
#include "ops/reduce.h"
#include "ops/shape_ops.h"

namespace heddle {
namespace {

/// bool counts as int32.
Tensor as_number(const Tensor& x) { return x.dtype() == DType::kBool ? cast(x, DType::kInt32) : x; }

int rows_of(const Shape& shape) {
  return static_cast<int>(shape.slice(0, shape.rank() - 1).size());
}

class TopKPlaces : public Op {
 public:
  explicit TopKPlaces(int k) : k_(k) {}
  const char* name() const override { return "topk"; }

  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    Shape out = inputs[0].shape;
    out[-1] = k_;
    return {{out, DType::kInt32}};
  }

  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    if (outputs[0].size() == 0) return;
    const Shape& shape = inputs[0].shape();
    auto* const spare = static_cast<int32_t*>(kernels::scratch_bytes(
        kernels::ScratchUse::kReduction, static_cast<size_t>(shape[-1]) * sizeof(int32_t)));
    kernels::top_k(inputs[0].dtype(), rows_of(shape), shape[-1], k_, inputs[0].data, spare,
                   outputs[0].i32());
  }

  std::vector<Tensor> gradient(const GradientRequest& /*request*/) const override {
    return {Tensor()};
  }

 private:
  int k_;
};

class SearchSorted : public Op {
 public:
  explicit SearchSorted(bool right) : right_(right) {}
  const char* name() const override { return "searchSorted"; }

  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    return {{inputs[1].shape, DType::kInt32}};
  }

  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    if (outputs[0].size() == 0) return;
    const Shape& values = inputs[1].shape();
    kernels::search_sorted(inputs[0].dtype(), rows_of(values), inputs[0].shape()[-1], values[-1],
                           right_, inputs[0].data, inputs[1].data, outputs[0].i32());
  }

  std::vector<Tensor> gradient(const GradientRequest& /*request*/) const override {
    return {Tensor(), Tensor()};
  }

 private:
  bool right_;
};

}  // namespace

TopK top_k(const Tensor& x, int k) {
  const Shape& shape = x.shape();
  if (shape.rank() == 0 || k < 0 || k > shape[-1]) {
    throw ValueError(text("[topk] k must be from 0 to the size of the last axis, got ", k,
                          " for the shape ", to_string(shape)));
  }
  const Tensor places = apply(std::make_shared<TopKPlaces>(k), {as_number(x)});
  return {take_along_axis(x, places, -1), places};
}

Tensor search_sorted(const Tensor& sorted, const Tensor& values, bool right) {
  const Shape& a = sorted.shape();
  const Shape& b = values.shape();
  if (a.rank() == 0 || b.rank() == 0 || rows_of(a) != rows_of(b)) {
    throw ValueError(text("[searchSorted] the sequences ", to_string(a), " and the values ",
                          to_string(b), " must have rank 1 or more and as many rows"));
  }
  const DType common = promote(promote(sorted.dtype(), values.dtype()), DType::kInt32);
  return apply(std::make_shared<SearchSorted>(right), {cast(sorted, common), cast(values, common)});
}

Tensor bincount(const Tensor& x, const Tensor& weights, int size, bool binary) {
  const bool weighted = weights.defined() && weights.size() > 0;
  if (x.dtype() != DType::kInt32 || x.shape().rank() > 2 || size < 0 ||
      (weighted && weights.shape() != x.shape())) {
    throw ValueError(text("[bincount] x must be int32 and have rank 2 at most, size must not be ",
                          "negative, and weights must have the shape of x: got x ",
                          name_of(x.dtype()), to_string(x.shape()), ", size ", size,
                          weighted ? ", weights " + to_string(weights.shape()) : std::string()));
  }
  const DType dtype = weighted ? weights.dtype() : DType::kFloat32;
  if (x.shape().rank() < 2 && !binary) {
    // All that is too great goes into one place more.
    const int32_t beyond[] = {size};
    const Tensor places = reshape(minimum(x, Tensor::from({}, beyond)), {-1});
    const Tensor amounts =
        weighted ? reshape(weights, {-1}) : Tensor::full(places.shape(), 1, dtype);
    return slice(scatter_add(amounts, places, size + 1), {0}, {size});
  }
  if (size == 0) {
    return x.shape().rank() < 2 ? Tensor::full({0}, 0, dtype)
                                : Tensor::full({x.shape()[0], 0}, 0, dtype);
  }
  const Tensor rows = x.shape().rank() == 2 ? x : reshape(x, {1, -1});
  const Tensor hot = one_hot(rows, size, 1, 0, dtype);  // [rows, x, size]
  Tensor counts;
  if (binary) {
    counts = cast(any(hot, {1}), dtype);
  } else {
    counts = sum(weighted ? mul(hot, expand_dims(weights, -1)) : hot, {1});
  }
  return x.shape().rank() == 2 ? counts : squeeze(counts, {0});
}

Unique unique(const Tensor& x, int axis) {
  check_eager(x, "unique");
  const Shape& shape = x.shape();
  const int normal = normalize_axis(axis, shape.rank(), "unique");
  const int count = shape[normal];
  // One slice a row; as float32 whole numbers would not all be told apart.
  const auto outer = static_cast<int>(shape.slice(0, normal).size());
  const auto inner = static_cast<int>(shape.slice(normal + 1).size());
  const Tensor rows = transpose(reshape(x, {outer, count, inner}), {1, 0, 2});
  const int64_t width = static_cast<int64_t>(outer) * inner;
  const auto value = [&](int64_t i) {
    switch (x.dtype()) {
      case DType::kFloat32:
        return static_cast<double>(rows.data<float>()[i]);
      case DType::kInt32:
        return static_cast<double>(rows.data<int32_t>()[i]);
      default:
        return static_cast<double>(rows.data<uint8_t>()[i]);
    }
  };
  // Less than 0, 0 or more, as the slices compare; NaN is equal to NaN and above all else.
  const auto compare = [&](int a, int b) {
    for (int64_t i = 0; i < width; ++i) {
      const double va = value(a * width + i);
      const double vb = value(b * width + i);
      if (va < vb) return -1;
      if (va > vb) return 1;
      if (va != vb && ((va != va) != (vb != vb))) return va != va ? 1 : -1;
    }
    return 0;
  };
  std::vector<int> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](int a, int b) {
    const int compared = compare(a, b);
    return compared != 0 ? compared < 0 : a < b;
  });
  // For each slice the first that is equal to it, then those in their own order.
  std::vector<int> first(order.size());
  for (size_t i = 0; i < order.size(); ++i) {
    const bool again = i > 0 && compare(order[i - 1], order[i]) == 0;
    first[order[i]] = again ? first[order[i - 1]] : order[i];
  }
  std::vector<int32_t> kept;
  Tensor numbers = Tensor::empty({count}, DType::kInt32);
  int32_t* const number = numbers.data<int32_t>();
  for (int i = 0; i < count; ++i) {
    if (first[i] == i) kept.push_back(i);
    number[i] = first[i] == i ? static_cast<int32_t>(kept.size()) - 1 : number[first[i]];
  }
  const Tensor places = Tensor::from({static_cast<int>(kept.size())}, kept);
  return {gather(x, places, normal), numbers};
}

}  // namespace heddle
