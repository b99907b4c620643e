#pragma once

#include "ops/op.h"

namespace heddle {

/// softmax(scale q kᵀ) v: q [batch, queries, size], k [batch, keys, size], v [batch, keys,
/// value_size] give [batch, queries, value_size]. The matrix of weights is never stored as a whole,
/// and made anew for the gradient: memory grows with the length of the sequences, not with its
/// square.
///
/// `mask`, if defined, is bool [n, 1 or queries, 1 or keys], n dividing the batch: false hides a
/// key (its score becomes 1e9 less). With `causal`, keys after the query are hidden too. Throws
/// ValueError for shapes that do not fit.
Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask, float scale,
                 bool causal);

}  // namespace heddle
