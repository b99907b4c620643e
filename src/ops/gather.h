#pragma once

#include "ops/op.h"

namespace heddle {

/// The slices of x along `axis` that `indices` (int32, any shape) name: the shape of x with the
/// axis replaced by the shape of the indices. An index outside the axis throws ValueError when the
/// op runs.
Tensor gather(const Tensor& x, const Tensor& indices, int axis = 0);

/// The gradient of gather: zeros with `rows` elements along `axis`, to which each slice of x is
/// added where its index says. x has the shape that gather gives: the dimensions of the indices
/// stand in the place of the axis. float32 or int32 (bool counts as that).
Tensor scatter_add(const Tensor& x, const Tensor& indices, int rows, int axis = 0);

/// `on` where the last axis (of size `depth`) has the index, `off` elsewhere: indices [...] int32
/// give [..., depth]. An index outside [0, depth) gives a row of `off`.
Tensor one_hot(const Tensor& indices, int depth, float on = 1, float off = 0,
               DType dtype = DType::kFloat32);

}  // namespace heddle
