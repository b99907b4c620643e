// hd.sparse, and sparseToDense: a sparse tensor is its indices [count, rank] (int32), its values
// [count] and its shape [rank] (int32).
import { fill, scalar } from '../create.js';
import { inScope } from '../lifetime.js';
import type { Tensor } from '../tensor.js';
import { div, maximum } from './arithmetic.js';
import { check, checkDtype, checkRank, constant, toTensor } from './compose.js';
import { unsortedSegmentSum } from './counting.js';
import { gather, tensorScatterUpdate } from './indexing.js';
import { wholeNumbers, type TensorInput } from './operation.js';
import { broadcastTo, concat, reshape } from './shape.js';
import { cast } from './unary.js';

/**
 * A tensor of `outputShape` with the values (a scalar or [count]) in the places that the indices
 * [count, rank], [count] (rank 1) or [] (one place) name, and `defaultValue` elsewhere. Indices that
 * are out of range: ValueError.
 */
export function sparseToDense(
  sparseIndices: TensorInput,
  sparseValues: TensorInput,
  outputShape: readonly number[],
  defaultValue: TensorInput = 0,
): Tensor {
  const op = 'sparseToDense';
  return inScope(() => {
    const shape = wholeNumbers(op, 'outputShape', outputShape);
    const indices = toTensor(op, 'sparseIndices', sparseIndices, 'int32');
    const values = toTensor(op, 'sparseValues', sparseValues);
    const rest = cast(toTensor(op, 'defaultValue', defaultValue, values.dtype), values.dtype);
    checkDtype(op, 'sparseIndices', indices, 'int32');
    checkRank(op, 'sparseIndices', indices, 0, 1, 2);
    checkRank(op, 'sparseValues', values, 0, 1);
    checkRank(op, 'defaultValue', rest, 0);
    const count = indices.rank > 0 ? indices.shape[0]! : 1;
    const width = indices.rank > 1 ? indices.shape[1]! : 1;
    check(
      op,
      width === shape.length,
      () => `outputShape [${shape}] has not the ${width} dimensions that an index names`,
    );
    check(
      op,
      values.rank === 0 || values.size === count,
      () => `sparseValues must be a scalar or have shape [${count}], got [${values.shape}]`,
    );
    return tensorScatterUpdate(
      broadcastTo(rest, shape),
      reshape(indices, [count, width]),
      broadcastTo(values, [count]),
    );
  });
}

/** The slices of data that the indices name, and how many segments the ids make. */
function segmentsOf(
  op: string,
  data: TensorInput,
  indices: TensorInput,
  segmentIds: TensorInput,
): { slices: Tensor; ids: Tensor; count: number } {
  const $data = toTensor(op, 'data', data);
  const $indices = toTensor(op, 'indices', indices, 'int32');
  const ids = toTensor(op, 'segmentIds', segmentIds, 'int32');
  check(op, $data.rank > 0, () => 'data must have rank 1 or more, got a scalar');
  checkRank(op, 'indices', $indices, 1);
  checkRank(op, 'segmentIds', ids, 1);
  check(
    op,
    ids.size === $indices.size,
    () => `indices and segmentIds must be as many, got ${$indices.size} and ${ids.size}`,
  );
  const numbers = ids.dataSync();
  check(
    op,
    numbers.every((id, i) => id >= (i === 0 ? 0 : numbers[i - 1]!)),
    () => `segmentIds must ascend from 0 or more, got [${numbers}]`,
  );
  const count = numbers.length === 0 ? 0 : numbers.at(-1)! + 1;
  return { slices: gather($data, $indices), ids, count };
}

/**
 * Row i of the result is the sum of the slices data[indices[j]] with segmentIds[j] = i; the ids
 * [count] ascend. [last id + 1, rest of data]. The ids are read: they must be known.
 */
export function sparseSegmentSum(
  data: TensorInput,
  indices: TensorInput,
  segmentIds: TensorInput,
): Tensor {
  return inScope(() => {
    const { slices, ids, count } = segmentsOf('sparseSegmentSum', data, indices, segmentIds);
    return unsortedSegmentSum(slices, ids, count);
  });
}

/** As sparseSegmentSum, with means in the place of sums; 0 for a segment without slices. */
export function sparseSegmentMean(
  data: TensorInput,
  indices: TensorInput,
  segmentIds: TensorInput,
): Tensor {
  return inScope(() => {
    const { slices, ids, count } = segmentsOf('sparseSegmentMean', data, indices, segmentIds);
    const sums = unsortedSegmentSum(slices, ids, count);
    const counts = unsortedSegmentSum(fill([ids.size], 1), ids, count);
    const shape = [count, ...slices.shape.slice(1).map(() => 1)];
    return div(sums, reshape(maximum(counts, scalar(1)), shape));
  });
}

/**
 * The indices [count, rank] of a sparse tensor of shape `inputShape` [rank] as indices into the shape
 * `newShape` [new rank], which has as many elements and may have one -1. Both are read.
 */
export function sparseReshape(
  inputIndices: TensorInput,
  inputShape: TensorInput,
  newShape: TensorInput,
): { outputIndices: Tensor; outputShape: Tensor } {
  const op = 'sparseReshape';
  return inScope(() => {
    const indices = toTensor(op, 'inputIndices', inputIndices, 'int32');
    const $from = toTensor(op, 'inputShape', inputShape, 'int32');
    const $to = toTensor(op, 'newShape', newShape, 'int32');
    checkRank(op, 'inputIndices', indices, 2);
    checkRank(op, 'inputShape', $from, 1);
    checkRank(op, 'newShape', $to, 1);
    const from = Array.from($from.dataSync());
    const to = Array.from($to.dataSync());
    const product = (list: number[]) => list.reduce((a, b) => a * b, 1);
    const open = to.indexOf(-1);
    if (open >= 0) to[open] = product(from) / product(to.filter((_, i) => i !== open));
    check(
      op,
      from.length === indices.shape[1] && to.every((size) => Number.isInteger(size) && size >= 0),
      () => `indices [${indices.shape}] of shape [${from}] do not fit into [${$to.dataSync()}]`,
    );
    check(
      op,
      product(from) === product(to),
      () => `shape [${from}] has ${product(from)} elements, [${to}] has ${product(to)}`,
    );
    const data = indices.dataSync();
    const count = indices.shape[0]!;
    const moved = new Int32Array(count * to.length);
    for (let row = 0; row < count; row++) {
      let place = from.reduce((sum, size, i) => sum * size + data[row * from.length + i]!, 0);
      for (let axis = to.length - 1; axis >= 0; axis--) {
        moved[row * to.length + axis] = place % to[axis]!;
        place = Math.floor(place / to[axis]!);
      }
    }
    return {
      outputIndices: constant(moved, [count, to.length], 'int32'),
      outputShape: constant(to, [to.length], 'int32'),
    };
  });
}

/**
 * A sparse tensor of rank 2 or more without empty rows: where a row of shape `denseShape` has no
 * value, (row, 0, ...) gets `defaultValue`; all are in the order of their rows.
 * `emptyRowIndicator` [rows] (bool) tells which these were, `reverseIndexMap` [count] (int32) where
 * each value went. The indices and the shape are read; the values keep their gradient.
 */
export function sparseFillEmptyRows(
  indices: TensorInput,
  values: TensorInput,
  denseShape: TensorInput,
  defaultValue: TensorInput,
): {
  outputIndices: Tensor;
  outputValues: Tensor;
  emptyRowIndicator: Tensor;
  reverseIndexMap: Tensor;
} {
  const op = 'sparseFillEmptyRows';
  return inScope(() => {
    const $indices = toTensor(op, 'indices', indices, 'int32');
    const $values = toTensor(op, 'values', values);
    const $shape = toTensor(op, 'denseShape', denseShape, 'int32');
    const rest = cast(toTensor(op, 'defaultValue', defaultValue, $values.dtype), $values.dtype);
    checkRank(op, 'indices', $indices, 2);
    checkRank(op, 'values', $values, 1);
    checkRank(op, 'denseShape', $shape, 1);
    checkRank(op, 'defaultValue', rest, 0);
    const [count, rank] = $indices.shape as [number, number];
    check(
      op,
      $values.size === count && $shape.size === rank,
      () =>
        `values must be as many as indices and denseShape as long as one of them; got ` +
        `[${$values.shape}] and [${$shape.shape}] for indices of shape [${$indices.shape}]`,
    );
    const rows = $shape.dataSync()[0] ?? 0;
    const data = $indices.dataSync();
    const ofRow = Array.from({ length: rows }, (): number[] => []);
    for (let i = 0; i < count; i++) {
      const row = data[i * rank]!;
      check(
        op,
        row >= 0 && row < rows,
        () => `indices[${i}] names row ${row}, which is not in [0, ${rows})`,
      );
      ofRow[row]!.push(i);
    }
    const moved: number[] = [];
    const filled: number[] = []; // the places of the values, one after the last for the default
    const reverse = new Int32Array(count);
    ofRow.forEach((list, row) => {
      if (list.length === 0) {
        filled.push(count);
        moved.push(row, ...new Array<number>(rank - 1).fill(0));
      }
      for (const i of list) {
        reverse[i] = filled.length;
        filled.push(i);
        moved.push(...data.subarray(i * rank, (i + 1) * rank));
      }
    });
    const all = concat([$values, reshape(rest, [1])]);
    return {
      outputIndices: constant(moved, [filled.length, rank], 'int32'),
      outputValues: gather(all, constant(filled, [filled.length], 'int32')),
      emptyRowIndicator: constant(
        ofRow.map((list) => Number(list.length === 0)),
        [rows],
        'bool',
      ),
      reverseIndexMap: constant(reverse, [count], 'int32'),
    };
  });
}
