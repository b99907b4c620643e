// Activations as layers: what TensorFlow.js lacks, or has no gradient of.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { checkAlone } from './layer_alone';
import { expectValueError, expectValues, start } from './support';

beforeAll(start);

const each =
  (f: (x: number) => number) =>
  ([x]: ArrayLike<number>[]) =>
    Array.from(x!, f);

describe('reLU', () => {
  checkAlone('reLU', { negativeSlope: 0.1 }, [5], { expected: each((x) => (x < 0 ? 0.1 * x : x)) });
  checkAlone('reLU', { threshold: 0.25 }, [3, 2], { expected: each((x) => (x > 0.25 ? x : 0)) });
  checkAlone('reLU', { maxValue: 0.5, negativeSlope: 0.2, threshold: 0.1 }, [6], {
    expected: each((x) => (x > 0.1 ? Math.min(x, 0.5) : 0.2 * (x - 0.1))),
  });
});

describe('elu', () => {
  checkAlone('elu', { alpha: 0.5 }, [5], {
    expected: each((x) => (x < 0 ? 0.5 * Math.expm1(x) : x)),
  });
});

describe('thresholdedReLU', () => {
  checkAlone('thresholdedReLU', { theta: 0.2 }, [5], { expected: each((x) => (x > 0.2 ? x : 0)) });
});

describe('softmax', () => {
  checkAlone('softmax', { axis: 1 }, [2, 3], {
    expected: ([x]) =>
      Array.from(x!, (value, i) => {
        const other = x![i % 6 < 3 ? i + 3 : i - 3]!;
        return 1 / (1 + Math.exp(other - value));
      }),
  });

  it('masks time steps by a mask of the first dimensions', () => {
    const x = hd.tensor3d([1, 2, 3, 4], [1, 2, 2]);
    const mask = hd.tensor2d([1, 0], [1, 2], 'bool');
    const y = hd.layers.softmax({ axis: 1 }).apply(x, { mask }) as hd.Tensor;
    expectValues(y, [1, 1, 0, 0]);
  });
});

describe('activation', () => {
  it("knows Keras 3's names, and keeps the name that was given", () => {
    const x = hd.tensor2d([-1, 0.25, 2, 0.5], [1, 4]);
    const apply = (activation: string) => {
      const layer = hd.layers.activation({ activation: activation as 'relu' });
      expect(layer.getConfig()['activation']).toBe(activation);
      return layer.apply(x) as hd.Tensor;
    };
    const sigmoid = (v: number) => 1 / (1 + Math.exp(-v));
    const given = [-1, 0.25, 2, 0.5];
    expectValues(
      apply('silu'),
      given.map((v) => v * sigmoid(v)),
    );
    expectValues(
      apply('hardSilu'),
      given.map((v) => (v * (v + 3)) / 6),
    );
    expectValues(apply('hardShrink'), [-1, 0, 2, 0]);
    expectValues(apply('softShrink'), [-0.5, 0, 1.5, 0]);
    expectValues(apply('hardTanh'), [-1, 0.25, 1, 0.5]);
    expectValues(
      apply('tanhShrink'),
      given.map((v) => v - Math.tanh(v)),
    );
    expectValues(
      apply('squareplus'),
      given.map((v) => (v + Math.sqrt(v * v + 4)) / 2),
    );
    expectValues(apply('exponential'), given.map(Math.exp));
    expectValues(apply('sparsemax'), [0, 0, 1, 0]);
    expectValues(apply('glu'), [-1 * sigmoid(2), 0.25 * sigmoid(0.5)]);
  });

  it('glu halves the last axis, of models too', () => {
    const input = hd.input({ shape: [3, 6] });
    const layer = hd.layers.activation({ activation: 'glu' });
    const output = layer.apply(input) as hd.SymbolicTensor;
    expect(output.shape).toEqual([null, 3, 3]);
    const model = hd.model({ inputs: input, outputs: output });
    expect((model.predict(hd.ones([2, 3, 6])) as hd.Tensor).shape).toEqual([2, 3, 3]);
    expectValueError(() => layer.apply(hd.ones([2, 5])), 'glu', '[2,5]');
    const activation = 'glu';
    const gated = hd.layers.conv1d({ filters: 4, kernelSize: 3, activation });
    expect((gated.apply(hd.input({ shape: [5, 2] })) as hd.SymbolicTensor).shape).toEqual([
      null,
      3,
      2,
    ]);
    expect((gated.apply(hd.ones([1, 5, 2])) as hd.Tensor).shape).toEqual([1, 3, 2]);
    expectValueError(
      () => hd.layers.dense({ units: 3, activation }).apply(hd.ones([1, 2])),
      'must be even',
    );
  });
});

describe('misuse', () => {
  it('names the layer, the option and what it needs', () => {
    const { layers } = hd;
    expectValueError(() => layers.reLU({ maxValue: -1 }), 'ReLU', "'maxValue'", 'at least 0', '-1');
    expectValueError(() => layers.leakyReLU({ alpha: 'x' as never }), "'alpha'", 'a number');
    expectValueError(() => layers.elu({ beta: 1 } as never), 'ELU', "'beta'", 'alpha');
    expectValueError(() => layers.prelu({ sharedAxes: 0 }), "'sharedAxes'");
    expectValueError(
      () => layers.prelu({ name: 'p' }).apply(hd.input({ shape: [null, 3] })),
      "'p'",
      'dimension 1',
      'sharedAxes',
    );
    expectValueError(() => layers.softmax({ axis: 0.5 }), 'Softmax', "'axis'");
  });
});
