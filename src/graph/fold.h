#pragma once

#include "graph/steps.h"

namespace heddle {

/// Takes scales and shifts of channels that follow a product into its weights, where both are fixed
/// (prologue.h) and nobody else needs what is between: (x W + b) s + t becomes x (W s) + (b s + t),
/// whose weights and bias are made in the prologue. So batch normalisation with known mean and
/// variance costs nothing after a convolution.
void fold_channel_scales(StepGraph& graph);

}  // namespace heddle
