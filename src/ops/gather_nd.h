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

}  // namespace heddle
