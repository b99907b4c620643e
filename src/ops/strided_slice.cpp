#include "ops/strided_slice.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "kernels/copy.h"
#include "ops/shape_ops.h"

namespace heddle {
namespace {

/// Where elements are taken from: every steps-th, from `begin` on.
struct Steps {
  std::array<int, kMaxRank> begin{};
  std::array<int, kMaxRank> steps{};
};

class PlaceSteps;

class SliceSteps : public Op {
 public:
  SliceSteps(const Steps& steps, const Shape& size) : steps_(steps), size_(size) {}
  const char* name() const override { return "stridedSlice"; }
  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    return {{size_, inputs[0].dtype}};
  }
  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    if (outputs[0].size() == 0) return;
    const Shape& shape = inputs[0].shape();
    kernels::slice(size_of(inputs[0].dtype()), shape.rank(), shape.begin(), steps_.begin.data(),
                   size_.begin(), steps_.steps.data(), inputs[0].data, outputs[0].data);
  }
  std::vector<Tensor> gradient(const GradientRequest& request) const override;

 private:
  Steps steps_;
  Shape size_;
};

class PlaceSteps : public Op {
 public:
  PlaceSteps(const Steps& steps, const Shape& shape) : steps_(steps), shape_(shape) {}
  const char* name() const override { return "placeSteps"; }
  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    return {{shape_, inputs[0].dtype}};
  }
  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    if (outputs[0].size() == 0) return;
    std::memset(outputs[0].data, 0, outputs[0].spec->bytes());
    const Shape& size = inputs[0].shape();
    kernels::write_slice(size_of(inputs[0].dtype()), shape_.rank(), shape_.begin(),
                         steps_.begin.data(), size.begin(), steps_.steps.data(), inputs[0].data,
                         outputs[0].data);
  }
  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    return {
        apply(std::make_shared<SliceSteps>(steps_, request.input(0).shape()), {request.grad()})};
  }

 private:
  Steps steps_;
  Shape shape_;
};

std::vector<Tensor> SliceSteps::gradient(const GradientRequest& request) const {
  return {apply(std::make_shared<PlaceSteps>(steps_, request.input(0).shape()), {request.grad()})};
}

/// Checks that every element named lies within `whole`.
Steps checked(const Shape& whole, IntList begin, IntList size, IntList steps, const char* where) {
  const auto rank = static_cast<size_t>(whole.rank());
  if (begin.size() != rank || size.size() != rank || steps.size() != rank) {
    fail<ValueError>("[{}] begin, size and steps must have one entry per axis of {}", where, whole);
  }
  Steps out;
  for (int i = 0; i < whole.rank(); ++i) {
    const int64_t last = begin[i] + static_cast<int64_t>(size[i] - 1) * steps[i];
    const bool inside =
        size[i] == 0 || (begin[i] >= 0 && begin[i] < whole[i] && last >= 0 && last < whole[i]);
    if (size[i] < 0 || steps[i] == 0 || !inside) {
      fail<ValueError>(
          "[{}] on axis {}, {} elements from {} on in steps of {} do not lie within the shape {}",
          where, i, size[i], begin[i], steps[i], whole);
    }
    out.begin[i] = begin[i];
    out.steps[i] = steps[i];
  }
  return out;
}

}  // namespace

Tensor slice_steps(const Tensor& x, IntList begin, IntList size, IntList steps) {
  const Steps all = checked(x.shape(), begin, size, steps, "stridedSlice");
  const bool dense = std::all_of(steps.begin(), steps.end(), [](int step) { return step == 1; });
  const bool empty = std::find(size.begin(), size.end(), 0) != size.end();
  if (dense && !empty) return slice(x, begin, size);
  return apply(std::make_shared<SliceSteps>(all, Shape(size)), {x});
}

Tensor place_steps(const Tensor& x, const Shape& shape, IntList begin, IntList steps) {
  const Steps all = checked(shape, begin, x.shape(), steps, "placeSteps");
  return apply(std::make_shared<PlaceSteps>(all, shape), {x});
}

std::vector<Tensor> unstack(const Tensor& x, int axis) {
  const int normal = normalize_axis(axis, x.shape().rank(), "unstack");
  const int count = x.shape()[normal];
  if (count == 0) return {};
  std::vector<Tensor> pieces = split(x, count, normal);
  for (Tensor& piece : pieces) piece = squeeze(piece, {normal});
  return pieces;
}

}  // namespace heddle
