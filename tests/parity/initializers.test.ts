// Initialisers draw at random, so their statistics are compared: bounds, mean, deviation; and their configurations.
import { beforeAll, describe, expect, it } from 'vitest';
import type * as tfjs from '@tensorflow/tfjs';
import { hd, startBoth, tf, type Library } from './compare';

beforeAll(startBoth);

type Factory = (options?: Record<string, unknown>) => {
  apply(shape: number[]): tfjs.Tensor;
  getConfig(): Record<string, unknown>;
};
const make = (l: Library, name: string, options: Record<string, unknown> = {}) =>
  (l.initializers as unknown as Record<string, Factory>)[name]!(options);

const kDense = [300, 500];
const kKernel = [3, 3, 64, 128];

function statistics(tensor: tfjs.Tensor) {
  const values = Float32Array.from(tensor.dataSync());
  const n = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / n;
  const largest = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  return { n, mean, deviation: Math.sqrt(variance), largest };
}

const random: [string, Record<string, unknown>][] = [
  ['glorotUniform', {}],
  ['glorotNormal', {}],
  ['heUniform', {}],
  ['heNormal', {}],
  ['leCunUniform', {}],
  ['leCunNormal', {}],
  ['randomUniform', { minval: -0.2, maxval: 0.6 }],
  ['randomNormal', { mean: 0.3, stddev: 0.2 }],
  ['truncatedNormal', { mean: 0.1, stddev: 0.5 }],
  ['varianceScaling', { scale: 0.5, mode: 'fanOut', distribution: 'uniform' }],
];

describe.each(random)('%s %j', (name, options) => {
  it.each([
    ['a dense kernel', kDense],
    ['a convolution kernel', kKernel],
  ])('spreads %s as TensorFlow.js does', (_, shape) => {
    const actual = statistics(make(hd, name, { ...options, seed: 7 }).apply(shape));
    const expected = statistics(make(tf, name, { ...options, seed: 7 }).apply(shape));
    // Each mean strays by deviation / sqrt(n): five of those for the two together.
    const stray = (5 * Math.SQRT2 * expected.deviation) / Math.sqrt(expected.n);
    expect(Math.abs(actual.mean - expected.mean)).toBeLessThan(stray);
    expect(Math.abs(actual.deviation / expected.deviation - 1)).toBeLessThan(0.015);
    if (name !== 'randomNormal') {
      // uniform and truncated: both come close to the same bound
      expect(Math.abs(actual.largest / expected.largest - 1)).toBeLessThan(0.02);
    }
  });

  it('repeats with its seed and only with it', () => {
    const values = (seed: number) =>
      Array.from(
        make(hd, name, { ...options, seed })
          .apply([20, 30])
          .dataSync(),
      );
    expect(values(3)).toEqual(values(3));
    expect(values(3)).not.toEqual(values(4));
  });

  it('has the same configuration', () => {
    const config = (l: Library) =>
      JSON.parse(JSON.stringify(make(l, name, { ...options, seed: 5 }).getConfig())) as unknown;
    expect(config(hd)).toEqual(config(tf));
  });
});

describe('fixed values', () => {
  it.each([
    ['zeros', {}, 0],
    ['ones', {}, 1],
    ['constant', { value: -2.5 }, -2.5],
  ] as const)('%s', (name, options, value) => {
    const tensor = make(hd, name, options).apply([3, 4]);
    expect(tensor.shape).toEqual([3, 4]);
    expect(tensor.dataSync().every((each) => each === value)).toBe(true);
  });
});

describe('orthogonal', () => {
  it.each([
    [[40, 20], 1],
    [[20, 40], 1],
    [[30, 30], 2],
    [[3, 3, 4, 8], 0.5],
  ])('%j with gain %d: its rows or columns are orthogonal, of length gain', (shape, gain) => {
    const columns = shape.at(-1)!;
    const q = make(hd, 'orthogonal', { gain, seed: 11 }).apply(shape).reshape([-1, columns]);
    const wide = q.shape[0]! < columns;
    const product = hd.matMul(q, q, !wide, wide);
    const size = product.shape[0]!;
    const values = product.dataSync();
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        const wanted = i === j ? gain * gain : 0;
        expect(Math.abs(values[i * size + j]! - wanted)).toBeLessThan(1e-4);
      }
    }
  });

  it('is another matrix for another seed', () => {
    const values = (seed: number) =>
      Array.from(make(hd, 'orthogonal', { seed }).apply([4, 4]).dataSync());
    expect(values(1)).toEqual(values(1));
    expect(values(1)).not.toEqual(values(2));
  });
});

describe('by name in a layer', () => {
  const names = random.map(([name]) => name).concat('zeros', 'ones', 'orthogonal');
  it.each(names)('%s', (name) => {
    const layer = hd.layers.dense({
      units: 4,
      inputShape: [3],
      kernelInitializer: name as 'zeros',
    });
    hd.sequential({ layers: [layer] });
    expect(layer.getWeights()[0]!.shape).toEqual([3, 4]);
    expect(layer.getWeights()[0]!.dataSync().every(Number.isFinite)).toBe(true);
  });

  it('glorotNormal is what a dense layer takes when nothing is said, zeros for its bias', () => {
    const kernel = (l: Library) => {
      const layer = l.layers.dense({ units: 500, inputShape: [300] });
      l.sequential({ layers: [layer] });
      return layer.getWeights();
    };
    const [actual, expected] = [kernel(hd), kernel(tf)];
    const ratio = statistics(actual[0]!).deviation / statistics(expected[0]!).deviation;
    expect(Math.abs(ratio - 1)).toBeLessThan(0.015);
    expect(actual[1]!.dataSync().every((value) => value === 0)).toBe(true);
  });
});
