// slice, reverse and concat of tensors of a known rank.
import { inScope } from '../lifetime.js';
import type { Tensor } from '../tensor.js';
import { checkRank, toTensor } from './compose.js';
import type { TensorInput } from './operation.js';
import { concat, reverse, slice } from './shape.js';

type List = readonly number[];
type Axis = number | List;

function sliceOfRank(rank: number, x: TensorInput, begin: List, size: List): Tensor {
  return inScope(() => {
    const $x = toTensor(`slice${rank}d`, 'x', x);
    checkRank(`slice${rank}d`, 'x', $x, rank);
    return slice($x, begin, size);
  });
}

function reverseOfRank(rank: number, x: TensorInput, axis?: Axis): Tensor {
  return inScope(() => {
    const $x = toTensor(`reverse${rank}d`, 'x', x);
    checkRank(`reverse${rank}d`, 'x', $x, rank);
    return reverse($x, axis);
  });
}

/** The `size` elements of x [n] from `begin` on. */
export function slice1d(x: TensorInput, begin: number, size: number): Tensor {
  return sliceOfRank(1, x, [begin], [size]);
}

/** slice() of a tensor of rank 2. */
export function slice2d(x: TensorInput, begin: List, size: List): Tensor {
  return sliceOfRank(2, x, begin, size);
}

/** slice() of a tensor of rank 3. */
export function slice3d(x: TensorInput, begin: List, size: List): Tensor {
  return sliceOfRank(3, x, begin, size);
}

/** slice() of a tensor of rank 4. */
export function slice4d(x: TensorInput, begin: List, size: List): Tensor {
  return sliceOfRank(4, x, begin, size);
}

/** x [n] backwards. */
export function reverse1d(x: TensorInput): Tensor {
  return reverseOfRank(1, x, 0);
}

/** reverse() of a tensor of rank 2. */
export function reverse2d(x: TensorInput, axis?: Axis): Tensor {
  return reverseOfRank(2, x, axis);
}

/** reverse() of a tensor of rank 3. */
export function reverse3d(x: TensorInput, axis?: Axis): Tensor {
  return reverseOfRank(3, x, axis);
}

/** reverse() of a tensor of rank 4. */
export function reverse4d(x: TensorInput, axis?: Axis): Tensor {
  return reverseOfRank(4, x, axis);
}

/** Joins tensors of rank 1. */
export function concat1d(tensors: readonly TensorInput[]): Tensor {
  return concat(tensors, 0);
}

/** Joins tensors of rank 2 along an axis. */
export function concat2d(tensors: readonly TensorInput[], axis: number): Tensor {
  return concat(tensors, axis);
}

/** Joins tensors of rank 3 along an axis. */
export function concat3d(tensors: readonly TensorInput[], axis: number): Tensor {
  return concat(tensors, axis);
}

/** Joins tensors of rank 4 along an axis. */
export function concat4d(tensors: readonly TensorInput[], axis: number): Tensor {
  return concat(tensors, axis);
}
