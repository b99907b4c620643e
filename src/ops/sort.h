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

/// How often each number from 0 to size - 1 is in x (int32): [size], or of each row of an x of rank
/// 2 [rows, size]. Greater numbers are passed over. With weights (the shape of x) their sum; they
/// may be undefined. `binary`: 1 where the number is in x.
Tensor bincount(const Tensor& x, const Tensor& weights, int size, bool binary = false);

struct Unique {
  Tensor values;   // the different slices, in the order of their first appearance
  Tensor indices;  // for each slice of x its number among them, int32
};
/// The different slices of x along an axis. Throws ValueError while tracing: how many there are
/// depends on values.
Unique unique(const Tensor& x, int axis = 0);

}  // namespace heddle
