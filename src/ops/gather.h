#pragma once

#include <optional>

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

/// What scatter_add along axis 0 was given.
struct ScatteredRows {
  Tensor x;
  Tensor indices;
};
/// If the tensor is the result of scatter_add along axis 0 and still knows it (as in a trace): what
/// of. So updates need not touch the rows where it is zero.
std::optional<ScatteredRows> scattered_rows(const Tensor& sum);
/// `to` with the rows of x added where their indices say: to + scatter_add(x, indices), which
/// touches only those rows where it can take over the memory of `to`. No gradient goes through.
Tensor add_rows(const Tensor& to, const ScatteredRows& rows);

/// `on` where the last axis (of size `depth`) has the index, `off` elsewhere: indices [...] int32
/// give [..., depth]. An index outside [0, depth) gives a row of `off`.
Tensor one_hot(const Tensor& indices, int depth, float on = 1, float off = 0,
               DType dtype = DType::kFloat32);

}  // namespace heddle
