#include "ops/scan.h"

#include <array>

#include "kernels/order.h"
#include "ops/elementwise.h"
#include "ops/shape_ops.h"

namespace heddle {
namespace {

class CumSum : public Op {
 public:
  CumSum(int axis, bool exclusive, bool reverse)
      : axis_(axis), exclusive_(exclusive), reverse_(reverse) {}
  const char* name() const override { return "cumsum"; }

  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    return {inputs[0]};
  }

  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    if (outputs[0].size() == 0) return;
    const Shape& shape = inputs[0].shape();
    kernels::cumsum(inputs[0].dtype(), static_cast<int>(shape.slice(0, axis_).size()), shape[axis_],
                    static_cast<int>(shape.slice(axis_ + 1).size()), exclusive_, reverse_,
                    inputs[0].data, outputs[0].data);
  }

  // Element i is in the sums after it: their gradients add up, from the other end.
  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    return {cumsum(request.grad(), axis_, exclusive_, !reverse_)};
  }

 private:
  int axis_;
  bool exclusive_;
  bool reverse_;
};

Tensor as_number(const Tensor& x) { return x.dtype() == DType::kBool ? cast(x, DType::kInt32) : x; }

/// x moved `by` places along the axis towards its end, ones coming in.
Tensor shift_in_ones(const Tensor& x, int axis, int by) {
  const int rank = x.shape().rank();
  std::array<int, kMaxRank> zeros{};
  std::array<int, kMaxRank> before{};
  before[axis] = by;
  Shape kept = x.shape();
  kept[axis] -= by;
  const IntList none = std::span<const int>(zeros.data(), static_cast<size_t>(rank));
  const IntList in_front = std::span<const int>(before.data(), static_cast<size_t>(rank));
  return pad(slice(x, none, kept), in_front, none, 1);
}

}  // namespace

Tensor cumsum(const Tensor& x, int axis, bool exclusive, bool reverse) {
  const int normal = normalize_axis(axis, x.shape().rank(), "cumsum");
  return apply(std::make_shared<CumSum>(normal, exclusive, reverse), {as_number(x)});
}

// Each round doubles how many factors an element holds (Hillis & Steele 1986). It consists of ops
// that have gradients, none of which divides.
Tensor cumprod(const Tensor& x, int axis, bool exclusive, bool reverse) {
  const int normal = normalize_axis(axis, x.shape().rank(), "cumprod");
  if (reverse)
    return heddle::reverse(cumprod(heddle::reverse(x, {normal}), normal, exclusive), {normal});
  const int length = x.shape()[normal];
  Tensor y = as_number(x);
  if (exclusive && length > 0) y = shift_in_ones(y, normal, 1);
  for (int held = 1; held < length; held *= 2) y = mul(y, shift_in_ones(y, normal, held));
  return y;
}

}  // namespace heddle
