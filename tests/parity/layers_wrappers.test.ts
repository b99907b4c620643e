// Bidirectional and timeDistributed against TensorFlow.js.
import { beforeAll, describe, expect, it } from 'vitest';
import type * as tfjs from '@tensorflow/tfjs';
import { draw, expectSame, hd, startBoth, toTensor, twins, type Library } from './compare';
import { checkLayer, type LayerCheck } from './layer_parity';

beforeAll(startBoth);

const seeded = (l: Library, shape: number[], seed: number) =>
  toTensor(l, draw({ shape, low: -1, high: 1 }, seed), { shape });
/** Bools [batch, time] that leave steps out. */
const someSteps = (l: Library) =>
  l.tensor2d(
    [
      [1, 1, 1, 0],
      [1, 0, 1, 1],
      [0, 0, 1, 1],
    ],
    [3, 4],
    'bool',
  );

const kModes = ['concat', 'sum', 'mul', 'ave', null] as const;
type Name = 'simpleRNN' | 'gru' | 'lstm';

describe('bidirectional', () => {
  const around = (name: Name, options: object, more: object = {}) => {
    return (l: Library) => ({
      layer: l.layers[name]({ units: 4, name: 'inner', ...options } as never) as tfjs.RNN,
      ...more,
    });
  };
  const x = [4, 3];

  for (const mergeMode of kModes) {
    for (const returnSequences of [false, true]) {
      checkLayer('bidirectional', around('lstm', { returnSequences }, { mergeMode }), x, {
        title: `mergeMode ${mergeMode}, returnSequences ${returnSequences}`,
        shapes: returnSequences ? [] : [[null, 3]],
      });
      checkLayer(
        'bidirectional',
        around('gru', { returnSequences, returnState: true }, { mergeMode }),
        x,
        {
          title: `mergeMode ${mergeMode}, returnSequences ${returnSequences}, returnState`,
          train: false, // TensorFlow.js cannot take the loss of outputs of different ranks
        },
      );
      checkLayer('bidirectional', around('simpleRNN', { returnSequences }, { mergeMode }), x, {
        title: `mergeMode ${mergeMode}, returnSequences ${returnSequences}, a mask`,
        kwargs: (l) => ({ mask: someSteps(l) }),
        model: false,
      });
    }
  }
  checkLayer('bidirectional', around('gru', { goBackwards: true, returnSequences: true }), x, {
    title: 'a layer that goes backwards by itself',
  });
  for (const [name, states] of [
    ['gru', 2],
    ['lstm', 4],
  ] as const) {
    checkLayer('bidirectional', around(name, {}), x, {
      title: `initialState of a ${name}`,
      kwargs: (l) => ({
        initialState: Array.from({ length: states }, (_, i) => seeded(l, [3, 4], 30 + i)),
      }),
      model: false,
    });
  }

  it('passes the states of one to another', () => {
    const units = 3;
    const pair = twins((l) => {
      const x = l.input({ shape: [4, 2] });
      const [y, ...states] = l.layers
        .bidirectional({
          layer: l.layers.lstm({ units, returnState: true, returnSequences: true }) as tfjs.RNN,
          name: 'first',
        })
        .apply(x) as tfjs.SymbolicTensor[];
      const z = l.layers
        .bidirectional({ layer: l.layers.lstm({ units }) as tfjs.RNN, name: 'second' })
        .apply([y!, ...states]) as tfjs.SymbolicTensor;
      return l.model({ inputs: x, outputs: z });
    });
    expectSame('prediction', (l) => {
      const x = seeded(l, [2, 4, 2], 5);
      return pair[l === hd ? 'hd' : 'tf'].predict(x) as tfjs.Tensor;
    });
  });

  it('is stateful as its layer', () => {
    const pair = twins((l) =>
      l.sequential({
        layers: [
          l.layers.bidirectional({
            layer: l.layers.gru({ units: 3, stateful: true }) as tfjs.RNN,
            batchInputShape: [2, 3, 2],
          }),
        ],
      }),
    );
    expectSame('predictions', (l) => {
      const model = pair[l === hd ? 'hd' : 'tf'];
      const predict = (seed: number) =>
        model.predict(seeded(l, [2, 3, 2], seed), { batchSize: 2 }) as tfjs.Tensor;
      const first = [predict(1), predict(1)];
      model.resetStates();
      return [...first, predict(1)];
    });
  });

  it('sets weights forwards first', () => {
    const layer = hd.layers.bidirectional({ layer: hd.layers.gru({ units: 2 }) as tfjs.RNN });
    layer.build([null, 4, 3]);
    const shapes = layer.getWeights().map(({ shape }) => shape);
    layer.setWeights(shapes.map((shape, i) => hd.fill(shape, i)));
    const { forwardLayer, backwardLayer } = layer as unknown as Record<string, tfjs.layers.Layer>;
    const first = (of: tfjs.layers.Layer) => of.getWeights().map((weight) => weight.dataSync()[0]);
    expect(first(forwardLayer!)).toEqual([0, 1, 2]);
    expect(first(backwardLayer!)).toEqual([3, 4, 5]);
  });
});

describe('timeDistributed', () => {
  type Layers = (l: Library) => tfjs.layers.Layer;
  const check = (title: string, layer: Layers, input: number[], more: LayerCheck = {}) =>
    checkLayer('timeDistributed', (l) => ({ layer: layer(l) }), input, { title, ...more });

  check('dense', (l) => l.layers.dense({ units: 4, name: 'inner' }), [3, 5], {
    shapes: [[null, 5]],
  });
  check('dense over images', (l) => l.layers.dense({ units: 2, name: 'inner' }), [3, 2, 4]);
  check(
    'conv2d',
    (l) => l.layers.conv2d({ filters: 2, kernelSize: 2, activation: 'tanh', name: 'inner' }),
    [3, 4, 4, 2],
  );
  check('flatten', (l) => l.layers.flatten({ name: 'inner' }), [3, 2, 2, 2]);
  check(
    'a recurrent layer',
    (l) => l.layers.lstm({ units: 3, returnSequences: true, name: 'inner' }),
    [2, 4, 3],
  );
  check(
    'a model',
    (l) =>
      l.sequential({
        name: 'inner',
        layers: [
          l.layers.dense({ units: 4, activation: 'relu', inputShape: [3], name: 'a' }),
          l.layers.dense({ units: 2, name: 'b' }),
        ],
      }),
    [4, 3],
    { config: false },
  );
  check(
    'another wrapper',
    (l) =>
      l.layers.timeDistributed({
        layer: l.layers.dense({ units: 2, name: 'inner' }),
        name: 'middle',
      }),
    [2, 3, 4],
  );

  it('batch normalisation sees one step at a time', () => {
    expectSame('outputs and statistics', (l) => {
      const layer = l.layers.timeDistributed({
        layer: l.layers.batchNormalization({ momentum: 0.5 }),
      });
      const x = seeded(l, [4, 3, 2], 3);
      layer.build([4, 3, 2]);
      const y = layer.apply(x, { training: true }) as tfjs.Tensor;
      return [y, ...layer.getWeights()];
    });
  });

  it('refuses an input without time', () => {
    const layer = hd.layers.timeDistributed({ layer: hd.layers.dense({ units: 2 }) });
    expect(() => layer.apply(hd.input({ shape: [3] }))).toThrow(/TimeDistributed/);
  });
});
