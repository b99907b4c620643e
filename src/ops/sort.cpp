#include "ops/sort.h"

#include "kernels/order.h"
#include "kernels/scratch.h"
#include "ops/elementwise.h"
#include "ops/gather.h"
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
        kernels::ScratchUse::kReduction, static_cast<size_t>(shape[-1]) * 2 * sizeof(int32_t)));
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
    fail<ValueError>(
        "[topk] k must be from 0 to the size of the last axis, got {} for the shape {}", k, shape);
  }
  const Tensor places = apply(std::make_shared<TopKPlaces>(k), {as_number(x)});
  // Counted through all rows, so that one gather takes the values and has their gradient.
  const int rows = rows_of(shape);
  Tensor starts = Tensor::empty({rows, 1}, DType::kInt32);
  for (int i = 0; i < rows; ++i) starts.data<int32_t>()[i] = i * shape[-1];
  const Tensor all = add(reshape(places, {rows, k}), starts);
  return {reshape(gather(reshape(x, {-1}), all), places.shape()), places};
}

Tensor search_sorted(const Tensor& sorted, const Tensor& values, bool right) {
  const Shape& a = sorted.shape();
  const Shape& b = values.shape();
  if (a.rank() == 0 || b.rank() == 0 || rows_of(a) != rows_of(b)) {
    fail<ValueError>(
        "[searchSorted] the sequences {} and the values {} must have rank 1 or more and as many "
        "rows",
        a, b);
  }
  const DType common = promote(promote(sorted.dtype(), values.dtype()), DType::kInt32);
  return apply(std::make_shared<SearchSorted>(right), {cast(sorted, common), cast(values, common)});
}

}  // namespace heddle
