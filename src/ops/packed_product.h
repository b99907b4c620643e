#pragma once

#include "ops/fused_epilogue.h"

namespace heddle {

/// The product [rows, k] x [k, n] in two, with a right operand that is packed once. Its result has
/// the shape `out`, [..., n]; the right operand is [n, k] if it is `turned`. Null where that would
/// not pay.
PreparedOp packed_product(int rows, int n, int k, bool turned, const Shape& out,
                          const FusedEpilogue& fused);

}  // namespace heddle
