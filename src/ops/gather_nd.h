#pragma once

#include "ops/gather.h"

namespace heddle {

// Gathering and scattering by several indices at a time. Indices are int32; one outside its axis
// throws ValueError when the op runs.

/// The slices of x that rows of `indices` [..., k] name by their first k indices: [..., rest of x].
Tensor gather_nd(const Tensor& x, const Tensor& indices);

/// Zeros of a shape to which each slice of updates [..., rest] is added where its row of `indices`
/// [..., k] says.
Tensor scatter_nd(const Tensor& indices, const Tensor& updates, const Shape& shape);

/// x with the slices of updates in the places that `indices` name. Of several for one place the
/// last one stays.
Tensor tensor_scatter_update(const Tensor& x, const Tensor& indices, const Tensor& updates);

/// gather in which the first `batch_dims` dimensions of x and indices go together: [batch, before
/// the axis, rest of the indices, after the axis].
Tensor gather_batched(const Tensor& x, const Tensor& indices, int axis, int batch_dims);

/// Along an axis, the elements that `indices` name; x and indices have the same dimensions but for
/// the axis.
Tensor take_along_axis(const Tensor& x, const Tensor& indices, int axis = -1);

// The shapes of these depend on values: while tracing they throw ValueError.

/// The slices of x where the mask is true: the mask has the shape of x from `axis` on.
Tensor boolean_mask(const Tensor& x, const Tensor& mask, int axis = 0);
/// The indices of all elements that are not 0: [count, rank] int32, in order.
Tensor where_indices(const Tensor& condition);

}  // namespace heddle
