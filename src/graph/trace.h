#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "ops/context.h"
#include "tensor/tensor.h"
#include "tensor/variable.h"

namespace heddle {

/// What a trace leaves: the op graph between inputs and outputs, and what it assigns to Variables.
struct Graph {
  std::vector<Tensor> inputs;
  std::vector<Tensor> outputs;
  std::vector<std::pair<VariablePtr, Tensor>> assigned;
  /// The last node that was there when gradients were first asked for; 0 if never.
  uint64_t forward_end = 0;
};

/// While a Trace lives, ops on its inputs, reads of Variables and random ops become nodes of a
/// graph in place of running. Ops on constants still run at once: they are folded.
///
///   Trace trace;
///   Tensor x = trace.input({{32, 784}});
///   Program program(trace.finish({layer_call(x)}));
class Trace {
 public:
  Trace() : scope_(context().trace, &state_) {}

  /// A stand-in for a value that each run will be given.
  Tensor input(const TensorSpec& spec);
  /// Ends the trace with these outputs. Needs no inputs to be used.
  Graph finish(std::vector<Tensor> outputs);

 private:
  TraceState state_;
  Scoped<TraceState*> scope_;
  std::vector<Tensor> inputs_;
};

}  // namespace heddle
