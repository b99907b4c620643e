#pragma once

#include <array>
#include <span>
#include <vector>

#include "ops/int_list.h"
#include "ops/op.h"

namespace heddle {

// Ops that move elements and do not look at them: any dtype. Negative axes count from the end.

/// The same elements in another shape, which may have one -1: that dimension follows from the
/// others. Copies nothing.
Tensor reshape(const Tensor& x, const Shape& shape);
/// The op of it, for a shape without -1.
OpPtr reshape_op(const Shape& shape);
/// Puts a dimension of 1 before `axis` (-1: at the end). Copies nothing.
Tensor expand_dims(const Tensor& x, int axis = 0);
/// Takes dimensions of 1 away: those named, or all. Copies nothing.
Tensor squeeze(const Tensor& x, IntList axes = {});
/// The same value as an op of its own. Copies nothing.
Tensor identity(const Tensor& x);
/// The same value, through which no gradient goes. Copies nothing.
Tensor stop_gradient(const Tensor& x);

/// Axis i of the result is axis perm[i] of x; an empty list reverses the axes.
Tensor transpose(const Tensor& x, IntList perm = {});
/// x with the axes of the list (all when it is empty) running backwards.
Tensor reverse(const Tensor& x, IntList axes = {});
/// The box that begins at `begin` and has `size` elements per axis; -1 means up to the end. Shorter
/// lists leave the last axes whole; an empty `size` means up to the end everywhere.
Tensor slice(const Tensor& x, IntList begin, IntList size = {});
/// Cells before and after each axis.
struct PadWidths {
  std::array<int, kMaxRank> before{};
  std::array<int, kMaxRank> after{};
};
/// x with before[axis] and after[axis] cells of `value` around it.
Tensor pad(const Tensor& x, IntList before, IntList after, float value = 0);
/// Repeats dimensions of 1 (and puts new ones in front) up to `shape`.
Tensor broadcast_to(const Tensor& x, const Shape& shape);
/// x repeated reps[axis] times along each axis.
Tensor tile(const Tensor& x, IntList reps);

/// x with every slice along an axis `times` times, side by side.
Tensor repeat(const Tensor& x, int times, int axis);

/// Joins tensors along an axis; the other dimensions must agree. Operands are converted to the
/// widest dtype among them.
Tensor concat(std::span<const Tensor> tensors, int axis = 0);
/// Joins tensors of one shape along a new axis.
Tensor stack(std::span<const Tensor> tensors, int axis = 0);
/// Cuts x along an axis into pieces of the sizes given, one of which may be -1 (the rest).
std::vector<Tensor> split(const Tensor& x, IntList sizes, int axis = 0);
/// Cuts x along an axis into `count` equal pieces.
std::vector<Tensor> split(const Tensor& x, int count, int axis = 0);

}  // namespace heddle
