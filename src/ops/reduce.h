#pragma once

#include "ops/int_list.h"
#include "ops/op.h"

namespace heddle {

// Reductions over `axes` (all of them when the list is empty; negative ones count from the end).
// `keep_dims` leaves a 1 in the place of each. Axes out of range or named twice: ValueError.

/// int32 and bool give int32.
Tensor sum(const Tensor& x, IntList axes = {}, bool keep_dims = false);
/// Always float32. The mean of nothing is NaN.
Tensor mean(const Tensor& x, IntList axes = {}, bool keep_dims = false);
/// The gradient goes to every element that equals the maximum, undivided, as in TensorFlow.js.
Tensor max(const Tensor& x, IntList axes = {}, bool keep_dims = false);
/// As max.
Tensor min(const Tensor& x, IntList axes = {}, bool keep_dims = false);

/// The product: int32 and bool give int32. Of nothing it is 1.
Tensor prod(const Tensor& x, IntList axes = {}, bool keep_dims = false);
/// Whether all, or any, are true (not 0): bool, no gradient.
Tensor all(const Tensor& x, IntList axes = {}, bool keep_dims = false);
Tensor any(const Tensor& x, IntList axes = {}, bool keep_dims = false);
/// log(sum(exp(x))), without overflow.
Tensor log_sum_exp(const Tensor& x, IntList axes = {}, bool keep_dims = false);

struct Moments {
  Tensor mean;
  Tensor variance;
};
/// Mean and variance (divided by the number of elements) over the axes. float32.
Moments moments(const Tensor& x, IntList axes = {}, bool keep_dims = false);

/// The place of the greatest element along an axis, the first if there are several: int32. Throws
/// ValueError when the axis has no elements.
Tensor arg_max(const Tensor& x, int axis);
/// The same for the least.
Tensor arg_min(const Tensor& x, int axis);

}  // namespace heddle
