import type { CoreTensor } from '../core.js';
import { checkShape } from '../create.js';
import { dtypeCode, type DataType } from '../dtype.js';
import { core } from '../engine.js';
import type { Tensor } from '../tensor.js';
import { gatherBatched } from './gather_batched.js';
import { number, operate, wholeNumber, type TensorInput } from './operation.js';

/**
 * The slices of x along `axis` that `indices` (int32, any shape) name: the shape of x with the axis
 * replaced by the shape of the indices. The first `batchDims` dimensions of both belong together.
 * An index out of range: ValueError.
 */
export function gather(x: TensorInput, indices: TensorInput, axis = 0, batchDims = 0): Tensor {
  wholeNumber('gather', 'axis', axis);
  if (batchDims !== 0) return gatherBatched(x, indices, axis, batchDims);
  return operate('gather', { x, indices }, (t) => core().gather(t.x, t.indices, axis), {
    indices: 'int32',
  });
}

/**
 * `onValue` where a new last axis of size `depth` has the index, `offValue` elsewhere. An index out
 * of range gives a row of `offValue`.
 */
export function oneHot(
  indices: TensorInput,
  depth: number,
  onValue = 1,
  offValue = 0,
  dtype: DataType = 'int32',
): Tensor {
  wholeNumber('oneHot', 'depth', depth);
  number('oneHot', 'onValue', onValue);
  number('oneHot', 'offValue', offValue);
  const code = dtypeCode(dtype);
  return operate(
    'oneHot',
    { indices },
    (t) => core().oneHot(t.indices, depth, onValue, offValue, code),
    { indices: 'int32' },
  );
}

/** `a` where the condition holds, else `b`; all three broadcast. */
export function where(condition: TensorInput, a: TensorInput, b: TensorInput): Tensor {
  return operate('where', { condition, a, b }, (t) => core().where(t.condition, t.a, t.b), {
    condition: 'bool',
  });
}

/**
 * The slices of x that the rows of `indices` [..., k] (int32) name by their first k indices:
 * [..., what is left of the shape of x]. An index out of range: ValueError.
 */
export function gatherND(x: TensorInput, indices: TensorInput): Tensor {
  return operate('gatherND', { x, indices }, (t) => core().gatherND(t.x, t.indices), {
    indices: 'int32',
  });
}

/**
 * Zeros of a shape to which each slice of updates [..., rest] is added where its row of `indices`
 * [..., k] (int32) says.
 */
export function scatterND(
  indices: TensorInput,
  updates: TensorInput,
  shape: readonly number[],
): Tensor {
  checkShape(shape, 'scatterND()');
  const run = (t: { indices: CoreTensor; updates: CoreTensor }) =>
    core().scatterND(t.indices, t.updates, [...shape]);
  return operate('scatterND', { indices, updates }, run, { indices: 'int32' });
}

/**
 * `tensor` with the slices of updates [..., rest] in the places that `indices` [..., k] (int32)
 * name. Of several for one place the last one stays.
 */
export function tensorScatterUpdate(
  tensor: TensorInput,
  indices: TensorInput,
  updates: TensorInput,
): Tensor {
  const run = (t: { tensor: CoreTensor; indices: CoreTensor; updates: CoreTensor }) =>
    core().tensorScatterUpdate(t.tensor, t.indices, t.updates);
  return operate('tensorScatterUpdate', { tensor, indices, updates }, run, { indices: 'int32' });
}
