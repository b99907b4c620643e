// Convolutional layers against TensorFlow.js. Its gradients stop at dilations, its layers leave out a few options:
// what it lacks is in tests/js/layers_convolutional.test.ts.
import { beforeAll, describe, expect, it } from 'vitest';
import { hd, startBoth, tf, type Library } from './compare';
import { checkLayer, type LayerCheck } from './layer_parity';

beforeAll(startBoth);

type Options = Record<string, unknown>;
type Case = [options: Options, input: number[], check?: LayerCheck];

const rules = (weight: string) => ({
  [`${weight}Initializer`]: 'heUniform',
  [`${weight}Regularizer`]: 'l1l2',
  [`${weight}Constraint`]: 'maxNorm',
});
const l2 = { className: 'L1L2', config: { l1: 0, l2: 0.02 } };
const bias = { biasInitializer: 'ones', biasRegularizer: l2, biasConstraint: 'nonNeg' };

/** TensorFlow.js does not hold weights to their constraints while it trains, only when they are set. */
const weightRange = (name: string): [number, number] | undefined =>
  name === 'bias' ? [0.3, 0.6] : undefined;

const cases: Record<string, Case[]> = {
  conv1d: [
    [{ filters: 4, kernelSize: 3 }, [7, 2], { shapes: [[null, 2]] }],
    [{ filters: 3, kernelSize: [2], strides: 2, padding: 'same', activation: 'relu' }, [9, 3]],
    [{ filters: 3, kernelSize: 2, strides: [3], useBias: false }, [8, 2]],
    [{ filters: 2, kernelSize: 1, ...rules('kernel'), ...bias }, [5, 4]],
    [{ filters: 2, kernelSize: 3, dilationRate: 2 }, [9, 2], { gradient: false }],
    [
      { filters: 2, kernelSize: 3, dilationRate: [2], padding: 'same' },
      [9, 2],
      { gradient: false },
    ],
  ],
  conv2d: [
    [{ filters: 4, kernelSize: 3 }, [6, 7, 2], { shapes: [[null, null, 2]] }],
    [{ filters: 3, kernelSize: [3, 2], strides: [2, 1], padding: 'same' }, [6, 5, 2]],
    [{ filters: 3, kernelSize: 2, dataFormat: 'channelsFirst', activation: 'tanh' }, [2, 5, 4]],
    [{ filters: 2, kernelSize: 2, ...rules('kernel'), ...bias }, [4, 4, 2]],
    [{ filters: 2, kernelSize: 3, dilationRate: [2, 1] }, [7, 5, 2], { gradient: false }],
  ],
  conv3d: [
    [{ filters: 3, kernelSize: 2 }, [3, 4, 5, 2], { shapes: [[null, null, 4, 2]] }],
    [
      { filters: 2, kernelSize: [2, 3, 1], strides: [1, 2, 2], padding: 'same', activation: 'elu' },
      [3, 4, 5, 2],
    ],
    [{ filters: 2, kernelSize: 2, dataFormat: 'channelsFirst', useBias: false }, [2, 3, 4, 3]],
    [{ filters: 2, kernelSize: 1, ...rules('kernel'), ...bias }, [2, 2, 3, 2]],
  ],
  conv2dTranspose: [
    [{ filters: 3, kernelSize: 3 }, [4, 3, 2], { shapes: [[null, 3, 2]] }],
    [
      { filters: 2, kernelSize: [3, 2], strides: 2, padding: 'same', activation: 'relu' },
      [3, 4, 2],
    ],
    [{ filters: 2, kernelSize: 2, strides: [3, 1], useBias: false }, [3, 3, 2]],
    [{ filters: 3, kernelSize: 3, strides: 2, dataFormat: 'channelsFirst' }, [2, 3, 4]],
    [{ filters: 2, kernelSize: 2, ...rules('kernel'), ...bias }, [3, 3, 2]],
  ],
  // TensorFlow.js has no gradients for these; and where strides are greater than the window, its padding is negative.
  conv3dTranspose: [
    [{ filters: 2, kernelSize: 2 }, [2, 3, 2, 2], { shapes: [[2, null, 3, 2]], gradient: false }],
    [
      { filters: 2, kernelSize: [2, 3, 1], strides: [2, 1, 1], padding: 'same' },
      [2, 3, 2, 2],
      { gradient: false },
    ],
    [
      { filters: 2, kernelSize: 2, strides: 3, dataFormat: 'channelsFirst' },
      [2, 2, 1, 2],
      { gradient: false },
    ],
    [
      { filters: 1, kernelSize: 1, activation: 'sigmoid', ...rules('kernel') },
      [2, 1, 2, 2],
      { gradient: false },
    ],
  ],
  depthwiseConv2d: [
    [{ kernelSize: 3 }, [5, 4, 3], { shapes: [[null, 4, 3]] }],
    [{ kernelSize: [2, 3], strides: 2, padding: 'same', depthMultiplier: 2 }, [5, 6, 2]],
    [{ kernelSize: 2, dataFormat: 'channelsFirst', activation: 'relu' }, [3, 4, 5]],
    [
      { kernelSize: 2, depthMultiplier: 2, useBias: false, ...rules('depthwise') },
      [4, 4, 2],
      // TensorFlow.js writes its regularizer there.
      { ignoreConfig: ['depthwiseConstraint'] },
    ],
    [{ kernelSize: 1, ...bias }, [3, 3, 2]],
  ],
  separableConv2d: [
    [{ filters: 4, kernelSize: 3 }, [5, 4, 3], { shapes: [[null, null, 3]] }],
    [
      { filters: 3, kernelSize: [2, 3], strides: 2, padding: 'same', depthMultiplier: 2 },
      [5, 6, 2],
    ],
    [{ filters: 2, kernelSize: 2, activation: 'tanh', ...bias }, [4, 4, 2]],
    // TensorFlow.js adds a bias of channels first to images of channels last.
    [{ filters: 4, kernelSize: 2, dataFormat: 'channelsFirst', useBias: false }, [3, 4, 5]],
    [
      { filters: 2, kernelSize: 2, ...rules('depthwise'), ...rules('pointwise') },
      [3, 4, 2],
      { weightRange: () => [-0.5, 0.5] },
    ],
    [{ filters: 2, kernelSize: 3, dilationRate: 2 }, [7, 5, 2], { gradient: false }],
  ],
};

for (const [name, list] of Object.entries(cases)) {
  for (const [options, input, check] of list) {
    checkLayer(name, options, input, { weightRange, ...check });
  }
}

describe('what a layer makes of its initializers', () => {
  const made: [string, Options, number[]][] = [
    ['conv1d', { filters: 2, kernelSize: 2, kernelInitializer: 'ones' }, [4, 3]],
    ['conv3d', { filters: 2, kernelSize: 1, kernelInitializer: 'zeros' }, [2, 2, 2, 1]],
    ['conv2dTranspose', { filters: 2, kernelSize: 1, biasInitializer: 'ones' }, [2, 2, 1]],
    ['depthwiseConv2d', { kernelSize: 2, depthwiseInitializer: 'ones' }, [3, 3, 1]],
    ['separableConv2d', { filters: 2, kernelSize: 2, depthwiseInitializer: 'ones' }, [3, 3, 1]],
  ];
  it.each(made)('%s %o', (name, options, input) => {
    const [actual, expected] = [hd, tf].map((l) => {
      const factories = l.layers as unknown as Record<
        string,
        (o: Options) => ReturnType<Library['layers']['dense']>
      >;
      const layer = factories[name]!(options);
      layer.apply(l.zeros([1, ...input]));
      const first = layer.getWeights()[name === 'conv2dTranspose' ? 1 : 0]!;
      return [first.shape, Array.from(first.dataSync())];
    });
    expect(actual).toEqual(expected);
  });
});
