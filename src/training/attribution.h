#pragma once

#include <string>
#include <vector>

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

/// Splits the gradients of one batch's loss by Call, for each trainable Variable that is read by
/// more than one. Nothing is updated.
std::vector<Attribution> attribute(Trainer& trainer, std::span<const Tensor> x,
                                   std::span<const Tensor> y);

}  // namespace heddle
