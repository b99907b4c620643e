// Ops whose results depend on values or are several tensors, against TensorFlow.js.
import { beforeAll, describe, expect, it } from 'vitest';
import type * as tfjs from '@tensorflow/tfjs';
import { draw, expectClose, hd, snapshot, startBoth, tf, toTensor, type Library } from './compare';

beforeAll(startBoth);

type Result = tfjs.Tensor | tfjs.Tensor[] | Record<string, tfjs.Tensor>;
const listOf = (result: Result): tfjs.Tensor[] => {
  if (Array.isArray(result)) return result;
  return 'dataSync' in result ? [result as tfjs.Tensor] : Object.values(result);
};

async function expectSame(name: string, program: (l: Library) => Result | Promise<Result>) {
  const [actual, expected] = [
    listOf(await program(hd)).map(snapshot),
    listOf(await program(tf)).map(snapshot),
  ];
  expect(actual).toHaveLength(expected.length);
  expected.forEach((wanted, i) => expectClose(`${name} [${i}]`, actual[i]!, wanted));
}

const values = (l: Library, seed: number, ...shape: number[]) =>
  toTensor(l, draw({ shape }, seed), { shape });
const wholes = (l: Library, seed: number, high: number, ...shape: number[]) => {
  const spec = { shape, low: 0, high, dtype: 'int32' } as const;
  return toTensor(l, draw(spec, seed), spec);
};
const truths = (l: Library, seed: number, ...shape: number[]) => {
  const spec = { shape, dtype: 'bool' } as const;
  return toTensor(l, draw(spec, seed), spec);
};

/** Boxes around a few centres, so that many overlap. */
const boxesOf = (l: Library, count: number) => {
  const corners = draw({ shape: [count, 4], low: 0, high: 1 }, 31).map((value, i) =>
    i % 4 < 2 ? value : value + 0.6,
  );
  return l.tensor2d(corners, [count, 4]);
};
const scoresOf = (l: Library, count: number) =>
  l.tensor1d(draw({ shape: [count], low: 0, high: 1 }, 32));

const table: Record<string, (l: Library) => Result | Promise<Result>> = {
  whereAsync: (l) => l.whereAsync(truths(l, 1, 3, 4, 2)),
  'whereAsync of a vector': (l) => l.whereAsync(truths(l, 2, 9)),
  'whereAsync of nothing true': (l) => l.whereAsync(l.zeros([2, 2], 'bool')),
  booleanMaskAsync: (l) => l.booleanMaskAsync(values(l, 3, 5, 2), truths(l, 4, 5)),
  'booleanMaskAsync of two axes': (l) =>
    l.booleanMaskAsync(values(l, 5, 2, 3, 2), truths(l, 6, 2, 3)),
  'booleanMaskAsync from axis 1': (l) =>
    l.booleanMaskAsync(values(l, 7, 2, 5, 2), truths(l, 8, 5), 1),
  unique: (l) => l.unique(wholes(l, 9, 4, 12)),
  'unique rows': (l) => l.unique(wholes(l, 10, 2, 9, 2), 0),
  'unique columns': (l) => l.unique(wholes(l, 11, 2, 2, 9), 1),
  setdiff1dAsync: (l) => l.setdiff1dAsync(wholes(l, 12, 9, 10), wholes(l, 13, 9, 4)),
  inTopKAsync: (l) => l.inTopKAsync(values(l, 14, 6, 5), wholes(l, 15, 5, 6), 2),
  'inTopKAsync of equal predictions': (l) =>
    l.inTopKAsync(l.ones([3, 4]), l.tensor1d([0, 1, 3], 'int32'), 2),
  'meshgrid xy': (l) => l.meshgrid(l.tensor1d([1, 2, 3]), l.tensor1d([4, 5])),
  'meshgrid ij': (l) => l.meshgrid(l.tensor1d([1, 2, 3]), l.tensor1d([4, 5]), { indexing: 'ij' }),
  'meshgrid of one': (l) => l.meshgrid(l.tensor1d([1, 2, 3])),
  'image.nonMaxSuppression': (l) =>
    l.image.nonMaxSuppression(boxesOf(l, 30), scoresOf(l, 30), 10, 0.3),
  'image.nonMaxSuppressionAsync with a score': (l) =>
    l.image.nonMaxSuppressionAsync(boxesOf(l, 30), scoresOf(l, 30), 40, 0.5, 0.4),
  'image.nonMaxSuppressionWithScore': (l) =>
    ({
      ...l.image.nonMaxSuppressionWithScore(boxesOf(l, 30), scoresOf(l, 30), 20, 0.6, 0.1, 0.5),
    }) as Record<string, tfjs.Tensor>,
  'image.nonMaxSuppressionWithScoreAsync': async (l) =>
    (await l.image.nonMaxSuppressionWithScoreAsync(
      boxesOf(l, 30),
      scoresOf(l, 30),
      20,
      1,
      0.2,
      0.3,
    )) as Record<string, tfjs.Tensor>,
  'image.nonMaxSuppressionPadded': (l) =>
    l.image.nonMaxSuppressionPadded(boxesOf(l, 20), scoresOf(l, 20), 18, 0.2, 0, true) as Record<
      string,
      tfjs.Tensor
    >,
  'image.nonMaxSuppressionPaddedAsync': async (l) =>
    (await l.image.nonMaxSuppressionPaddedAsync(boxesOf(l, 20), scoresOf(l, 20), 18)) as Record<
      string,
      tfjs.Tensor
    >,
  multiRNNCell: (l) => {
    const kernel = values(l, 20, 4, 8) as tfjs.Tensor2D;
    const bias = values(l, 21, 8) as tfjs.Tensor1D;
    const cell = (data: tfjs.Tensor2D, c: tfjs.Tensor2D, h: tfjs.Tensor2D) =>
      l.basicLSTMCell(l.scalar(1), kernel, bias, data, c, h);
    const state = (seed: number) => values(l, seed, 3, 2) as tfjs.Tensor2D;
    const states = [state(23), state(24)];
    const [c, h] = l.multiRNNCell([cell, cell], state(22), states, [state(25), state(26)]);
    return [...c, ...h];
  },
  'sparse.sparseReshape': (l) =>
    ({
      ...l.sparse.sparseReshape(
        l.tensor2d([0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0, 1, 2, 3], [5, 3], 'int32'),
        l.tensor1d([2, 3, 6], 'int32'),
        l.tensor1d([9, -1], 'int32'),
      ),
    }) as Record<string, tfjs.Tensor>,
  'sparse.sparseFillEmptyRows': (l) => {
    const filled = l.sparse.sparseFillEmptyRows(
      l.tensor2d([3, 2, 0, 0, 1, 3, 1, 4, 3, 3], [5, 2], 'int32'),
      l.tensor1d([1, 2, 3, 4, 5]),
      l.tensor1d([5, 6], 'int32'),
      l.scalar(-1),
    ) as Record<string, tfjs.Tensor>;
    const { outputIndices, outputValues, emptyRowIndicator, reverseIndexMap } = filled;
    return [outputIndices!, outputValues!, emptyRowIndicator!, reverseIndexMap!];
  },
};

describe('values', () => {
  it.each(Object.entries(table))('%s', (name, program) => expectSame(name, program));
});
