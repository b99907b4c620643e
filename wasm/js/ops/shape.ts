// Ops that move elements and do not look at them: any dtype. Negative axes count from the end.
import { core } from '../engine.js';
import { ValueError } from '../errors.js';
import { Tensor } from '../tensor.js';
import {
  number,
  operate,
  operateOnList,
  wholeNumber,
  wholeNumbers,
  withTemporaries,
  borrow,
  type TensorInput,
} from './operation.js';

/** The same elements in another shape; one dimension may be -1, it follows from the others. */
export function reshape(x: TensorInput, shape: readonly number[]): Tensor {
  const dims = wholeNumbers('reshape', 'shape', shape);
  return operate('reshape', { x }, (t) => core().reshape(t.x, dims));
}

/** Axis i of the result is axis perm[i] of x; by default the axes are reversed. */
export function transpose(x: TensorInput, perm?: readonly number[] | null): Tensor {
  const axes = wholeNumbers('transpose', 'perm', perm);
  return operate('transpose', { x }, (t) => core().transpose(t.x, axes));
}

/** A dimension of 1 more, before `axis` (-1: at the end). */
export function expandDims(x: TensorInput, axis = 0): Tensor {
  wholeNumber('expandDims', 'axis', axis);
  return operate('expandDims', { x }, (t) => core().expandDims(t.x, axis));
}

/** Takes dimensions of 1 away: those named, or all. */
export function squeeze(x: TensorInput, axis?: number | readonly number[]): Tensor {
  const axes = wholeNumbers('squeeze', 'axis', axis);
  return operate('squeeze', { x }, (t) => core().squeeze(t.x, axes));
}

/** x with the axes named (by default all) running backwards. */
export function reverse(x: TensorInput, axis?: number | readonly number[]): Tensor {
  const axes = wholeNumbers('reverse', 'axis', axis);
  return operate('reverse', { x }, (t) => core().reverse(t.x, axes));
}

/** x repeated reps[i] times along axis i. */
export function tile(x: TensorInput, reps: readonly number[]): Tensor {
  const counts = wholeNumbers('tile', 'reps', reps);
  return operate('tile', { x }, (t) => core().tile(t.x, counts));
}

/** Repeats dimensions of 1, and puts new ones in front, up to `shape`. */
export function broadcastTo(x: TensorInput, shape: readonly number[]): Tensor {
  const dims = wholeNumbers('broadcastTo', 'shape', shape);
  return operate('broadcastTo', { x }, (t) => core().broadcastTo(t.x, dims));
}

/**
 * The box of x that begins at `begin` and is `size` elements long along each axis (-1: to the end).
 * Axes not mentioned stay whole. Throws ValueError for a box that reaches beyond x.
 */
export function slice(
  x: TensorInput,
  begin: number | readonly number[],
  size?: number | readonly number[],
): Tensor {
  const from = wholeNumbers('slice', 'begin', begin);
  const lengths = wholeNumbers('slice', 'size', size);
  return operate('slice', { x }, (t) => core().slice(t.x, from, lengths));
}

/** x with paddings[i] = [before, after] cells of `constantValue` around axis i. */
export function pad(
  x: TensorInput,
  paddings: readonly (readonly [number, number])[],
  constantValue = 0,
): Tensor {
  if (!Array.isArray(paddings) || !paddings.every((p) => Array.isArray(p) && p.length === 2)) {
    throw new ValueError(
      `pad(): paddings must be a list of [before, after], got ${JSON.stringify(paddings)}`,
    );
  }
  const [before, after] = [0, 1].map((i) =>
    wholeNumbers(
      'pad',
      'paddings',
      paddings.map((each) => each[i] as number),
    ),
  );
  number('pad', 'constantValue', constantValue);
  return operate('pad', { x }, (t) => core().pad(t.x, before!, after!, constantValue));
}

/** Joins tensors along an axis; their other dimensions must agree. */
export function concat(tensors: readonly TensorInput[], axis = 0): Tensor {
  wholeNumber('concat', 'axis', axis);
  return operateOnList('concat', tensors, (list) => new Tensor(core().concat(list, axis)));
}

/** Joins tensors of one shape along a new axis. */
export function stack(tensors: readonly TensorInput[], axis = 0): Tensor {
  wholeNumber('stack', 'axis', axis);
  return operateOnList('stack', tensors, (list) => new Tensor(core().stack(list, axis)));
}

/** Cuts x along an axis into equal parts by their number, or into parts of the sizes listed. */
export function split(
  x: TensorInput,
  numOrSizeSplits: number | readonly number[],
  axis = 0,
): Tensor[] {
  wholeNumber('split', 'axis', axis);
  return withTemporaries((temporary) => {
    const handle = borrow('split', 'x', x, temporary);
    let sizes = wholeNumbers('split', 'numOrSizeSplits', numOrSizeSplits);
    if (typeof numOrSizeSplits === 'number') {
      const length = handle.shape().at(axis) ?? 0;
      if (numOrSizeSplits < 1 || length % numOrSizeSplits !== 0) {
        throw new ValueError(
          `split(): an axis of size ${length} cannot be cut into ${numOrSizeSplits} equal parts`,
        );
      }
      sizes = new Array<number>(numOrSizeSplits).fill(length / numOrSizeSplits);
    }
    return core()
      .split(handle, sizes, axis)
      .map((part) => new Tensor(part));
  });
}

/** The slices of x along an axis, without that axis. */
export function unstack(x: TensorInput, axis = 0): Tensor[] {
  wholeNumber('unstack', 'axis', axis);
  return withTemporaries((temporary) => {
    const handle = borrow('unstack', 'x', x, temporary);
    const length = handle.shape().at(axis) ?? 0;
    const parts = core().split(handle, new Array<number>(length).fill(1), axis);
    temporary.push(...parts);
    return parts.map((part) => new Tensor(core().squeeze(part, [axis])));
  });
}
