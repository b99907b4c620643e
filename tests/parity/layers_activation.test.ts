// Activations as layers of their own, against TensorFlow.js.
import { beforeAll, describe, expect, it } from 'vitest';
import { expectSame, hd, startBoth, tf } from './compare';
import { checkLayer, type Input, type LayerCheck } from './layer_parity';

beforeAll(startBoth);

type Case = [options: Record<string, unknown>, input: Input, check?: LayerCheck];

const cases: Record<string, Case[]> = {
  elu: [
    [{}, [4, 3]],
    [{ alpha: 1 }, [5], { shapes: [[null]] }],
  ],
  reLU: [
    [{}, [4, 3]],
    [{ maxValue: 1 }, [6], { shapes: [[null]] }],
  ],
  leakyReLU: [
    [{}, [4, 3]],
    [{ alpha: 0.1 }, [6], { shapes: [[null]] }],
  ],
  prelu: [
    [{}, [4, 3]],
    [{ sharedAxes: 1 }, [4, 3], { shapes: [[null, 3]] }],
    [{ sharedAxes: [1, 2] }, [4, 3, 2]],
    [{ alphaInitializer: 'ones' }, [5], { setWeights: false, dense: false }],
    [
      { alphaRegularizer: 'l1l2', alphaConstraint: 'nonNeg', alphaInitializer: 'glorotNormal' },
      [3, 2],
      { weightRange: (name) => (name === 'alpha' ? [0.01, 0.3] : undefined) },
    ],
  ],
  softmax: [
    // TensorFlow.js's default axis is 1, which on higher ranks than 2 it refuses: ours is -1, as in
    // Keras, which is the same where TensorFlow.js works.
    [{}, [6], { ignoreConfig: ['axis'] }],
    [{ axis: -1 }, [3, 4], { shapes: [[null, 4]] }],
    [{ axis: 2 }, [3, 4]],
    [{ axis: [1, 2] }, [3, 4]],
    [{ axis: [2] }, [3, 4]],
  ],
  // TensorFlow.js has no gradient of it; ours is checked in tests/js/layers_activation.test.ts.
  thresholdedReLU: [
    [{}, [4, 3], { gradient: false }],
    [{ theta: 0.3 }, [6], { shapes: [[null]], gradient: false }],
  ],
};

for (const [name, list] of Object.entries(cases)) {
  describe(name, () => {
    for (const [options, input, check] of list) checkLayer(name, options, input, check);
  });
}

describe('softmax with a mask', () => {
  it('leaves out what does not count', () => {
    expectSame('masked softmax', (library) => {
      const x = library.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
      const mask = library.tensor2d([1, 0, 1, 1, 1, 0], [2, 3], 'bool');
      return library.layers.softmax({ axis: -1 }).apply(x, { mask }) as tf.Tensor;
    });
  });
});

describe('what TensorFlow.js refuses', () => {
  it('elu takes another alpha', () => {
    expect(() => tf.layers.elu({ alpha: 0.5 })).toThrow('not supported');
    const y = hd.layers.elu({ alpha: 0.5 }).apply(hd.tensor1d([-1, 0, 2])) as tf.Tensor;
    const [below, ...others] = y.dataSync();
    expect(below).toBeCloseTo(0.5 * (Math.exp(-1) - 1), 6);
    expect(others).toEqual([0, 2]);
  });

  it('softmax takes any axis', () => {
    const x = hd.tensor3d([0, 1, 2, 3], [1, 2, 2]);
    const y = hd.layers.softmax({ axis: 1 }).apply(x) as tf.Tensor;
    const high = 1 / (1 + Math.exp(-2));
    Array.from(y.dataSync()).forEach((value, i) => {
      expect(value).toBeCloseTo(i < 2 ? 1 - high : high, 6);
    });
  });
});
