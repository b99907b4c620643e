#pragma once

#include <utility>

#include "ops/op.h"

namespace heddle {

/// x [..., m, n] = q r: q [..., m, k] has orthonormal columns, r [..., k, n] is upper triangular; k
/// is min(m, n), or m with `full`. float32. The gradient needs a diagonal of r without zeros; for a
/// full q of m > n there is none.
std::pair<Tensor, Tensor> qr(const Tensor& x, bool full = false);

}  // namespace heddle
