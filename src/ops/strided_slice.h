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

/// Bits of one position each, as in TensorFlow: bit i speaks of entry i of begin, end and strides.
struct SliceMasks {
  int begin = 0;        // from the first element, whatever `begin` says
  int end = 0;          // to the last one
  int ellipsis = 0;     // stands for as many whole axes as are left
  int new_axis = 0;     // a new dimension of 1
  int shrink_axis = 0;  // the one element `begin`, its dimension taken away
};

/// From begin[i] to, not including, end[i], every strides[i]-th element; negative numbers count
/// from the end, what lies outside is cut off. Missing strides are 1, missing entries whole axes.
Tensor strided_slice(const Tensor& x, IntList begin, IntList end, IntList strides = {},
                     const SliceMasks& masks = {});

/// x with before[axis] and after[axis] cells around it that mirror what lies inside. `reflect`: the
/// outermost cells are not repeated (abc -> cb|abc|ba), else they are (ba|abc|cb).
Tensor mirror_pad(const Tensor& x, IntList before, IntList after, bool reflect);

/// Cuts x along an axis into as many tensors as it is long, without that axis.
std::vector<Tensor> unstack(const Tensor& x, int axis = 0);

/// Blocks of the axes after the batch become more batch: [batch, axes, rest] with paddings around
/// the axes gives [batch * blocks, (axes + paddings) / blocks, rest], as in TensorFlow.
Tensor space_to_batch(const Tensor& x, IntList blocks, IntList before, IntList after);
/// The reverse, with the cells of `before` and `after` cropped away.
Tensor batch_to_space(const Tensor& x, IntList blocks, IntList before, IntList after);
/// Blocks of channels become blocks of space: [n, h, w, c] -> [n, h * b, w * b, c / (b * b)].
Tensor depth_to_space(const Tensor& x, int block, bool channels_first = false);

}  // namespace heddle
