#pragma once

#include "graph/steps.h"

namespace heddle {

/// Makes fewer steps that touch memory less often:
/// 1. a bias, an activation or a sum that follows a product (a matrix product or convolution) is
///    done while the product is stored;
/// 2. elementwise steps over the same shape that follow each other become one chain.
void fuse(StepGraph& graph);

}  // namespace heddle
