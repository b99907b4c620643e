#pragma once

#include <memory>
#include <span>
#include <vector>

#include "graph/program.h"
#include "layers/call_paths.h"
#include "training/trainer.h"

namespace heddle {

/// What one Call contributed to the gradient of a Variable.
struct AttributionPart {
  CallPath path;    // the Call, by way of nested models, outermost first
  Tensor gradient;  // of the Variable's shape
  float norm = 0;   // Euclidean
};

/// The gradient of a Variable that several Calls read: whole and in parts.
struct Attribution {
  VariablePtr variable;
  Tensor total;
  std::vector<AttributionPart> parts;
  /// cosine[i][j]: the cosine of the angle between parts i and j; 0 if one of them is 0.
  std::vector<std::vector<float>> cosine;
};

/// The compiled split for batches of one shape.
class AttributionProgram {
 public:
  /// Traces forward and backward for a batch `feed`: the inputs, of which there are `num_inputs`,
  /// and the targets.
  AttributionProgram(Trainer& trainer, std::span<const Tensor> feed, size_t num_inputs);

  bool fits(std::span<const Tensor> feed) const;
  std::vector<Attribution> run(std::span<const Tensor> feed);

 private:
  /// A Variable and the Calls that read it, in the order of the Program's outputs.
  struct Shared {
    VariablePtr variable;
    std::vector<CallPath> paths;
  };
  std::vector<Shared> shared_;
  std::unique_ptr<Program> program_;  // null when no Variable is read twice
  std::vector<TensorSpec> specs_;
};

}  // namespace heddle
