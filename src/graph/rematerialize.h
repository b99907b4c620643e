#pragma once

#include "graph/steps.h"

namespace heddle {

/// Trades time for memory: of the values that the backward pass needs, only those at the borders of
/// some stretches of the forward pass are kept; the others are computed again, from there, when the
/// backward pass comes to them (Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost",
/// arXiv:1604.06174). Each forward step runs at most twice, with the same inputs and random
/// numbers, so that results are the same to the bit. Of several lengths of stretches the one is
/// taken whose plan needs the least memory; a graph that gains nothing stays as it is.
void rematerialize(StepGraph& graph);

}  // namespace heddle
