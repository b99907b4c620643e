#pragma once

#include <cstdint>

#include "tensor/dtype.h"

namespace heddle::kernels {

enum class Reduction : uint8_t { kSum, kMean, kMax, kMin };

/// Reduces the dense array x of shape `dims[rank]` over the axes where `reduced[axis]`; y is dense,
/// with the other axes in order. rank is 0 to 8. x and y have the type `dtype`:
///   float32: sum, mean, max, min;   int32: sum, max, min.
/// Throws std::invalid_argument for any other pair.
/// Of no elements the sum is 0, the mean NaN, max -infinity (least int32), min +infinity (greatest
/// int32). max and min are NaN if any element is. float32 sums are blocked: the error grows with
/// the square root of the length at most, not with the length (Higham, "The accuracy of floating
/// point summation", 1993).
void reduce(Reduction kind, DType dtype, int rank, const int* dims, const bool* reduced,
            const void* x, void* y);

/// y[o, i] = the index of the greatest of x[o, :, i], the first if there are several. x is [outer,
/// axis, inner] float32 or int32 (as `dtype` says), y is [outer, inner] int32. axis >= 1. NaN is
/// passed over.
void argmax(DType dtype, int outer, int axis, int inner, const void* x, int32_t* y);
/// The same for the least.
void argmin(DType dtype, int outer, int axis, int inner, const void* x, int32_t* y);

/// y[j] = (accumulate ? y[j] : 0) + the sum over rows of x[rows, cols]: the gradient of a bias.
void sum_rows(int rows, int cols, const float* x, float* y, bool accumulate);

}  // namespace heddle::kernels
