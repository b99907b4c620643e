// Identity, functions as layers, einsum.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { checkAlone, type Numbers } from './layer_alone';
import { expectValueError, expectValues, random, start, values } from './support';

beforeAll(start);

const { layers } = hd;

describe('identity', () => {
  checkAlone('identity', {}, [3, 2], { expected: ([x]) => x! });

  it('gives several inputs back, with their dtypes', () => {
    const inputs = [hd.input({ shape: [2] }), hd.input({ shape: [3], dtype: 'int32' })];
    const outputs = layers.identity().apply(inputs) as hd.SymbolicTensor[];
    expect(outputs.map(({ shape, dtype }) => [shape, dtype])).toEqual([
      [[null, 2], 'float32'],
      [[null, 3], 'int32'],
    ]);
    const model = hd.model({ inputs, outputs });
    const [a, b] = [hd.tensor2d([[1, 2]]), hd.tensor2d([[3, 4, 5]], [1, 3], 'int32')];
    const predicted = model.predict([a, b]) as hd.Tensor[];
    expect(predicted.map(values)).toEqual([
      [1, 2],
      [3, 4, 5],
    ]);
    expect(predicted[1]!.dtype).toBe('int32');
  });
});

describe('fn', () => {
  it('runs a function eagerly and in models, and finds its shape by tracing', async () => {
    let calls = 0;
    const layer = layers.fn(
      (x: hd.Tensor) => {
        calls++;
        return hd.concat([x, x.square()], -1);
      },
      { name: 'squares' },
    );
    expect(layer.name).toBe('squares');
    expectValues(layer.apply(hd.tensor2d([[1, 3]])) as hd.Tensor, [1, 3, 1, 9]);
    const input = hd.input({ shape: [null, 2] });
    const output = layer.apply(input) as hd.SymbolicTensor;
    expect(output.shape).toEqual([null, null, 4]);
    const model = hd.sequential({
      layers: [layers.dense({ units: 2, inputShape: [2] }), layer, layers.dense({ units: 1 })],
    });
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    await model.trainOnBatch(random([4, 2], 1), random([4, 1], 2));
    const traced = calls;
    for (let i = 0; i < 5; i++) await model.trainOnBatch(random([4, 2], 1), random([4, 1], 2));
    expect(calls).toBe(traced); // steps run no JavaScript
  });

  it('takes several inputs, gives several outputs, and says its shape if told', () => {
    const layer = layers.fn(([a, b]: hd.Tensor[]) => [a!.add(b!), a!.sub(b!)]);
    const inputs = [1, 2].map(() => hd.input({ shape: [2] }));
    const outputs = layer.apply(inputs) as hd.SymbolicTensor[];
    expect(outputs.map(({ shape }) => shape)).toEqual([
      [null, 2],
      [null, 2],
    ]);
    const model = hd.model({ inputs, outputs });
    const predicted = model.predict([hd.ones([1, 2]), hd.ones([1, 2]).mul(3)]) as hd.Tensor[];
    expect(predicted.map(values)).toEqual([
      [4, 4],
      [-2, -2],
    ]);
    const told = layers.fn((x: hd.Tensor) => x.sum(-1, true), { outputShape: [1] });
    expect((told.apply(hd.input({ shape: [7] })) as hd.SymbolicTensor).shape).toEqual([null, 1]);
    expect(told.computeOutputShape([5, 7])).toEqual([5, 1]);
    const asked = layers.fn((x: hd.Tensor) => x.transpose([0, 2, 1]), {
      outputShape: (shape) => [shape[0], shape[2], shape[1]] as hd.Shape,
    });
    expect(asked.computeOutputShape([null, 2, 3])).toEqual([null, 3, 2]);
  });

  it('knows whether it is trained', () => {
    const layer = layers.fn((x: hd.Tensor, { training }) => (training ? x.neg() : x));
    expectValues(layer.apply(hd.ones([1, 1])) as hd.Tensor, [1]);
    expectValues(layer.apply(hd.ones([1, 1]), { training: true }) as hd.Tensor, [-1]);
  });

  it('cannot come from a configuration, and says what to do', () => {
    const layer = layers.fn((x: hd.Tensor) => x, { name: 'same' });
    expectValueError(() => layers.Fn.fromConfig(layer.getConfig()), "'same'", 'hd.layers.fn');
    expectValueError(() => layers.fn(3 as never), 'needs a function', 'number');
    expectValueError(
      () => layers.fn(((x: hd.Tensor) => x) as never, { shape: [1] } as never),
      "'shape'",
    );
  });
});

describe('einsumDense', () => {
  /** Rows of x by a matrix [in, out], plus a bias. */
  const rows = (x: Numbers, kernel: Numbers, size: number, bias?: Numbers) => {
    const units = kernel.length / size;
    return Array.from({ length: (x.length / size) * units }, (_, i) => {
      const [row, unit] = [Math.floor(i / units), i % units];
      let sum = bias?.[unit] ?? 0;
      for (let k = 0; k < size; k++) sum += x[row * size + k]! * kernel[k * units + unit]!;
      return sum;
    });
  };
  checkAlone('einsumDense', { equation: 'ab,bc->ac', outputShape: 5, biasAxes: 'c' }, [4], {
    shape: [5],
    expected: ([x], [kernel, bias]) => rows(x!, kernel!, 4, bias),
  });
  checkAlone('einsumDense', { equation: 'abc,cd->abd', outputShape: [null, 5] }, [3, 4], {
    shape: [3, 5],
    expected: ([x], [kernel]) => rows(x!, kernel!, 4),
  });
  const options = { equation: '...x,xy->...y', outputShape: 2, biasAxes: 'y', activation: 'tanh' };
  checkAlone('einsumDense', options, [2, 3, 4], {
    shape: [2, 3, 2],
    expected: ([x], [kernel, bias]) => rows(x!, kernel!, 4, bias).map(Math.tanh),
  });
  checkAlone('einsumDense', { ...options, equation: '...x, xy -> ...y' }, [4], { shape: [2] });
  checkAlone('einsumDense', { equation: 'ab...,bc->ac...', outputShape: 3 }, [2, 5], {
    shape: [3, 5],
    expected: ([x], [kernel]) =>
      Array.from({ length: 3 * 3 * 5 }, (_, i) => {
        const [n, c, rest] = [Math.floor(i / 15), Math.floor(i / 5) % 3, i % 5];
        return [0, 1].reduce(
          (sum, b) => sum + x![(n * 2 + b) * 5 + rest]! * kernel![b * 3 + c]!,
          0,
        );
      }),
  });
  const heads = { equation: 'abc,cde->abde', outputShape: [null, 2, 3], biasAxes: 'de' };
  checkAlone('einsumDense', heads, [5, 4], {
    shape: [5, 2, 3],
    expected: ([x], [kernel, bias]) => rows(x!, kernel!, 4, bias),
  });
  checkAlone('einsumDense', { ...heads, biasAxes: 'e' }, [5, 4], {
    title: 'a bias of the last axis alone',
    expected: ([x], [kernel, bias]) =>
      rows(
        x!,
        kernel!,
        4,
        [0, 1, 2, 3, 4, 5].map((i) => bias![i % 3]!),
      ),
  });

  it('makes weights of the shapes that the equation says', () => {
    const layer = layers.einsumDense({ ...heads, biasAxes: 'd', name: 'e' });
    expect((layer.apply(hd.input({ shape: [null, 4] })) as hd.SymbolicTensor).shape).toEqual([
      null,
      null,
      2,
      3,
    ]);
    expect(layer.weights.map(({ name, shape }) => [name, shape])).toEqual([
      ['e/kernel', [4, 2, 3]],
      ['e/bias', [2, 1]],
    ]);
  });

  it('names what does not fit the equation', () => {
    const apply = (
      equation: string,
      outputShape: number | hd.Shape,
      shape: number[],
      biasAxes?: string,
    ) => layers.einsumDense({ equation, outputShape, biasAxes, name: 'e' }).apply(hd.ones(shape));
    expectValueError(() => apply('ab->b', 2, [1, 2]), "'e'", "'ab->b'", "'X,Y->Z'");
    expectValueError(() => apply('ab,bc->ac', 2, [1, 2, 3]), 'rank 3', '[1,2,3]');
    expectValueError(() => apply('ab,bc->ad', 2, [1, 2]), "'d' is in no term");
    expectValueError(() => apply('abc,cd->abd', 2, [1, 2, 3]), 'must have 2 sizes', '[2]');
    expectValueError(() => apply('abc,cd->abd', [4, 2], [1, 2, 3]), "'b' is 2", '4 in outputShape');
    expectValueError(() => apply('ab,bc->ac', 2, [1, 2], 'x'), "biasAxes has 'x'");
    expectValueError(() => apply('ab,cd->ad', 2, [1, 2]), "the size of 'c'");
  });
});
