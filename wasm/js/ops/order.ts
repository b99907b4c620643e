// Running totals, and what has to do with order.
import { core } from '../engine.js';
import { ValueError } from '../errors.js';
import { Tensor } from '../tensor.js';
import { operate, withInputs, wholeNumber, wordOf, type TensorInput } from './operation.js';

/**
 * Running sums along an axis. `exclusive` leaves each element's own value out; `reverse` starts at
 * the end. bool counts as int32.
 */
export function cumsum(x: TensorInput, axis = 0, exclusive = false, reverse = false): Tensor {
  wholeNumber('cumsum', 'axis', axis);
  return operate('cumsum', { x }, (t) => core().cumsum(t.x, axis, exclusive, reverse));
}

/** Running products along an axis; options as in cumsum. */
export function cumprod(x: TensorInput, axis = 0, exclusive = false, reverse = false): Tensor {
  wholeNumber('cumprod', 'axis', axis);
  return operate('cumprod', { x }, (t) => core().cumprod(t.x, axis, exclusive, reverse));
}

/**
 * The k greatest elements of each row (the last axis) and their places (int32), greatest first, of
 * equal ones the first: both [..., k]. They are always `sorted`. Throws ValueError for a scalar and
 * for a k greater than the row.
 */
export function topk(x: TensorInput, k = 1, sorted = true): { values: Tensor; indices: Tensor } {
  wholeNumber('topk', 'k', k);
  if (typeof sorted !== 'boolean') {
    throw new ValueError(`topk(): sorted must be true or false, got ${String(sorted)}`);
  }
  return withInputs('topk', { x }, (t) => {
    const [values, indices] = core().topk(t.x, k);
    return { values: new Tensor(values), indices: new Tensor(indices) };
  });
}

/**
 * How many elements of each row of `sortedSequence` [..., n], which ascends, are less than each of
 * values [..., m] (side 'right': or equal), which is where it would be put in. The result has the
 * rows one after the other, as in TensorFlow.js: [rows, m], int32.
 */
export function searchSorted(
  sortedSequence: TensorInput,
  values: TensorInput,
  side: 'left' | 'right' = 'left',
): Tensor {
  const right = wordOf('searchSorted', 'side', side, ['left', 'right']) === 1;
  return operate('searchSorted', { sortedSequence, values }, (t) => {
    const found = core().searchSorted(t.sortedSequence, t.values, right);
    const shape = found.shape();
    if (shape.length === 2) return found;
    try {
      return core().reshape(found, [-1, shape.at(-1)!]);
    } finally {
      found.delete();
    }
  });
}

/** searchSorted with side 'left'. */
export function lowerBound(sortedSequence: TensorInput, values: TensorInput): Tensor {
  return searchSorted(sortedSequence, values, 'left');
}

/** searchSorted with side 'right'. */
export function upperBound(sortedSequence: TensorInput, values: TensorInput): Tensor {
  return searchSorted(sortedSequence, values, 'right');
}
