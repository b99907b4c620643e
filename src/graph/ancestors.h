#pragma once

#include <span>
#include <vector>

#include "tensor/tensor.h"

namespace heddle {

/// The nodes that the tensors depend on, inputs before what is made of them. Those that `counts`
/// says no to are left out, with all that they alone depend on.
std::vector<Node*> ancestors(std::span<const Tensor> tensors, bool (*counts)(const Node&));

}  // namespace heddle
