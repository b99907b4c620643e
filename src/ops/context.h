#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "tensor/tensor.h"
#include "tensor/variable.h"

namespace heddle {

/// What a trace in progress has seen of Variables and randomness.
struct TraceState {
  /// The traced values of the Variables assigned so far, in the order of their first assignment.
  /// Later reads in the trace see these; the Program writes the last ones back at its end.
  std::vector<std::pair<VariablePtr, Tensor>> assigned;
  /// The last node that was there when gradients were first asked for; 0 before.
  uint64_t forward_end = 0;
  /// Random ops made so far: each draws its own stream.
  uint32_t random_ops = 0;
};

/// How ops behave now. One for the whole engine: the core runs on one thread (kernels may use
/// more).
struct Context {
  /// Tapes in progress: while there are any, ops on tracked tensors remember their inputs.
  int tapes = 0;
  /// The trace in progress, or null when ops run at once.
  TraceState* trace = nullptr;
  /// Who reads Variables now: a number that the layer graph gives out, one for each path of Calls.
  int reader = 0;
};

Context& context();

/// Sets a field of the context for the life of a scope.
template <typename T>
class Scoped {
 public:
  Scoped(T& field, T value) : field_(field), before_(std::exchange(field, value)) {}
  ~Scoped() { field_ = before_; }
  Scoped(const Scoped&) = delete;
  Scoped& operator=(const Scoped&) = delete;

 private:
  T& field_;
  T before_;
};

}  // namespace heddle
