// Recurrent layers and their cells against TensorFlow.js.
import { beforeAll, describe, expect, it } from 'vitest';
import type * as tfjs from '@tensorflow/tfjs';
import { draw, expectSame, hd, startBoth, tf, toTensor, twins, type Library } from './compare';
import { checkLayer, type LayerCheck } from './layer_parity';

beforeAll(startBoth);

type Options = Record<string, unknown>;
type RnnLayer = tfjs.layers.Layer & { resetStates(states?: tfjs.Tensor[]): void };

const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as Options;
const seeded = (l: Library, shape: number[], seed: number, low = -1, high = 1) =>
  toTensor(l, draw({ shape, low, high }, seed), { shape });
/** Bools [batch, time] that leave steps out, at the end, in between and at the beginning. */
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

/** TensorFlow.js cannot take the loss of outputs of different ranks. */
const kUntrainable: LayerCheck = { train: false };

/** Drops the same cells in both libraries: a mask of the shape, scaled. */
const sameDrops = (l: Library) => (ones: tfjs.Tensor, rate: number) => {
  const values = draw({ shape: [...ones.shape], low: 0, high: 1 }, 5).map((value) =>
    value < rate ? 0 : 1 / (1 - rate),
  );
  return ones.mul(toTensor(l, values, { shape: [...ones.shape] }));
};

const kRules = {
  kernelInitializer: 'glorotUniform',
  recurrentInitializer: 'glorotNormal',
  biasInitializer: 'ones',
  kernelConstraint: 'nonNeg',
  recurrentConstraint: 'nonNeg',
  biasConstraint: 'nonNeg',
};
/** TensorFlow.js leaves the penalties of a cell out of the loss; tests/js/layers_recurrent sees to them. */
const kPenalties = {
  kernelRegularizer: 'l1l2',
  recurrentRegularizer: 'l1l2',
  biasRegularizer: 'l1l2',
};
/** Weights that keep to the rules. TensorFlow.js never asks constraints while it trains. */
const positive: LayerCheck = { weightRange: () => [0, 0.3], train: false };

for (const name of ['simpleRNN', 'gru', 'lstm'] as const) {
  const states = name === 'lstm' ? 2 : 1;
  describe(name, () => {
    const x = [4, 3]; // time, features
    checkLayer(name, { units: 5 }, x, { shapes: [[null, 3]] });
    checkLayer(name, { units: 1, returnSequences: true }, x);
    checkLayer(name, { units: 5, useBias: false, activation: 'relu', returnSequences: true }, x);
    checkLayer(name, { units: 5, returnState: true }, x);
    checkLayer(name, { units: 5, returnState: true, returnSequences: true }, x, kUntrainable);
    checkLayer(name, { units: 5, goBackwards: true, returnSequences: true, unroll: true }, x);
    checkLayer(name, { units: 5, goBackwards: true, returnState: true }, x);
    checkLayer(name, { units: 4, ...kRules }, x, positive);
    checkLayer(name, { units: 4, ...kPenalties }, x, { train: false });
    checkLayer(name, { units: 4, trainable: false }, x, { gradient: false });
    checkLayer(name, { units: 5 }, [1, 2], {
      title: 'one step',
      gradient: false, // TensorFlow.js fails to take it
    });

    for (const returnSequences of [false, true]) {
      checkLayer(name, { units: 5, returnSequences, returnState: true }, x, {
        title: `a mask, returnSequences ${returnSequences}`,
        kwargs: (l) => ({ mask: someSteps(l) }),
        model: false,
      });
    }
    checkLayer(name, { units: 5, returnSequences: true, goBackwards: true }, x, {
      title: 'a mask, backwards',
      kwargs: (l) => ({ mask: someSteps(l) }),
      model: false,
    });

    checkLayer(name, { units: 5 }, [x, ...new Array<number[]>(states).fill([5])], {
      title: 'first states among the inputs',
      dense: false,
    });
    checkLayer(name, { units: 5, returnState: true }, x, {
      title: 'initialState',
      kwargs: (l) => ({
        initialState: Array.from({ length: states }, (_, i) => seeded(l, [3, 5], 40 + i)),
      }),
      model: false,
    });

    const dropping: LayerCheck = { kwargs: () => ({ training: true }) };
    for (const [dropout, recurrentDropout] of [
      [0.4, 0],
      [0, 0.3],
      [0.25, 0.5],
    ]) {
      checkLayer(
        name,
        (l) => ({ units: 5, dropout, recurrentDropout, dropoutFunc: sameDrops(l) }),
        x,
        { title: `dropout ${dropout}, recurrentDropout ${recurrentDropout}`, ...dropping },
      );
    }
    checkLayer(name, { units: 5, dropout: 0.5, recurrentDropout: 0.5 }, x, {
      title: 'dropout where nothing is trained',
      train: false,
    });
    checkLayer(name, { units: 5, dropout: 1, recurrentDropout: 2 }, x, {
      title: 'dropout of all is none, as in TensorFlow.js',
      ...dropping,
    });
  });

  describe(`a stateful ${name}`, () => {
    const build = (l: Library) =>
      l.sequential({
        layers: [
          l.layers[name]({
            units: 4,
            stateful: true,
            returnSequences: true,
            batchInputShape: [2, 3, 2],
            name: 'it',
          } as never),
          l.layers.dense({ units: 1, name: 'head' }),
        ],
      });
    const batch = (l: Library, seed: number) => seeded(l, [2, 3, 2], seed);

    it('begins where the batch before ended, until it is reset', () => {
      const pair = twins(build);
      const layerOf = (l: Library) => pair[l === hd ? 'hd' : 'tf'].layers[0] as RnnLayer;
      expectSame(name, (l) => {
        const model = pair[l === hd ? 'hd' : 'tf'];
        const layer = layerOf(l);
        const predict = (seed: number) =>
          model.predict(batch(l, seed), { batchSize: 2 }) as tfjs.Tensor;
        const first = [predict(1), predict(1), predict(2)];
        layer.resetStates();
        const again = predict(1);
        const values = Array.from({ length: states }, (_, i) => seeded(l, [2, 4], 60 + i));
        layer.resetStates(values);
        const given = predict(1);
        model.resetStates();
        return [...first, again, given, predict(1)];
      });
    });

    it('trains alike over batches in turn', async () => {
      const pair = twins(build);
      const losses: number[][] = [];
      for (const l of [hd, tf]) {
        const model = pair[l === hd ? 'hd' : 'tf'];
        model.compile({ optimizer: l.train.sgd(0.2), loss: 'meanSquaredError' });
        const own: number[] = [];
        for (let step = 0; step < 3; step++) {
          own.push((await model.trainOnBatch(batch(l, step), seeded(l, [2, 3, 1], 9))) as number);
        }
        losses.push(own);
      }
      losses[1]!.forEach((loss, i) => expect(losses[0]![i]).toBeCloseTo(loss, 5));
    });

    it('has the same configuration', () => {
      const [actual, expected] = [hd, tf].map((l) => plain(build(l).layers[0]!.getConfig()));
      expect(actual).toMatchObject(expected!);
    });
  });
}

describe('gates', () => {
  for (const name of ['gru', 'lstm'] as const) {
    checkLayer(name, { units: 3, recurrentActivation: 'sigmoid', implementation: 2 }, [4, 3]);
    checkLayer(name, { units: 3, recurrentActivation: 'tanh', implementation: 1 }, [4, 3]);
  }
  checkLayer('lstm', { units: 3, unitForgetBias: true }, [4, 3]);
  checkLayer('lstm', { units: 3, unitForgetBias: false }, [4, 3]);
  checkLayer('gru', { units: 3, resetAfter: false }, [4, 3]);

  it('unitForgetBias sets the second quarter of the bias to 1', () => {
    expectSame('bias', (l) => {
      const layer = l.layers.lstm({ units: 2, unitForgetBias: true });
      layer.build([null, 4, 3]);
      return layer.getWeights()[2]!;
    });
  });
});

describe('cells', () => {
  const cells = [
    ['simpleRNNCell', 1],
    ['gruCell', 1],
    ['lstmCell', 2],
  ] as const;
  for (const [name, states] of cells) {
    const options = { units: 4, activation: 'relu' as const, name: 'it', ...kRules };
    const make = (l: Library) => {
      const cell = l.layers[name](options as never) as tfjs.layers.Layer;
      cell.build([null, 3]);
      cell.setWeights(cell.weights.map(({ shape }, i) => seeded(l, shape as number[], 20 + i, 0)));
      return cell;
    };
    it(`${name}: one step`, () => {
      expectSame(name, (l) => {
        const first = Array.from({ length: states }, (_, i) => seeded(l, [2, 4], i));
        return make(l).call([seeded(l, [2, 3], 7), ...first], {}) as tfjs.Tensor[];
      });
    });
    it(`${name}: configuration, there and back`, () => {
      const [actual, expected] = [hd, tf].map((l) => plain(make(l).getConfig()));
      expect(actual).toMatchObject(expected!);
      expect(plain(hd.layers[name](actual as never).getConfig())).toEqual(actual);
    });
    checkLayer('rnn', (l) => ({ cell: l.layers[name]({ units: 4 }) }), [4, 3], {
      title: `rnn over a ${name}`,
      // TensorFlow.js writes the cell's options beside the cell too; a layer over a cell has none.
      config: false,
    });
    checkLayer(
      'rnn',
      (l) => ({
        cell: l.layers[name]({ units: 4 }),
        returnSequences: true,
        returnState: true,
        goBackwards: true,
      }),
      [4, 3],
      { title: `rnn over a ${name}: all it returns`, config: false, ...kUntrainable },
    );
  }

  it("an rnn reads TensorFlow.js's configuration", () => {
    const theirs = tf.layers.rnn({ cell: tf.layers.lstmCell({ units: 3 }), name: 'it' });
    const { RNN } = hd as unknown as { RNN: { fromConfig(config: Options): RnnLayer } };
    const layer = RNN.fromConfig(plain(theirs.getConfig()));
    expect(layer.getConfig()).toMatchObject({
      name: 'it',
      cell: { className: 'LSTMCell', config: { units: 3 } },
    });
  });
});

describe('stacked cells', () => {
  const stack = (l: Library) => [
    l.layers.lstmCell({ units: 4 }),
    l.layers.gruCell({ units: 3 }),
    l.layers.simpleRNNCell({ units: 2 }),
  ];
  checkLayer('rnn', (l) => ({ cell: l.layers.stackedRNNCells({ cells: stack(l) }) }), [4, 3], {
    title: 'the last output',
    config: false,
  });
  checkLayer(
    'rnn',
    (l) => ({ cell: stack(l), returnSequences: true, returnState: true, goBackwards: true }),
    [4, 3],
    { title: 'all it returns, backwards', config: false, ...kUntrainable },
  );
  checkLayer('rnn', (l) => ({ cell: stack(l), returnSequences: true, returnState: true }), [4, 3], {
    title: 'a mask',
    ...kUntrainable,
    config: false,
    kwargs: (l) => ({ mask: someSteps(l) }),
  });
  checkLayer('rnn', (l) => ({ cell: stack(l) }), [[4, 3], [2], [3], [4], [4]], {
    title: 'first states',
    config: false,
    dense: false,
  });
});

describe("a cell of one's own", () => {
  /** Two states of different sizes: h' = tanh(x k + h r), a count of steps beside it. */
  const makeCell = (l: Library) => {
    class Counting extends l.layers.RNNCell {
      static readonly className = 'Counting';
      readonly stateSize = [4, 1];
      kernel!: ReturnType<tfjs.layers.Layer['addWeight']>;
      recurrent!: ReturnType<tfjs.layers.Layer['addWeight']>;
      override build(shape: tfjs.Shape): void {
        const init = l.initializers.glorotNormal({});
        this.kernel = this.addWeight('kernel', [shape[1]!, 4], 'float32', init);
        this.recurrent = this.addWeight('recurrent', [4, 4], 'float32', init);
        this.built = true;
      }
      override call(inputs: tfjs.Tensor | tfjs.Tensor[]): tfjs.Tensor[] {
        const [x, h, n] = inputs as [tfjs.Tensor, tfjs.Tensor, tfjs.Tensor];
        const steps = n.add(1);
        const next = x
          .matMul(this.kernel.read())
          .add(h.matMul(this.recurrent.read()))
          .div(steps)
          .tanh();
        return [next, next, steps];
      }
    }
    l.serialization.registerClass(Counting);
    return new Counting({ name: 'own' });
  };
  const options = (more: Options) => (l: Library) => ({ cell: makeCell(l), ...more });
  checkLayer('rnn', options({}), [4, 3], { title: 'the last output' });
  checkLayer('rnn', options({ returnSequences: true, returnState: true }), [4, 3], {
    title: 'all it returns',
    kwargs: (l) => ({ mask: someSteps(l) }),
    ...kUntrainable,
  });
});

describe('convLstm2d', () => {
  const x = [3, 5, 4, 2]; // time, height, width, channels
  const convolution = { filters: 3, kernelSize: 3 };
  checkLayer('convLstm2d', convolution, x, { shapes: [[null, 5, 4, 2]] });
  checkLayer(
    'convLstm2d',
    { filters: 2, kernelSize: [2, 3], padding: 'same', returnSequences: true },
    x,
  );
  checkLayer(
    'convLstm2d',
    { ...convolution, padding: 'same', strides: 2, returnSequences: true, returnState: true },
    x,
    kUntrainable,
  );
  checkLayer(
    'convLstm2d',
    { filters: 2, kernelSize: 2, goBackwards: true, useBias: false, activation: 'relu' },
    x,
  );
  checkLayer('convLstm2d', { filters: 2, kernelSize: 2, dilationRate: 2 }, x, {
    gradient: false, // TensorFlow.js has none for dilated convolutions
  });
  checkLayer(
    'convLstm2d',
    { filters: 2, kernelSize: 2, unitForgetBias: true, ...kRules },
    x,
    positive,
  );
  checkLayer(
    'convLstm2d',
    { filters: 2, kernelSize: 2, recurrentActivation: 'sigmoid', returnState: true },
    x,
  );
  checkLayer(
    'convLstm2d',
    (l) => ({
      filters: 2,
      kernelSize: 2,
      dropout: 0.3,
      recurrentDropout: 0.4,
      dropoutFunc: sameDrops(l),
    }),
    x,
    { title: 'dropout', kwargs: () => ({ training: true }) },
  );
  checkLayer(
    'convLstm2d',
    { filters: 2, kernelSize: 2, dataFormat: 'channelsFirst', padding: 'same' },
    [3, 2, 5, 4],
    { gradient: false }, // TensorFlow.js's cpu backend has none in this order
  );
});
