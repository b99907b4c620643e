#pragma once

#include "ops/op.h"

namespace heddle {

/// The matrix product of the last two dimensions: [..., m, k] x [..., k, n] -> [..., m, n].
/// `transpose_a` and `transpose_b` swap the last two dimensions of an operand first (by strides:
/// nothing is copied). The dimensions before them broadcast. float32; other dtypes are converted.
/// Throws ValueError for ranks below 2 and for inner dimensions that differ.
Tensor matmul(const Tensor& a, const Tensor& b, bool transpose_a = false, bool transpose_b = false);

}  // namespace heddle
