#pragma once

#include <utility>

#include "ops/op.h"

namespace heddle {

/// The elements of x on the diagonal of an array of twice its rank, zeros elsewhere: [n] gives
/// [n, n].
Tensor diag(const Tensor& x);

/// x [..., rows, columns] where the diagonals from `lower` below to `upper` above the main one
/// pass, zeros elsewhere; a negative number means all on that side.
Tensor band_part(const Tensor& x, int lower, int upper);

/// Orthonormal vectors that span what the rows of x [count, size] span, by the modified process of
/// Gram and Schmidt. float32.
Tensor gram_schmidt(const Tensor& x);

/// x [..., m, n] = q r: q [..., m, k] has orthonormal columns, r [..., k, n] is upper triangular; k
/// is min(m, n), or m with `full`. float32. The gradient needs a diagonal of r without zeros; for a
/// full q of m > n there is none.
std::pair<Tensor, Tensor> qr(const Tensor& x, bool full = false);

}  // namespace heddle
