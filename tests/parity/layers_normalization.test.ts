// Normalisation, against TensorFlow.js.
import { beforeAll, describe, expect, it } from 'vitest';
import { draw, expectClose, hd, snapshot, startBoth, tf, toTensor, type Library } from './compare';
import { checkLayer, type LayerCheck } from './layer_parity';

beforeAll(startBoth);

type Case = [options: Record<string, unknown>, input: number[], check?: LayerCheck];
const training: LayerCheck = { kwargs: () => ({ training: true }) };
/** A variance is above 0. */
const positive: LayerCheck = {
  weightRange: (name) => (name.startsWith('moving_variance') ? [0.5, 2] : undefined),
};

// TensorFlow.js's numbers are wrong where the channels are not the last axis, and it has no gradients without gamma or
// beta: those are in tests/js/layers_normalization.test.ts.
const batch: Case[] = [
  [{}, [4], { shapes: [[4], [null, 4], [null, null, 4]] }],
  [{}, [4], training],
  [{}, [3, 4], training],
  [{}, [3, 2, 4]],
  [{}, [3, 2, 4], training],
  [{ axis: 2 }, [3, 4], training],
  [{ momentum: 0.5, epsilon: 0.1 }, [4], training],
  [{ center: false }, [4], { gradient: false }],
  [{ scale: false }, [4], { gradient: false }],
  [{ center: false, scale: false }, [4], { gradient: false }],
  [
    {
      betaInitializer: 'ones',
      gammaInitializer: { className: 'Constant', config: { value: 2 } },
      movingMeanInitializer: 'ones',
      movingVarianceInitializer: { className: 'Constant', config: { value: 3 } },
    },
    [4],
    { setWeights: false, dense: false },
  ],
  [
    {
      betaRegularizer: 'l1l2',
      gammaRegularizer: { className: 'L1L2', config: { l1: 0, l2: 0.5 } },
      betaConstraint: 'nonNeg',
      gammaConstraint: { className: 'MaxNorm', config: { maxValue: 1, axis: 0 } },
    },
    [4],
    {
      weightRange: (name) =>
        name.startsWith('moving_variance') ? [0.5, 2] : name === 'beta' ? [0.01, 0.2] : undefined,
    },
  ],
];
describe('batchNormalization', () => {
  for (const [options, input, check] of batch) {
    const shown = check === training ? ' while training' : '';
    checkLayer('batchNormalization', options, input, {
      title: `${JSON.stringify(options)} on [${input}]${shown}`,
      ...positive,
      ...check,
    });
  }

  it('moves its averages as TensorFlow.js does, in batches and in fit', async () => {
    const run = async (library: Library) => {
      const layer = library.layers.batchNormalization({ inputShape: [3], momentum: 0.9 });
      const model = library.sequential({ layers: [layer, library.layers.dense({ units: 1 })] });
      model.setWeights(
        model.weights.map(({ shape }, i) => {
          const spec = { shape: shape as number[], low: 0.5, high: 1.5 };
          return toTensor(library, draw(spec, i), spec);
        }),
      );
      model.compile({ optimizer: library.train.sgd(0.05), loss: 'meanSquaredError' });
      const x = { shape: [12, 3] };
      const y = { shape: [12, 1] };
      await model.fit(toTensor(library, draw(x, 5), x), toTensor(library, draw(y, 6), y), {
        batchSize: 4,
        epochs: 2,
        shuffle: false,
      });
      return model.getWeights().map(snapshot);
    };
    const [actual, expected] = await Promise.all([run(hd), run(tf)]);
    expected.forEach((weight, i) => expectClose(`weight ${i}`, actual[i]!, weight));
  });

  it('trains without gamma, where TensorFlow.js throws', () => {
    const x = () => draw({ shape: [4, 3] }, 1);
    const apply = (library: Library) =>
      library.layers
        .batchNormalization({ scale: false })
        .apply(toTensor(library, x(), { shape: [4, 3] }), { training: true }) as tf.Tensor;
    expect(() => apply(tf)).toThrow();
    const y = apply(hd);
    Array.from(y.mean(0).dataSync()).forEach((mean) => expect(mean).toBeCloseTo(0, 5));
  });
});

const layer: Case[] = [
  [{}, [4], { shapes: [[4], [null, 4]] }],
  [{}, [3, 4]],
  [{ axis: 1 }, [4, 3]],
  [{ axis: [1, 2] }, [4, 3]],
  [{ axis: [-2, -1] }, [2, 4, 3]],
  [{ axis: -1, epsilon: 0.1 }, [3, 2, 4]],
  [{ center: false }, [4], { gradient: false }],
  [{ scale: false }, [3, 4], { gradient: false }],
  [{ center: false, scale: false }, [4], { gradient: false }],
  [
    {
      betaInitializer: 'ones',
      gammaInitializer: { className: 'Constant', config: { value: 2 } },
      betaRegularizer: 'l1l2',
      gammaRegularizer: { className: 'L1L2', config: { l1: 0, l2: 0.5 } },
    },
    [4],
  ],
];
describe('layerNormalization', () => {
  for (const [options, input, check] of layer) {
    checkLayer('layerNormalization', options, input, check);
  }
});
