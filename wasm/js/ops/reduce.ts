// Reductions. `axis` is one axis or a list (negative ones count from the end), by default all;
// `keepDims` leaves a 1 in the place of each. Axes out of range: ValueError.
import type { CoreTensor, ReductionName } from '../core.js';
import { dtypeName } from '../dtype.js';
import { core } from '../engine.js';
import { ValueError } from '../errors.js';
import { Tensor } from '../tensor.js';
import { operate, wholeNumber, wholeNumbers, withInputs, type TensorInput } from './operation.js';

type Axis = number | readonly number[] | null;

function reduce(
  op: ReductionName,
  x: TensorInput,
  axis: Axis | undefined,
  keepDims: boolean,
): Tensor {
  const axes = wholeNumbers(op, 'axis', axis);
  return operate(op, { x }, (t) => core()[op](t.x, axes, keepDims));
}

/** int32 and bool give int32. */
export function sum(x: TensorInput, axis?: Axis, keepDims = false): Tensor {
  return reduce('sum', x, axis, keepDims);
}

/** Always float32. */
export function mean(x: TensorInput, axis?: Axis, keepDims = false): Tensor {
  return reduce('mean', x, axis, keepDims);
}

/** The gradient goes to every element that equals the maximum. */
export function max(x: TensorInput, axis?: Axis, keepDims = false): Tensor {
  return reduce('max', x, axis, keepDims);
}

/** The gradient goes to every element that equals the minimum. */
export function min(x: TensorInput, axis?: Axis, keepDims = false): Tensor {
  return reduce('min', x, axis, keepDims);
}

/** The product: int32 and bool give int32; of nothing it is 1. */
export function prod(x: TensorInput, axis?: Axis, keepDims = false): Tensor {
  return reduce('prod', x, axis, keepDims);
}

function logical(
  op: 'all' | 'any',
  x: TensorInput,
  axis: Axis | undefined,
  keepDims: boolean,
): Tensor {
  const axes = wholeNumbers(op, 'axis', axis);
  const run = (t: { x: CoreTensor }) => {
    if (dtypeName(t.x.dtype()) !== 'bool') {
      throw new ValueError(`${op}(): x must be a bool tensor, got ${dtypeName(t.x.dtype())}`);
    }
    return core()[op](t.x, axes, keepDims);
  };
  return operate(op, { x }, run, { x: 'bool' });
}

/** Whether all elements of a bool tensor are true; of none they are. */
export function all(x: TensorInput, axis?: Axis, keepDims = false): Tensor {
  return logical('all', x, axis, keepDims);
}

/** Whether any element of a bool tensor is true. */
export function any(x: TensorInput, axis?: Axis, keepDims = false): Tensor {
  return logical('any', x, axis, keepDims);
}

/** log(sum(exp(x))), without overflow. */
export function logSumExp(x: TensorInput, axis?: Axis, keepDims = false): Tensor {
  return reduce('logSumExp', x, axis, keepDims);
}

/** Mean and variance (the mean squared difference from the mean): float32. */
export function moments(
  x: TensorInput,
  axis?: Axis,
  keepDims = false,
): { mean: Tensor; variance: Tensor } {
  const axes = wholeNumbers('moments', 'axis', axis);
  return withInputs('moments', { x }, (t) => {
    const [mean, variance] = core().moments(t.x, axes, keepDims);
    return { mean: new Tensor(mean), variance: new Tensor(variance) };
  });
}

/** Where the greatest element along an axis is, the first of equals: int32. */
export function argMax(x: TensorInput, axis = 0): Tensor {
  wholeNumber('argMax', 'axis', axis);
  return operate('argMax', { x }, (t) => core().argMax(t.x, axis));
}

/** Where the least element along an axis is, the first of equals: int32. */
export function argMin(x: TensorInput, axis = 0): Tensor {
  wholeNumber('argMin', 'axis', axis);
  return operate('argMin', { x }, (t) => core().argMin(t.x, axis));
}

/** exp(x) over its sum along an axis, by default the last. */
export function softmax(logits: TensorInput, dim = -1): Tensor {
  wholeNumber('softmax', 'dim', dim);
  return operate('softmax', { logits }, (t) => core().softmax(t.logits, dim));
}

/** log(softmax(x)), without overflow. */
export function logSoftmax(logits: TensorInput, axis = -1): Tensor {
  wholeNumber('logSoftmax', 'axis', axis);
  return operate('logSoftmax', { logits }, (t) => core().logSoftmax(t.logits, axis));
}
