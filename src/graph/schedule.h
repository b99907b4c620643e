#pragma once

#include "graph/steps.h"

namespace heddle {

/// Moves updates of Variables to where their gradients are ready and nothing reads the old values
/// any more, so that not all gradients are in memory at once.
void schedule_updates(StepGraph& graph);

}  // namespace heddle
