import { checkShape } from '../create.js';
import { dtypeCode, type DataType } from '../dtype.js';
import { core } from '../engine.js';
import { ValueError } from '../errors.js';
import { Tensor } from '../tensor.js';
import { number, operate, seedOf, wholeNumber, wholeNumbers, wordOf } from './operation.js';
import type { TensorInput } from './operation.js';

/**
 * Makes everything random repeat from here on: initial weights, dropout, the order of samples, and
 * random tensors that have no seed of their own. Without it, each run of a program differs.
 */
export function setRandomSeed(seed: number): void {
  core().setRandomSeed(wholeNumber('setRandomSeed', 'seed', seed));
}

/**
 * Uniform in [minval, maxval); whole numbers if the dtype is int32. With a seed, the same numbers at
 * every call.
 */
export function randomUniform(
  shape: readonly number[],
  minval = 0,
  maxval = 1,
  dtype: DataType = 'float32',
  seed?: number,
): Tensor {
  checkShape(shape, 'randomUniform()');
  number('randomUniform', 'minval', minval);
  number('randomUniform', 'maxval', maxval);
  const code = dtypeCode(dtype);
  const seedNumber = seedOf('randomUniform', seed);
  return new Tensor(core().randomUniform([...shape], minval, maxval, code, seedNumber));
}

/** Draws from a distribution of two parameters; for int32 the numbers are rounded. */
function distributed(
  op: 'randomNormal' | 'truncatedNormal' | 'randomGamma',
  shape: readonly number[],
  parameters: Record<string, number>,
  dtype: 'float32' | 'int32',
  seed: number | undefined,
): Tensor {
  checkShape(shape, `${op}()`);
  const [a, b] = Object.entries(parameters).map(([name, value]) => number(op, name, value));
  const code = wordOf(op, 'dtype', dtype, ['float32', 'int32']);
  const handles = [core()[op]([...shape], a!, b!, seedOf(op, seed))];
  if (code === 0) return new Tensor(handles[0]!);
  try {
    handles.push(core().round(handles[0]!));
    return new Tensor(core().cast(handles[1]!, code));
  } finally {
    for (const handle of handles) handle.delete();
  }
}

/** Normal with the mean and standard deviation given. */
export function randomNormal(
  shape: readonly number[],
  mean = 0,
  stdDev = 1,
  dtype: 'float32' | 'int32' = 'float32',
  seed?: number,
): Tensor {
  return distributed('randomNormal', shape, { mean, stdDev }, dtype, seed);
}

/** Normal, held to within two standard deviations of the mean. */
export function truncatedNormal(
  shape: readonly number[],
  mean = 0,
  stdDev = 1,
  dtype: 'float32' | 'int32' = 'float32',
  seed?: number,
): Tensor {
  return distributed('truncatedNormal', shape, { mean, stdDev }, dtype, seed);
}

/** Normal with mean 0 and standard deviation 1. */
export function randomStandardNormal(
  shape: readonly number[],
  dtype: 'float32' | 'int32' = 'float32',
  seed?: number,
): Tensor {
  return distributed('randomNormal', shape, { mean: 0, stdDev: 1 }, dtype, seed);
}

/**
 * The gamma distribution of shape alpha and rate beta: its mean is alpha / beta. (TensorFlow.js
 * multiplies by beta where it means to divide.)
 */
export function randomGamma(
  shape: readonly number[],
  alpha: number,
  beta = 1,
  dtype: 'float32' | 'int32' = 'float32',
  seed?: number,
): Tensor {
  return distributed('randomGamma', shape, { alpha, beta }, dtype, seed);
}

/**
 * Sets each element to 0 with probability `rate`, in [0, 1), and scales the others by
 * 1 / (1 - rate). `noiseShape` broadcasts to the shape of x: one draw for a whole broadcast axis.
 */
export function dropout(
  x: TensorInput,
  rate: number,
  noiseShape?: readonly number[] | null,
  seed?: number,
): Tensor {
  if (!(rate >= 0 && rate < 1)) {
    throw new ValueError(`dropout(): rate must be in [0, 1), got ${rate}`);
  }
  const noise = wholeNumbers('dropout', 'noiseShape', noiseShape);
  const seedNumber = seedOf('dropout', seed);
  return operate('dropout', { x }, (t) =>
    rate === 0 ? t.x.clone() : core().dropout(t.x, rate, noise, seedNumber),
  );
}
