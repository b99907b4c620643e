#pragma once

#include "ops/op.h"

namespace heddle {

struct TopK {
  Tensor values;
  Tensor indices;  // int32
};
/// The k greatest of each row (the last axis), greatest first, and their places; of equal ones the
/// first comes first. The values have a gradient.
TopK top_k(const Tensor& x, int k = 1);

/// How many elements of each row of `sorted` [..., n], which ascends, are less than each of values
/// [..., m] (`right`: or equal): where it would be put in. [..., m] int32.
Tensor search_sorted(const Tensor& sorted, const Tensor& values, bool right = false);

}  // namespace heddle
