#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "graph/trace.h"
#include "ops/op.h"

/// The form of an op graph in which it is optimised: values by number, and steps in the order in
/// which they run.

namespace heddle {

/// Where a value's memory is.
enum class Storage : uint8_t {
  kArena,     // made by a step, placed by the memory plan
  kInput,     // given to each run
  kConstant,  // known when traced
  kVariable,  // the memory of a Variable
};

struct Value {
  TensorSpec spec;
  Storage storage = Storage::kArena;
  int input = -1;                  // kInput: which
  BufferPtr constant = nullptr;    // kConstant
  VariablePtr variable = nullptr;  // kVariable
};

struct Step {
  OpPtr op;
  std::vector<int> inputs;   // values
  std::vector<int> outputs;  // values
  bool backward = false;     // made by differentiation, or after it
};

struct Assignment {
  VariablePtr variable;
  int value = -1;
  int read = -1;  // the value that is the Variable's memory; -1 if no step reads it
};

struct StepGraph {
  std::vector<Value> values;  // one at most for each Variable
  std::vector<Step> steps;
  int num_inputs = 0;
  std::vector<int> outputs;             // values
  std::vector<Assignment> assignments;  // done when all steps have run

  /// How many steps, outputs and assignments use each value.
  std::vector<int> count_uses() const;
};

/// Puts the steps into the order of their keys (equal keys: as they are), without those whose op is
/// null.
void order_steps(std::vector<Step>& steps, std::span<const uint64_t> keys);

/// Lists what the outputs and assignments of a graph depend on; everything else is dropped.
StepGraph lower(const Graph& graph);

}  // namespace heddle
