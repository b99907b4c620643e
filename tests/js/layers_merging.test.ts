// Layers of several inputs: what TensorFlow.js lacks, has no gradient of, or does wrong.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { checkAlone } from './layer_alone';
import { expectValueError, expectValues, start, values } from './support';

beforeAll(start);

const zip =
  (f: (a: number, b: number) => number) =>
  ([a, b]: ArrayLike<number>[]) =>
    Array.from(a!, (value, i) => f(value, b![i]!));

describe('subtract', () => {
  const inputs = [
    [3, 2],
    [3, 2],
  ];
  checkAlone('subtract', {}, inputs, { expected: zip((a, b) => a - b) });
  checkAlone('subtract', {}, [[4], [3, 4]], {
    expected: ([a, b]) =>
      Array.from(b!, (value, i) => a![Math.floor(i / 12) * 4 + (i % 4)]! - value),
  });

  it('takes two inputs', () => {
    const three = [1, 2, 3].map(() => hd.ones([2, 2]));
    expectValueError(() => hd.layers.subtract().apply(three), 'Subtract', 'exactly 2', 'got 3');
  });
});

describe.each(['maximum', 'minimum'] as const)('%s of what broadcasts', (name) => {
  const f = name === 'maximum' ? Math.max : Math.min;
  const inputs = [
    [3, 1],
    [3, 4],
  ];
  checkAlone(name, {}, inputs, {
    expected: ([a, b]) => Array.from(b!, (value, i) => f(a![Math.floor(i / 4)]!, value)),
  });
});

describe('dot', () => {
  const inputs = [
    [2, 3, 4],
    [3, 5],
  ];
  checkAlone('dot', { axes: [2, 1] }, inputs, {
    title: 'inputs of more dimensions than TensorFlow.js takes',
    shape: [2, 4, 5],
    expected: ([a, b]) => {
      const result: number[] = [];
      for (let n = 0; n < 3; n++)
        for (let i = 0; i < 2; i++)
          for (let k = 0; k < 4; k++)
            for (let l = 0; l < 5; l++) {
              let sum = 0;
              for (let j = 0; j < 3; j++)
                sum += a![((n * 2 + i) * 3 + j) * 4 + k]! * b![(n * 3 + j) * 5 + l]!;
              result.push(sum);
            }
      return result;
    },
  });
  // TensorFlow.js announces another shape for negative axes in a list.
  checkAlone('dot', { axes: [-1, -1], normalize: true }, [[4], [4]], {
    shape: [1],
    expected: ([a, b]) =>
      [0, 1, 2].map((n) => {
        const rows = [a!, b!].map((x) => Array.from(x).slice(n * 4, n * 4 + 4));
        const times = (i: number, j: number) =>
          rows[i]!.reduce((sum, v, k) => sum + v * rows[j]![k]!, 0);
        return times(0, 1) / Math.sqrt(times(0, 0) * times(1, 1));
      }),
  });

  it('names what does not fit', () => {
    const dot = (axes: number | [number, number], ...shapes: number[][]) =>
      hd.layers.dot({ axes, name: 'd' }).apply(shapes.map((shape) => hd.input({ shape })));
    expectValueError(() => dot(1, [3], [4]), "'d'", 'got 3 and 4');
    expectValueError(() => dot(0, [3], [3]), "'d'", 'axis 0 is the batch');
    expectValueError(() => dot(2, [3], [3]), 'from 1 to 1', 'rank 2');
    expectValueError(() => dot(1, [3], [3], [3]), 'exactly 2', 'got 3');
  });
});

describe('merging layers', () => {
  it('refuse shapes that do not broadcast, and leave the layer usable', () => {
    const layer = hd.layers.multiply({ name: 'm' });
    const [a, b, c] = [
      [3, 2],
      [3, 4],
      [1, 4],
    ].map((shape) => hd.input({ shape }));
    expectValueError(() => layer.apply([a!, b!]), "'m'", '[[null,3,2],[null,3,4]]', 'broadcast');
    expectValueError(() => layer.apply(a!), "'m'", 'at least 2', 'got 1');
    expectValueError(
      () => layer.apply([hd.ones([2, 3]), hd.ones([3, 3])]),
      'different batch sizes',
      '[[2,3],[3,3]]',
    );
    expect((layer.apply([b!, c!]) as hd.SymbolicTensor).shape).toEqual([null, 3, 4]);
  });

  it('join masks as Keras 3 does: what counts in any input counts', () => {
    const layer = hd.layers.average();
    const x = hd.ones([1, 3, 2]);
    const mask = (...flags: number[]) => hd.tensor2d(flags, [1, 3], 'bool');
    const both = layer.computeMask([x, x], [mask(1, 0, 0), mask(0, 0, 1)]) as hd.Tensor;
    expect(values(both)).toEqual([1, 0, 1]);
    expect(layer.computeMask([x, x], [mask(1, 0, 0), null])).toBeNull();
  });

  it('keep whole numbers, but for the average', () => {
    const a = hd.tensor1d([1, 5], 'int32');
    const b = hd.tensor1d([4, 2], 'int32');
    const apply = (layer: hd.layers.Layer) => layer.apply([a, b]) as hd.Tensor;
    expect(apply(hd.layers.maximum()).dtype).toBe('int32');
    expectValues(apply(hd.layers.maximum()), [4, 5]);
    expectValues(apply(hd.layers.average()), [2.5, 3.5]);
    const inputs = [1, 2].map(() => hd.input({ shape: [1], dtype: 'int32' }));
    const output = hd.layers.minimum().apply(inputs) as hd.SymbolicTensor;
    expect(output.dtype).toBe('int32');
    const model = hd.model({ inputs, outputs: output });
    const predicted = model.predict([a.expandDims(1), b.expandDims(1)]) as hd.Tensor;
    expect(predicted.dtype).toBe('int32');
    expectValues(predicted, [1, 2]);
  });
});
