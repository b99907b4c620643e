// Random tensors out of other ops.
import { checkShape } from '../create.js';
import type { DataType } from '../dtype.js';
import { sizeOf } from '../dtype.js';
import { scalar } from '../create.js';
import { inScope } from '../lifetime.js';
import type { Tensor } from '../tensor.js';
import { check, checkCount, checkRank, constant, toTensor } from './compose.js';
import { minimum } from './arithmetic.js';
import type { TensorInput } from './operation.js';
import { cumsum, searchSorted } from './order.js';
import { randomUniform } from './random.js';
import { softmax } from './reduce.js';
import { reshape } from './shape.js';

/**
 * Draws `numSamples` classes with the probabilities softmax(logits), or the logits themselves where
 * they are `normalized` to probabilities already: logits [classes] or [batch, classes] to
 * [numSamples] or [batch, numSamples] int32.
 */
export function multinomial(
  logits: TensorInput,
  numSamples: number,
  seed?: number,
  normalized = false,
): Tensor {
  const op = 'multinomial';
  return inScope(() => {
    const $logits = toTensor(op, 'logits', logits);
    checkRank(op, 'logits', $logits, 1, 2);
    checkCount(op, 'numSamples', numSamples);
    const classes = $logits.shape.at(-1)!;
    check(op, classes >= 2, () => `logits must be of at least 2 classes, got ${classes}`);
    const rows = $logits.size / classes;
    const matrix = reshape($logits, [rows, classes]);
    const upTo = cumsum(normalized ? matrix : softmax(matrix), 1);
    const draws = randomUniform([rows, numSamples], 0, 1, 'float32', seed);
    // The sum of all may fall short of 1 by rounding.
    const last = scalar(classes - 1, 'int32');
    const drawn = minimum(searchSorted(upTo, draws, 'right'), last);
    return reshape(drawn, [...$logits.shape.slice(0, -1), numSamples]);
  });
}

/** Whole numbers, uniform in [minval, maxval). With a seed, the same at every call. */
export function randomUniformInt(
  shape: readonly number[],
  minval: number,
  maxval: number,
  seed?: number,
): Tensor {
  return randomUniform(shape, minval, maxval, 'int32', seed);
}

/** A tensor whose elements `randFunction` gives, one after the other. */
export function rand(
  shape: readonly number[],
  randFunction: () => number,
  dtype: DataType = 'float32',
): Tensor {
  checkShape(shape, 'rand()');
  check('rand', typeof randFunction === 'function', () => 'randFunction must be a function');
  const values = Array.from({ length: sizeOf(shape) }, () => Number(randFunction()));
  return constant(dtype === 'bool' ? values.map((v) => Number(v !== 0)) : values, shape, dtype);
}
