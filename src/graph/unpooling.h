#pragma once

#include "graph/steps.h"

namespace heddle {

/// The gradient of a maximum pooling has the size of what was pooled, and is 0 but for one element
/// of each window. What is done with it element by element, and gives 0 for 0, is done before it,
/// on the windows; and its sum over the images is that of the windows.
void unpool_late(StepGraph& graph);

}  // namespace heddle
