#pragma once

#include "graph/steps.h"

namespace heddle {

/// Splits steps whose input 1 follows from constants and Variables alone into the work on that
/// (packing weights) and the rest, where the op says that this pays: the prologue takes the first.
void prepare_weights(StepGraph& graph);

}  // namespace heddle
