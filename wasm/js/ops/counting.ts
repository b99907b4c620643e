// Counting, and sums by group.
import { onesLike } from '../create.js';
import { core } from '../engine.js';
import { inScope } from '../lifetime.js';
import type { Tensor } from '../tensor.js';
import { greaterEqual, less, logicalAnd, notEqual } from './arithmetic.js';
import { check, checkCount, checkDtype, checkRank, checkSameShape, toTensor } from './compose.js';
import { broadcastTo, reshape, slice, stack } from './shape.js';
import { oneHot, where } from './indexing.js';
import { matMul } from './matmul.js';
import { operate, type TensorInput } from './operation.js';
import { range, scalar } from '../create.js';
import { cast } from './unary.js';

const integer = (value: number) => scalar(value, 'int32');

/** Sums of updates [n, rest] in `size` rows; those whose index is `size` are left out. */
function sumsOf(op: string, indices: Tensor, updates: Tensor, shape: number[]): Tensor {
  const [size, ...rest] = shape as [number, ...number[]];
  const places = reshape(indices, [indices.size, 1]);
  const sums = operate(op, { places, updates }, (t) =>
    core().scatterND(t.places, t.updates, [size + 1, ...rest]),
  );
  return slice(sums, [0], [size]);
}

/**
 * Sums of the slices of x by group: row i of the result is the sum of the slices x[j] with
 * segmentIds[j] = i. The ids (int32) have the first dimensions of x; ids outside of
 * [0, numSegments) are left out. [numSegments, rest of x].
 */
export function unsortedSegmentSum(
  x: TensorInput,
  segmentIds: TensorInput,
  numSegments: number,
): Tensor {
  const op = 'unsortedSegmentSum';
  return inScope(() => {
    const $x = toTensor(op, 'x', x);
    const ids = toTensor(op, 'segmentIds', segmentIds, 'int32');
    checkDtype(op, 'segmentIds', ids, 'int32');
    checkCount(op, 'numSegments', numSegments);
    check(
      op,
      ids.rank > 0 && String(ids.shape) === String($x.shape.slice(0, ids.rank)),
      () =>
        `segmentIds must have the first dimensions of x, got [${ids.shape}] for x of shape ` +
        `[${$x.shape}]`,
    );
    const rest = $x.shape.slice(ids.rank);
    const inside = logicalAnd(greaterEqual(ids, integer(0)), less(ids, integer(numSegments)));
    const places = where(inside, ids, integer(numSegments));
    return sumsOf(op, places, reshape($x, [ids.size, ...rest]), [numSegments, ...rest]);
  });
}

function count(
  op: string,
  x: TensorInput,
  weights: TensorInput,
  size: number,
  ranks: number[] | null,
  binaryOutput: boolean,
): Tensor {
  return inScope(() => {
    const $x = toTensor(op, 'x', x, 'int32');
    const given = toTensor(op, 'weights', weights);
    checkDtype(op, 'x', $x, 'int32');
    if (ranks !== null) checkRank(op, 'x', $x, ...ranks);
    checkCount(op, 'size', size);
    check(
      op,
      given.size === 0 || given.size === $x.size,
      () =>
        `weights must be empty or as many as the elements of x, got shape [${given.shape}] for x ` +
        `of shape [${$x.shape}]`,
    );
    const $weights = given.size > 0 ? reshape(given, $x.shape) : cast(onesLike($x), given.dtype);
    // Numbers of size and more do not count; negative ones make the scattering throw.
    const places = where(less($x, integer(size)), $x, integer(size));
    let counts: Tensor;
    if (ranks !== null && $x.rank === 2) {
      const [rows, columns] = $x.shape as [number, number];
      const row = broadcastTo(reshape(range(0, rows, 1, 'int32'), [rows, 1]), [rows, columns]);
      const full = stack([row, places], -1); // [rows, columns, 2]
      const sums = operate(op, { full, $weights }, (t) =>
        core().scatterND(t.full, t.$weights, [rows, size + 1]),
      );
      counts = slice(sums, [0, 0], [rows, size]);
    } else {
      counts = sumsOf(op, places, reshape($weights, [$x.size]), [size]);
    }
    return binaryOutput ? cast(notEqual(counts, scalar(0, counts.dtype)), counts.dtype) : counts;
  });
}

/**
 * How often each of the numbers 0 to size - 1 occurs in x (int32, none negative), or the sums of
 * their weights where weights are given (as many as x has elements; else an empty tensor, whose
 * dtype the result has): [size]. Greater numbers are left out.
 */
export function bincount(x: TensorInput, weights: TensorInput, size: number): Tensor {
  return count('bincount', x, weights, size, null, false);
}

/**
 * bincount of x [n], or of each row of x [rows, n]: [size] or [rows, size]. `binaryOutput` tells only
 * whether a number occurs.
 */
export function denseBincount(
  x: TensorInput,
  weights: TensorInput,
  size: number,
  binaryOutput = false,
): Tensor {
  return count('denseBincount', x, weights, size, [1, 2], binaryOutput);
}

/**
 * How often each class was predicted for examples of each class: element (i, j) counts the examples
 * of class i that are predicted as j. labels and predictions [n]; [numClasses, numClasses] int32.
 */
export function confusionMatrix(
  labels: TensorInput,
  predictions: TensorInput,
  numClasses: number,
): Tensor {
  const op = 'confusionMatrix';
  return inScope(() => {
    const $labels = toTensor(op, 'labels', labels);
    const $predictions = toTensor(op, 'predictions', predictions);
    checkRank(op, 'labels', $labels, 1);
    checkRank(op, 'predictions', $predictions, 1);
    checkSameShape(op, ['labels', 'predictions'], $labels, $predictions);
    checkCount(op, 'numClasses', numClasses, 1);
    const [rows, columns] = [$labels, $predictions].map((classes) =>
      oneHot(cast(classes, 'int32'), numClasses, 1, 0, 'float32'),
    ) as [Tensor, Tensor];
    return cast(matMul(rows, columns, true), 'int32');
  });
}
