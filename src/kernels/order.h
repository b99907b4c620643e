#pragma once

#include <cstdint>

#include "tensor/dtype.h"

namespace heddle::kernels {

// What goes through an axis in order. Types are float32 or int32, as `dtype` says.

/// y[o, a, i] = the sum of x[o, b, i] over b <= a (`exclusive`: b < a; `reverse`: from the end). x
/// and y are [outer, axis, inner].
void cumsum(DType dtype, int outer, int axis, int inner, bool exclusive, bool reverse,
            const void* x, void* y);

/// y[r, 0..k) = the places of the k greatest of x[r, 0..cols), greatest first; of equal ones the
/// first. NaN counts as least. `spare` has room for 2 * cols numbers.
void top_k(DType dtype, int rows, int cols, int k, const void* x, int32_t* spare, int32_t* y);

/// y[r, j] = how many of sorted[r, 0..cols) are less than values[r, j] (`right`: or equal). Each
/// row of `sorted` ascends.
void search_sorted(DType dtype, int rows, int cols, int count, bool right, const void* sorted,
                   const void* values, int32_t* y);

}  // namespace heddle::kernels
