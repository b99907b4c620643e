#pragma once

#include "graph/steps.h"

namespace heddle {

/// Steps that do the same with the same inputs are done once (value numbering), and steps that
/// nothing depends on go. Elementwise steps that cost less than the memory of their result stay
/// where they are needed.
void merge_common(StepGraph& graph);

}  // namespace heddle
