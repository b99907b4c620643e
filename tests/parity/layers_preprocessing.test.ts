// Preprocessing, against TensorFlow.js.
import { beforeAll, describe, it } from 'vitest';
import type { tf } from './compare';
import { expectSame, startBoth } from './compare';
import { checkLayer, type Input, type LayerCheck } from './layer_parity';

beforeAll(startBoth);

type Case = [options: Record<string, unknown>, input: Input, check?: LayerCheck];

const tokens = (count: number): Input => ({ shape: [count], dtype: 'int32', low: 0, high: 5 });

const cases: Record<string, Case[]> = {
  rescaling: [
    [{ scale: 0.5 }, [4, 3]],
    [{ scale: 1 / 255, offset: -1 }, [2, 2, 3], { shapes: [[null, null, 3]] }],
    [{ scale: 2, offset: 1 }, { shape: [3], dtype: 'int32', low: 0, high: 9 }, { train: false }],
  ],
  // In a model TensorFlow.js's changes the shape of its input; ours is in tests/js/layers_preprocessing.test.ts.
  categoryEncoding: [
    [{ numTokens: 5 }, tokens(3), { model: false }],
    [{ numTokens: 5, outputMode: 'multiHot' }, tokens(1), { model: false }],
    [{ numTokens: 5, outputMode: 'count' }, tokens(4), { model: false }],
    [{ numTokens: 5, outputMode: 'oneHot' }, tokens(1), { model: false }],
  ],
};

for (const [name, list] of Object.entries(cases)) {
  describe(name, () => {
    for (const [options, input, check] of list) checkLayer(name, options, input, check);
  });
}

describe('categoryEncoding', () => {
  it('weighs counts', () => {
    expectSame('countWeights', (library) => {
      const x = library.tensor2d([0, 1, 1, 3, 0, 0], [2, 3], 'int32');
      const countWeights = library.tensor2d([1, 2, 3, 0.5, 0.25, 4], [2, 3]);
      const layer = library.layers.categoryEncoding({ numTokens: 4, outputMode: 'count' });
      return layer.apply(x, { countWeights }) as tf.Tensor;
    });
  });

  it('takes tokens without a batch', () => {
    expectSame('a list of tokens', (library) => {
      const x = library.tensor1d([0, 2, 1], 'int32');
      return (['oneHot', 'multiHot', 'count'] as const).map((outputMode) => {
        const layer = library.layers.categoryEncoding({ numTokens: 4, outputMode });
        return layer.apply(x) as tf.Tensor;
      });
    });
  });
});

const resizings = [
  { height: 3, width: 5 },
  { height: 8, width: 9, interpolation: 'bilinear' },
  { height: 3, width: 5, interpolation: 'nearest' },
];
const crops = [
  { height: 2, width: 3 },
  { height: 3, width: 4 },
  { height: 1, width: 1 },
  { height: 4, width: 5 },
  { height: 6, width: 3 },
];
describe.each([
  ['resizing', resizings],
  ['centerCrop', crops],
])('%s', (name, list) => {
  for (const options of list) {
    it(JSON.stringify(options), () => {
      expectSame(name, (library) => {
        const factories = library.layers as unknown as Record<
          string,
          (options: unknown) => tf.layers.Layer
        >;
        const pixels = library.range(0, 2 * 4 * 5 * 3).square();
        const layer = () => factories[name]!(options);
        return [
          layer().apply(pixels.reshape([2, 4, 5, 3])) as tf.Tensor,
          layer().apply(pixels.reshape([4, 5, 6])) as tf.Tensor,
        ];
      });
    });
  }
});
