// Every option of every layer given what it cannot be: each is refused by an error that names it.
import { describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { aroundMisuse, isExpected } from './misuse';
import { errorOf, expectValueError } from './support';

aroundMisuse();

type Options = Record<string, unknown>;

const lstm = () => hd.layers.lstm({ units: 2 });
const dense = () => hd.layers.dense({ units: 2 });
const cell = () => hd.layers.lstmCell({ units: 2 });
const convolution = { filters: 2, kernelSize: 2 };
const units = { units: 2 };
const rate = { rate: 0.5 };
const outputSize = { outputSize: 2 };
const size = { height: 2, width: 2 };

/** The options that a layer cannot do without. */
const kNeeded: Record<string, () => Options> = {
  activation: () => ({ activation: 'relu' }),
  adaptiveAveragePooling1d: () => outputSize,
  adaptiveAveragePooling2d: () => outputSize,
  adaptiveAveragePooling3d: () => outputSize,
  adaptiveMaxPooling1d: () => outputSize,
  adaptiveMaxPooling2d: () => outputSize,
  adaptiveMaxPooling3d: () => outputSize,
  alphaDropout: () => rate,
  bidirectional: () => ({ layer: lstm(), mergeMode: 'concat' }),
  categoryEncoding: () => ({ numTokens: 3 }),
  centerCrop: () => size,
  conv1d: () => convolution,
  conv1dTranspose: () => convolution,
  conv2d: () => convolution,
  conv2dTranspose: () => convolution,
  conv3d: () => convolution,
  conv3dTranspose: () => convolution,
  convLstm2d: () => convolution,
  convLstm2dCell: () => convolution,
  dense: () => units,
  depthwiseConv1d: () => ({ kernelSize: 2 }),
  depthwiseConv2d: () => ({ kernelSize: 2 }),
  discretization: () => ({ binBoundaries: [1, 2] }),
  dot: () => ({ axes: 1 }),
  dropout: () => rate,
  einsumDense: () => ({ equation: 'ab,bc->ac', outputShape: [3] }),
  embedding: () => ({ inputDim: 3, outputDim: 2 }),
  gaussianDropout: () => rate,
  gaussianNoise: () => ({ stddev: 0.5 }),
  groupNormalization: () => ({ groups: 1 }),
  gru: () => units,
  gruCell: () => units,
  inputLayer: () => ({ inputShape: [2] }),
  lstm: () => units,
  lstmCell: () => units,
  multiHeadAttention: () => ({ numHeads: 2, keyDim: 2 }),
  permute: () => ({ dims: [2, 1] }),
  positionEmbedding: () => ({ sequenceLength: 3 }),
  randomBrightness: () => ({ factor: 0.1 }),
  randomContrast: () => ({ factor: 0.1 }),
  randomCrop: () => size,
  randomHeight: () => ({ factor: 0.1 }),
  randomRotation: () => ({ factor: 0.1 }),
  randomTranslation: () => ({ heightFactor: 0.1, widthFactor: 0.1 }),
  randomWidth: () => ({ factor: 0.1 }),
  randomZoom: () => ({ heightFactor: 0.1 }),
  repeatVector: () => ({ n: 2 }),
  rescaling: () => ({ scale: 2 }),
  reshape: () => ({ targetShape: [2] }),
  resizing: () => size,
  rnn: () => ({ cell: cell() }),
  separableConv1d: () => convolution,
  separableConv2d: () => convolution,
  simpleRNN: () => units,
  simpleRNNCell: () => units,
  spatialDropout1d: () => rate,
  spatialDropout2d: () => rate,
  spatialDropout3d: () => rate,
  spectralNormalization: () => ({ layer: dense() }),
  stackedRNNCells: () => ({ cells: [cell()] }),
  timeDistributed: () => ({ layer: dense() }),
};

type Factory = (options?: Options) => hd.Layer;
const factories = Object.entries(hd.layers).filter(
  ([name, value]) =>
    /^[a-z]/.test(name) && typeof value === 'function' && !/^(input|fn)$/.test(name),
) as unknown as [string, Factory][];

const kBaseOptions = [
  ...['name', 'trainable', 'inputShape', 'batchInputShape', 'batchSize', 'dtype', 'inputDType'],
  ...['weights', 'activityRegularizer'],
];

const kWrong: Record<string, unknown> = {
  NaN: NaN,
  'a word': 'nonsense',
  'an object': {},
  'a function': () => 1,
  'a list of words': ['x'],
  'a date': new Date(0),
  'minus one and a half': -1.5,
};

/** Some layers take any number for these, or clamp it to [0, 1] as TensorFlow.js does. */
const kAnyNumber = [
  ...['alpha', 'theta', 'maskValue', 'scale', 'offset', 'fillValue'],
  ...['rate', 'dropout', 'recurrentDropout', 'seed'],
];

function mayBe(option: string, what: string): boolean {
  if (option === 'name') return what === 'a word';
  // Letters of an equation, which the first call checks against the input.
  if (option === 'equation' || option === 'biasAxes') return what === 'a word';
  if (option === 'dropoutFunc') return what === 'a function';
  return what === 'minus one and a half' && kAnyNumber.includes(option);
}

/** What else an option is called in messages: these stand for another one. */
const kAlsoCalled: Record<string, string> = {
  inputDType: 'dtype',
  inputLength: 'batchInputShape',
};

describe.each(factories)('%s', (name, make) => {
  const needed = () => kNeeded[name]?.() ?? {};

  it('refuses options that it does not know', () => {
    expectValueError(() => make({ ...needed(), noSuchOption: 1 }), 'noSuchOption');
  });

  it('refuses what is no object of options', () => {
    expect(isExpected(errorOf(() => make('text' as never)))).toBe(true);
  });

  it('refuses each option that is wrong, by name', () => {
    const { optionNames = [] } = make(needed()).constructor as { optionNames?: string[] };
    for (const option of new Set([...optionNames, ...kBaseOptions])) {
      for (const [what, value] of Object.entries(kWrong)) {
        const title = `${name}({${option}: ${what}})`;
        let error: unknown = null;
        try {
          make({ ...needed(), [option]: value });
        } catch (thrown) {
          error = thrown;
        }
        if (error === null && mayBe(option, what)) continue;
        expect(error, `${title} should have thrown`).not.toBeNull();
        expect(isExpected(error), `${title}: ${(error as Error).stack}`).toBe(true);
        const { message } = error as Error;
        const named = message.includes(option) || message.includes(kAlsoCalled[option] ?? option);
        expect(named, `${title} says: ${message}`).toBe(true);
      }
    }
  });
});

it('has options for every layer that needs some', () => {
  const names = factories.map(([name]) => name);
  expect(Object.keys(kNeeded).filter((name) => !names.includes(name))).toEqual([]);
  expect(names.length).toBeGreaterThan(110);
});
