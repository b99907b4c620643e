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

}  // namespace heddle
