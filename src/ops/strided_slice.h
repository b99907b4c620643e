#pragma once

#include "ops/int_list.h"
#include "ops/op.h"

namespace heddle {

/// The elements begin + i * steps, i below `size`, of each axis: one entry per axis. Negative steps
/// run backwards.
Tensor slice_steps(const Tensor& x, IntList begin, IntList size, IntList steps);

/// Zeros of a shape into which x is written where slice_steps with its shape would read: its
/// transpose, and gradient.
Tensor place_steps(const Tensor& x, const Shape& shape, IntList begin, IntList steps);

/// Cuts x along an axis into as many tensors as it is long, without that axis.
std::vector<Tensor> unstack(const Tensor& x, int axis = 0);

}  // namespace heddle
