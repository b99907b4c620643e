#include "ops/reduce.h"

#include <algorithm>
#include <array>

#include "kernels/reduce.h"
#include "ops/elementwise.h"
#include "ops/shape_ops.h"

namespace heddle {
namespace {

using kernels::Reduction;

/// Which axes are reduced.
using AxisMask = std::array<bool, kMaxRank>;

AxisMask mask_of(IntList axes, int rank, const char* where) {
  AxisMask mask{};
  if (axes.empty()) std::fill_n(mask.begin(), rank, true);
  for (int axis : axes) {
    bool& reduced = mask[normalize_axis(axis, rank, where)];
    if (reduced) fail<ValueError>("[{}] axis {} is named twice", where, axis);
    reduced = true;
  }
  return mask;
}

Shape reduced_shape(const Shape& shape, const AxisMask& mask, bool keep_dims) {
  Shape out;
  for (int i = 0; i < shape.rank(); ++i) {
    if (!mask[i]) {
      out.push_back(shape[i]);
    } else if (keep_dims) {
      out.push_back(1);
    }
  }
  return out;
}

class Reduce : public Op {
 public:
  Reduce(Reduction kind, const AxisMask& mask, bool keep_dims)
      : kind_(kind), mask_(mask), keep_dims_(keep_dims) {}

  const char* name() const override {
    switch (kind_) {
      case Reduction::kSum:
        return "sum";
      case Reduction::kMean:
        return "mean";
      case Reduction::kMax:
        return "max";
      default:
        return "min";
    }
  }

  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    return {{reduced_shape(inputs[0].shape, mask_, keep_dims_), inputs[0].dtype}};
  }

  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    if (outputs[0].size() == 0) return;
    const Shape& shape = inputs[0].shape();
    kernels::reduce(kind_, inputs[0].dtype(), shape.rank(), shape.begin(), mask_.data(),
                    inputs[0].data, outputs[0].data);
  }

  std::vector<Tensor> gradient(const GradientRequest& request) const override {
    const Tensor& x = request.input(0);
    const Shape kept = reduced_shape(x.shape(), mask_, true);
    const Tensor dy = reshape(request.grad(), kept);
    switch (kind_) {
      case Reduction::kSum:
        return {broadcast_to(dy, x.shape())};
      case Reduction::kMean: {
        const double count =
            static_cast<double>(x.size()) / static_cast<double>(std::max<int64_t>(kept.size(), 1));
        return {broadcast_to(mul_constant(dy, 1 / std::max(count, 1.0)), x.shape())};
      }
      default: {
        const Tensor y = reshape(request.output(), kept);
        return {mul(cast(equal(x, y), DType::kFloat32), dy)};
      }
    }
  }

  std::string key() const override { return key_of(mask_, keep_dims_); }

  uint32_t summed_axes() const override {
    uint32_t axes = 0;
    for (int i = 0; i < kMaxRank; ++i) axes |= static_cast<uint32_t>(mask_[i]) << i;
    return kind_ == Reduction::kSum ? axes : 0;
  }

 private:
  Reduction kind_;
  AxisMask mask_;
  bool keep_dims_;
};

Tensor reduce(Reduction kind, const Tensor& x, IntList axes, bool keep_dims, const char* where) {
  const AxisMask mask = mask_of(axes, x.shape().rank(), where);
  bool trivial = true;  // nothing but dimensions of 1 go away
  for (int i = 0; i < x.shape().rank(); ++i) trivial &= !mask[i] || x.shape()[i] == 1;
  if (trivial) return reshape(x, reduced_shape(x.shape(), mask, keep_dims));
  return apply(std::make_shared<Reduce>(kind, mask, keep_dims), {x});
}

/// bool counts as int32.
Tensor as_number(const Tensor& x) { return x.dtype() == DType::kBool ? cast(x, DType::kInt32) : x; }

class ArgReduce : public Op {
 public:
  ArgReduce(bool greatest, int axis) : greatest_(greatest), axis_(axis) {}

  const char* name() const override { return greatest_ ? "argMax" : "argMin"; }

  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    const Shape& shape = inputs[0].shape;
    if (shape[axis_] == 0) {
      fail<ValueError>("[{}] axis {} of the shape {} is empty: it has no {} element", name(), axis_,
                       shape, greatest_ ? "greatest" : "least");
    }
    AxisMask mask{};
    mask[axis_] = true;
    return {{reduced_shape(shape, mask, false), DType::kInt32}};
  }

  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    if (outputs[0].size() == 0) return;
    const Shape& shape = inputs[0].shape();
    const auto outer = static_cast<int>(shape.slice(0, axis_).size());
    const auto inner = static_cast<int>(shape.slice(axis_ + 1).size());
    const auto kernel = greatest_ ? kernels::argmax : kernels::argmin;
    kernel(inputs[0].dtype(), outer, shape[axis_], inner, inputs[0].data, outputs[0].i32());
  }

  std::string key() const override { return key_of(axis_); }

 private:
  bool greatest_;
  int axis_;
};

Tensor arg_reduce(bool greatest, const Tensor& x, int axis, const char* where) {
  const int normal = normalize_axis(axis, x.shape().rank(), where);
  return apply(std::make_shared<ArgReduce>(greatest, normal), {as_number(x)});
}

}  // namespace

Tensor sum(const Tensor& x, IntList axes, bool keep_dims) {
  return reduce(Reduction::kSum, as_number(x), axes, keep_dims, "sum");
}

Tensor mean(const Tensor& x, IntList axes, bool keep_dims) {
  return reduce(Reduction::kMean, cast(x, DType::kFloat32), axes, keep_dims, "mean");
}

Tensor max(const Tensor& x, IntList axes, bool keep_dims) {
  if (x.dtype() == DType::kBool) return any(x, axes, keep_dims);
  return reduce(Reduction::kMax, x, axes, keep_dims, "max");
}

Tensor min(const Tensor& x, IntList axes, bool keep_dims) {
  if (x.dtype() == DType::kBool) return all(x, axes, keep_dims);
  return reduce(Reduction::kMin, x, axes, keep_dims, "min");
}

// Halves are multiplied until one factor is left: the gradient follows, also where factors are 0.
Tensor prod(const Tensor& x, IntList axes, bool keep_dims) {
  const Shape& shape = x.shape();
  const AxisMask mask = mask_of(axes, shape.rank(), "prod");
  Shape order;
  for (const bool reduced : {false, true}) {
    for (int i = 0; i < shape.rank(); ++i) {
      if (mask[i] == reduced) order.push_back(i);
    }
  }
  const auto results = static_cast<int>(reduced_shape(shape, mask, false).size());
  int factors = 1;
  for (int i = 0; i < shape.rank(); ++i) factors *= mask[i] ? shape[i] : 1;
  Tensor y = reshape(transpose(as_number(x), order), {results, factors});
  if (factors == 0) y = pad(y, {0, 0}, {0, 1}, 1);
  while (y.shape()[1] > 1) {
    const int half = y.shape()[1] / 2;
    if (half * 2 < y.shape()[1]) y = pad(y, {0, 0}, {0, 1}, 1);
    y = mul(slice(y, {0, 0}, {-1, y.shape()[1] / 2}), slice(y, {0, y.shape()[1] / 2}));
  }
  return reshape(y, reduced_shape(shape, mask, keep_dims));
}

namespace {

/// Whether there are any true ones: whole numbers are counted.
Tensor any_of(const Tensor& truth, IntList axes, bool keep_dims, const char* where) {
  const Tensor count = reduce(Reduction::kSum, cast(truth, DType::kInt32), axes, keep_dims, where);
  return cast(count, DType::kBool);
}

}  // namespace

Tensor any(const Tensor& x, IntList axes, bool keep_dims) {
  return any_of(cast(x, DType::kBool), axes, keep_dims, "any");
}

Tensor all(const Tensor& x, IntList axes, bool keep_dims) {
  return logical_not(any_of(logical_not(x), axes, keep_dims, "all"));
}

Tensor log_sum_exp(const Tensor& x, IntList axes, bool keep_dims) {
  const Tensor in = cast(x, DType::kFloat32);
  // The result does not depend on what is subtracted, so neither does its gradient.
  const Tensor greatest = stop_gradient(max(in, axes, true));
  const Tensor offset = where(is_finite(greatest), greatest, Tensor::scalar(0));
  Tensor total = add(log(sum(exp(sub(in, offset)), axes, true)), offset);
  if (keep_dims) return total;
  return reshape(total, reduced_shape(x.shape(), mask_of(axes, x.shape().rank(), ""), false));
}

Moments moments(const Tensor& x, IntList axes, bool keep_dims) {
  const Tensor center = mean(x, axes, true);
  const Tensor spread = mean(squared_difference(cast(x, DType::kFloat32), center), axes, true);
  const Shape out = reduced_shape(x.shape(), mask_of(axes, x.shape().rank(), "moments"), keep_dims);
  return {reshape(center, out), reshape(spread, out)};
}

Tensor arg_max(const Tensor& x, int axis) { return arg_reduce(true, x, axis, "argMax"); }
Tensor arg_min(const Tensor& x, int axis) { return arg_reduce(false, x, axis, "argMin"); }

}  // namespace heddle
