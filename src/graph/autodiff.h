#pragma once

#include <span>
#include <vector>

#include "ops/context.h"
#include "tensor/tensor.h"
#include "tensor/variable.h"

/// Reverse-mode automatic differentiation. One function serves the eager tape, traced graphs and
/// gradients of gradients, because every gradient rule is written in ops.

namespace heddle {

/// While a Tape lives, eager ops on watched tensors and on Variables remember their inputs.
class Tape {
 public:
  Tape() { ++context().tapes; }
  ~Tape() { --context().tapes; }
  Tape(const Tape&) = delete;
  Tape& operator=(const Tape&) = delete;

  /// The tensor as a point to differentiate at: gradients with respect to the result stop there,
  /// while those of an outer tape go on into `x`.
  Tensor watch(const Tensor& x) const;
};

/// The gradients of sum(ys[i] * grad_ys[i]) with respect to xs. An undefined grad_y stands for
/// ones. A result is undefined when no y depends on that x. Throws ValueError when an op on the way
/// has no gradient.
std::vector<Tensor> gradients(std::span<const Tensor> ys, std::span<const Tensor> grad_ys,
                              std::span<const Tensor> xs);

/// All reads of Variables that the tensors depend on, in the order they were made.
std::vector<Tensor> variable_reads(std::span<const Tensor> ys);

/// The gradient of the scalar `y` with respect to each Variable: the sum over all its reads.
/// Undefined when y does not depend on it.
std::vector<Tensor> variable_gradients(const Tensor& y, std::span<const VariablePtr> variables);

}  // namespace heddle
