#pragma once

#include "ops/op.h"

namespace heddle {

// Running totals along an axis. `exclusive`: each element's own value is left out; `reverse`: from
// the end. bool counts as int32.

Tensor cumsum(const Tensor& x, int axis = 0, bool exclusive = false, bool reverse = false);
/// The gradient is right where x has zeros, too.
Tensor cumprod(const Tensor& x, int axis = 0, bool exclusive = false, bool reverse = false);

}  // namespace heddle
