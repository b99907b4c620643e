#pragma once

#include <optional>
#include <span>

#include "ops/op.h"

namespace heddle {

/// What fusion has added to an op that is a matrix product at heart: y = activation(accumulator +
/// product + bias), the order in which the kernels work. The inputs that it needs come after the
/// product's two operands: the bias first, the accumulator last.
struct FusedEpilogue {
  bool bias = false;
  kernels::Activation activation = kernels::Activation::kNone;
  bool accumulate = false;

  /// One thing more, or nothing where the kernels would do it in another order.
  std::optional<FusedEpilogue> with_bias() const;
  std::optional<FusedEpilogue> with_activation(kernels::Activation next) const;
  std::optional<FusedEpilogue> with_sum() const;

  /// Whether an output may lie over an input: output 0 over the accumulator.
  bool in_place(int input, int output) const;
  /// Throws ValueError that names `where` when the further inputs do not fit the output.
  void check(std::span<const TensorSpec> inputs, const Shape& output, const char* where) const;
  /// What the kernel needs in a run. When the output does not lie over the accumulator, copies it.
  kernels::Epilogue prepare(std::span<const View> inputs, const View& output) const;

 private:
  int accumulator_index() const { return bias ? 3 : 2; }
};

/// An op with a FusedEpilogue.
class FusedOp : public Op {
 public:
  explicit FusedOp(const FusedEpilogue& fused) : fused_(fused) {}

  bool in_place(int input, int output) const override { return fused_.in_place(input, output); }
  OpPtr absorb_bias() const override { return with_if(fused_.with_bias()); }
  OpPtr absorb_activation(kernels::Activation activation) const override {
    return with_if(fused_.with_activation(activation));
  }
  OpPtr absorb_sum() const override { return with_if(fused_.with_sum()); }

 protected:
  /// The same op with another epilogue.
  virtual OpPtr with(const FusedEpilogue& fused) const = 0;

  FusedEpilogue fused_;

 private:
  OpPtr with_if(const std::optional<FusedEpilogue>& fused) const {
    return fused ? with(*fused) : nullptr;
  }
};

}  // namespace heddle
