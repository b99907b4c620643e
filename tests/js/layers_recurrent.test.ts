// What recurrent layers do beyond TensorFlow.js's, and where it is wrong. The numbers: parity, golden.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { expectValueError, expectValues, random, start, values } from './support';

beforeAll(start);

const sigmoid = (v: number) => 1 / (1 + Math.exp(-v));
const rows = (tensor: hd.Tensor) => tensor.arraySync() as number[][];
const bools = (lists: number[][]) => hd.tensor2d(lists, [lists.length, lists[0]!.length], 'bool');

describe('gru with resetAfter', () => {
  /** Keras's formula, number by number: the states of one example over its steps. */
  function states(weights: number[][][], x: number[][], units: number): number[][] {
    const [kernel, recurrent, [input, inner]] = weights as [number[][], number[][], number[][]];
    const times = (v: number[], matrix: number[][], j: number) =>
      v.reduce((sum, value, i) => sum + value * matrix[i]![j]!, 0);
    let h = new Array<number>(units).fill(0);
    return x.map((step) => {
      const of = (gate: number, j: number): [number, number] => {
        const at = gate * units + j;
        return [
          times(step, kernel, at) + (input?.[at] ?? 0),
          times(h, recurrent, at) + (inner?.[at] ?? 0),
        ];
      };
      h = h.map((before, j) => {
        const z = sigmoid(of(0, j).reduce((a, b) => a + b));
        const r = sigmoid(of(1, j).reduce((a, b) => a + b));
        const [own, recurring] = of(2, j);
        return z * before + (1 - z) * Math.tanh(own + r * recurring);
      });
      return h;
    });
  }

  it.each([true, false])('is the formula, useBias %s', (useBias) => {
    const [units, size] = [3, 2];
    const layer = hd.layers.gru({
      units,
      useBias,
      resetAfter: true,
      recurrentActivation: 'sigmoid',
      returnSequences: true,
    });
    const x = random([2, 4, size], 3);
    layer.build([null, 4, size]);
    layer.setWeights(layer.weights.map(({ shape }, i) => random(shape, 10 + i)));
    expect(layer.weights.map(({ shape }) => shape)).toEqual([
      [size, 3 * units],
      [units, 3 * units],
      ...(useBias ? [[2, 3 * units]] : []),
    ]);
    const weights = layer.getWeights().map(rows);
    if (!useBias) weights.push([]);
    const expected = (x.arraySync() as number[][][]).map((each) => states(weights, each, units));
    expectValues(layer.apply(x) as hd.Tensor, expected.flat(2), 1e-5);
    expect(layer.getConfig()).toMatchObject({ resetAfter: true });
  });
});

describe('penalties of a cell', () => {
  it('count in the loss of its layer: TensorFlow.js forgets them', async () => {
    const layer = hd.layers.lstm({
      units: 2,
      kernelRegularizer: hd.regularizers.l2({ l2: 0.5 }),
      recurrentRegularizer: 'l1',
      inputShape: [3, 2],
    });
    const model = hd.sequential({ layers: [layer] });
    model.compile({ optimizer: hd.train.sgd(0), loss: 'meanSquaredError' });
    const x = random([4, 3, 2], 1);
    const y = random([4, 2], 2);
    const loss = (await model.trainOnBatch(x, y)) as number;
    const [kernel, recurrent] = layer.getWeights() as [hd.Tensor, hd.Tensor];
    const penalty =
      0.5 * values(kernel.square().sum())[0]! + 0.01 * values(recurrent.abs().sum())[0]!;
    const error = values((model.predict(x) as hd.Tensor).sub(y).square().mean())[0]!;
    expect(loss).toBeCloseTo(error + penalty, 4);
  });
});

describe('dropout', () => {
  const [size, time] = [200, 4];
  /** A layer that passes its input on: the identity, nothing from the state. */
  const passing = (dropout: number) =>
    hd.layers.simpleRNN({
      units: size,
      dropout,
      activation: 'linear',
      useBias: false,
      kernelInitializer: 'identity',
      recurrentInitializer: 'zeros',
      returnSequences: true,
    });

  it('drops the same features at each step of a sequence, others at the next call', () => {
    const layer = passing(0.25);
    const x = hd.ones([2, time, size]);
    const drop = () =>
      (layer.apply(x, { training: true }) as hd.Tensor).arraySync() as number[][][];
    const first = drop();
    for (const steps of first) for (const step of steps) expect(step).toEqual(steps[0]);
    const kept = first.flatMap((steps) => steps[0]!).filter((value) => value !== 0);
    expect(new Set(kept.map((value) => value.toFixed(5)))).toEqual(new Set([(4 / 3).toFixed(5)]));
    // Of 400 features: five standard deviations around three quarters.
    expect(Math.abs(kept.length / 400 - 0.75)).toBeLessThan(0.11);
    expect(first[0]![0]).not.toEqual(first[1]![0]);
    expect(drop()).not.toEqual(first);
    expectValues(layer.apply(x) as hd.Tensor, new Float32Array(2 * time * size).fill(1));
  });

  it('drops anew in each run of a program', () => {
    const layer = passing(0.5);
    layer.build([null, time, size]);
    const run = hd.jit((x: hd.Tensor) => layer.apply(x, { training: true }) as hd.Tensor);
    const x = hd.ones([1, time, size]);
    const [first, second] = [values(run(x)), values(run(x))];
    expect(first).not.toEqual(second);
    expect(first.slice(0, size)).toEqual(first.slice(size, 2 * size));
  });

  it('of the state is the same at each step too', () => {
    const layer = hd.layers.simpleRNN({
      units: size,
      recurrentDropout: 0.5,
      activation: 'linear',
      useBias: false,
      kernelInitializer: 'zeros',
      recurrentInitializer: 'identity',
    });
    const kwargs = { training: true, initialState: hd.ones([1, size]) };
    const output = values(layer.apply(hd.zeros([1, time, 1]), kwargs) as hd.Tensor);
    // Dropped at one step is dropped at all, kept is doubled at each.
    expect(new Set(output)).toEqual(new Set([0, 2 ** time]));
  });
});

describe('masks', () => {
  const x = () => random([2, 3, 2], 4);
  const mask = () =>
    bools([
      [1, 0, 1],
      [0, 1, 0],
    ]);

  it('zeroOutputForMask makes the outputs of masked steps zeros, and leaves the states', () => {
    const options = { units: 2, returnSequences: true, returnState: true } as const;
    const plain = hd.layers.lstm(options);
    const zeroing = hd.layers.lstm({ ...options, zeroOutputForMask: true });
    const [held, ...states] = plain.apply(x(), { mask: mask() }) as hd.Tensor[];
    zeroing.build([null, 3, 2]);
    zeroing.setWeights(plain.getWeights());
    const [zeroed, ...others] = zeroing.apply(x(), { mask: mask() }) as hd.Tensor[];
    const expected = values(held!.mul(mask().asType('float32').expandDims(2)));
    expectValues(zeroed!, expected);
    states.forEach((state, i) => expectValues(others[i]!, values(state)));
    expect(zeroing.getConfig()).toMatchObject({ zeroOutputForMask: true });
  });

  it('a masked step leaves no trace, not even of what is not a number', () => {
    const layer = hd.layers.gru({ units: 3 });
    const short = random([1, 2, 2], 5);
    const after = layer.apply(short) as hd.Tensor;
    const padded = hd.concat([short, hd.fill([1, 2, 2], NaN)], 1);
    const masked = layer.apply(padded, { mask: bools([[1, 1, 0, 0]]) }) as hd.Tensor;
    expectValues(masked, values(after));
  });

  it('convLstm2d takes them: TensorFlow.js cannot', () => {
    const layer = hd.layers.convLstm2d({ filters: 2, kernelSize: 2 });
    const two = random([1, 2, 3, 3, 1], 6);
    const after = layer.apply(two) as hd.Tensor;
    const three = hd.concat([two, random([1, 1, 3, 3, 1], 7)], 1);
    expectValues(layer.apply(three, { mask: bools([[1, 1, 0]]) }) as hd.Tensor, values(after));
  });

  it('masking lets the gradient of the steps that count through', () => {
    const layer = hd.layers.masking({ maskValue: 1 });
    const x = hd.tensor3d([[[1, 1], [1, 2], [3, 4]]]); // prettier-ignore
    const gradient = hd.grad((given: hd.Tensor) => (layer.apply(given) as hd.Tensor).sum())(x);
    expectValues(gradient, [0, 0, 1, 1, 1, 1]);
  });
});

describe('constants', () => {
  /** h' = h + x c: c is the same at each step. */
  class Scaling extends hd.layers.RNNCell {
    static override readonly className: string = 'Scaling';
    readonly stateSize = 2;
    override call(inputs: hd.Tensor | hd.Tensor[], kwargs: hd.Kwargs): hd.Tensor[] {
      const [x, h] = inputs as [hd.Tensor, hd.Tensor];
      const [scale] = kwargs['constants'] as [hd.Tensor];
      const next = h.add(x.mul(scale));
      return [next, next];
    }
  }
  hd.serialization.registerClass(Scaling);
  const x = () => hd.tensor3d([[[1, 2], [3, 4]]]); // prettier-ignore
  const scale = () => hd.tensor2d([[10, 100]]);
  const start = () => hd.tensor2d([[1, 1]]);
  const make = () => hd.layers.rnn({ cell: new Scaling({}) });

  it('reach the cell at each step', () => {
    expectValues(make().apply(x(), { constants: scale() }) as hd.Tensor, [40, 600]);
    const both = { constants: [scale()], initialState: start() };
    expectValues(make().apply(x(), both) as hd.Tensor, [41, 601]);
  });

  it('come last in a list of inputs, once their number is known', () => {
    const layer = hd.layers.rnn({ cell: new Scaling({}), numConstants: 1 });
    expectValues(layer.apply([x(), start(), scale()]) as hd.Tensor, [41, 601]);
    expectValues(layer.apply([x(), scale()]) as hd.Tensor, [40, 600]);
    expect(layer.getConfig()).toMatchObject({ numConstants: 1 });
  });

  it('may be symbolic', () => {
    const inputs = [hd.input({ shape: [2, 2] }), hd.input({ shape: [2] })];
    const [sequence, constant] = inputs as [hd.SymbolicTensor, hd.SymbolicTensor];
    const output = make().apply(sequence, { constants: constant }) as hd.SymbolicTensor;
    const model = hd.model({ inputs, outputs: output });
    expectValues(model.predict([x(), scale()]) as hd.Tensor, [40, 600]);
  });
});

describe('a cell around another one', () => {
  let calls = 0;
  /** An LSTM that reads its input through a dense layer. */
  class Reader extends hd.layers.RNNCell {
    static override readonly className: string = 'Reader';
    readonly stateSize = [3, 3];
    readonly inner = hd.layers.lstmCell({ units: 3 });
    readonly read = hd.layers.dense({ units: 4, activation: 'tanh' });
    override build(shape: hd.Shape | hd.Shape[]): void {
      this.read.build(shape);
      this.inner.build([null, 4]);
      super.build(shape);
    }
    override call(inputs: hd.Tensor | hd.Tensor[], kwargs: hd.Kwargs): hd.Tensor[] {
      calls++;
      const [x, ...states] = inputs as [hd.Tensor, ...hd.Tensor[]];
      return this.inner.call([this.read.apply(x) as hd.Tensor, ...states], kwargs);
    }
  }
  hd.serialization.registerClass(Reader);

  it('has its weights found, and trains without JavaScript', async () => {
    const layer = hd.layers.rnn({ cell: new Reader({}), inputShape: [6, 2] });
    const model = hd.sequential({ layers: [layer, hd.layers.dense({ units: 1 })] });
    expect(layer.weights).toHaveLength(5);
    model.compile({ optimizer: hd.train.adam(0.02), loss: 'meanSquaredError' });
    const x = random([32, 6, 2], 1);
    const y = x.slice([0, 0, 0], [-1, 1, 1]).reshape([32, 1]); // to be remembered for six steps
    const first = (await model.trainOnBatch(x, y)) as number;
    const traced = calls;
    expect(traced).toBeGreaterThan(0);
    let last = first;
    for (let step = 0; step < 150; step++) last = (await model.trainOnBatch(x, y)) as number;
    expect(calls).toBe(traced);
    expect(last).toBeLessThan(first / 4);
  });
});

describe('states as inputs of a model', () => {
  /** The states of an encoder begin a decoder. */
  function build(): hd.LayersModel {
    const source = hd.input({ shape: [4, 2], name: 'source' });
    const given = hd.input({ shape: [3, 2], name: 'given' });
    const encoder = hd.layers.lstm({ units: 3, returnState: true, name: 'encoder' });
    const [, h, c] = encoder.apply(source) as hd.SymbolicTensor[];
    const decoder = hd.layers.lstm({ units: 3, returnSequences: true, name: 'decoder' });
    const output = decoder.apply(given, { initialState: [h!, c!] }) as hd.SymbolicTensor;
    return hd.model({ inputs: [source, given], outputs: output });
  }
  const data = () => [random([2, 4, 2], 1), random([2, 3, 2], 2)];

  it('survive the configuration', () => {
    const model = build();
    const copy = hd.LayersModel.fromConfig(
      hd.LayersModel,
      JSON.parse(JSON.stringify(model.getConfig())) as hd.ConfigDict,
    ) as hd.LayersModel;
    copy.setWeights(model.getWeights());
    expectValues(copy.predict(data()) as hd.Tensor, values(model.predict(data()) as hd.Tensor));
  });

  it('carry the gradient into the encoder', async () => {
    const model = build();
    model.compile({ optimizer: hd.train.sgd(0.5), loss: 'meanSquaredError' });
    const before = values(model.getLayer('encoder').getWeights()[0]!);
    await model.trainOnBatch(data(), hd.ones([2, 3, 3]));
    expect(values(model.getLayer('encoder').getWeights()[0]!)).not.toEqual(before);
  });
});

describe('a stateful layer', () => {
  const make = () =>
    hd.layers.gru({ units: 2, stateful: true, batchInputShape: [2, 3, 1], name: 'held' });

  it('goes on where it ended, also while it is trained, and its states are no weights', async () => {
    const layer = make();
    const model = hd.sequential({ layers: [layer] });
    expect(layer.weights).toHaveLength(3);
    model.compile({ optimizer: hd.train.sgd(0), loss: 'meanSquaredError' });
    const x = random([2, 3, 1], 1);
    await model.trainOnBatch(x, hd.zeros([2, 2]));
    const held = layer.states.map((state) => values(state!));
    // The states after two batches are those of one sequence of six steps.
    const whole = hd.layers.gru({ units: 2 });
    whole.build([null, 6, 1]);
    whole.setWeights(layer.getWeights());
    expectValues(whole.apply(x) as hd.Tensor, held[0]!);
    const after = model.predict(x, { batchSize: 2 }) as hd.Tensor;
    expectValues(after, values(whole.apply(hd.concat([x, x], 1)) as hd.Tensor));
    layer.resetStates();
    expect(values(layer.states[0]!)).toEqual([0, 0, 0, 0]);
    layer.resetStates([hd.ones([2, 2])]);
    expect(values(layer.states[0]!)).toEqual([1, 1, 1, 1]);
  });

  it('needs the batch size, and states of its shape', () => {
    const unsized = hd.layers.gru({ units: 2, stateful: true });
    expectValueError(() => unsized.apply(hd.input({ shape: [3, 1] })), 'batch', 'stateful');
    const layer = make();
    layer.apply(hd.zeros([2, 3, 1]));
    expectValueError(() => layer.resetStates([hd.ones([2, 3])]), 'held', '[2,2]', '[2,3]');
    expectValueError(() => layer.resetStates([]), 'held', '1 state');
    expectValueError(() => layer.apply(hd.zeros([3, 3, 1])), 'held');
    expectValueError(() => hd.layers.gru({ units: 2 }).resetStates(), 'not stateful');
  });
});

describe('a frozen layer', () => {
  it('keeps the weights of its cell', async () => {
    const layer = hd.layers.lstm({ units: 2, inputShape: [3, 2], trainable: false });
    const model = hd.sequential({ layers: [layer, hd.layers.dense({ units: 1 })] });
    expect(layer.trainableWeights).toHaveLength(0);
    expect(layer.nonTrainableWeights).toHaveLength(3);
    model.compile({ optimizer: hd.train.sgd(1), loss: 'meanSquaredError' });
    const before = layer.getWeights().map(values);
    await model.trainOnBatch(random([4, 3, 2], 1), hd.ones([4, 1]));
    expect(layer.getWeights().map(values)).toEqual(before);
  });
});

describe('options of every layer', () => {
  it('weights are the first values, of the layers inside too', () => {
    const weights = () => [hd.ones([3, 2]), hd.zeros([2, 2]), hd.fill([2], 0.5)];
    const make = () => hd.layers.simpleRNN({ units: 2, activation: 'linear', weights: weights() });
    expectValues(make().apply(hd.ones([1, 4, 3])) as hd.Tensor, [3.5, 3.5]);
    const both = hd.layers.bidirectional({
      layer: hd.layers.simpleRNN({ units: 2, activation: 'linear' }),
      mergeMode: 'sum',
      weights: [...weights(), ...weights()],
    });
    expectValues(both.apply(hd.ones([1, 4, 3])) as hd.Tensor, [7, 7]);
  });

  it('inputDim and inputLength are the shape of a first layer', () => {
    const shapeOf = (options: object) => {
      const layer = hd.layers.gru({ units: 2, inputDim: 3, ...options });
      return hd.sequential({ layers: [layer] }).inputs[0]!.shape;
    };
    expect(shapeOf({})).toEqual([null, null, 3]);
    expect(shapeOf({ inputLength: 5 })).toEqual([null, 5, 3]);
  });

  it('a call leaves nothing but its outputs', () => {
    const cell = [hd.layers.lstmCell({ units: 2, dropout: 0.5 }), hd.layers.gruCell({ units: 2 })];
    const layer = hd.layers.bidirectional({ layer: hd.layers.rnn({ cell, returnState: true }) });
    const x = random([2, 3, 2], 1);
    hd.dispose(layer.apply(x));
    const before = hd.memory().numTensors;
    const outputs = layer.apply(x, { training: true }) as hd.Tensor[];
    expect(outputs).toHaveLength(7);
    expect(hd.memory().numTensors).toBe(before + 7);
  });
});

describe('wrong use says what is wrong', () => {
  const { layers } = hd;

  it('of options', () => {
    expectValueError(() => layers.lstm({ units: 0 }), 'LSTM', 'units', '0');
    expectValueError(() => layers.gru({ units: NaN }), 'units', 'NaN');
    expectValueError(() => layers.lstm({ unit: 3 } as never), 'unit');
    expectValueError(() => layers.lstm({ units: 2, resetAfter: true } as never), 'resetAfter');
    expectValueError(() => layers.lstm({ units: 2, activation: 'foo' as never }), 'foo');
    expectValueError(() => layers.rnn({} as never), 'cell', 'stateSize');
    expectValueError(() => layers.rnn({ cell: layers.dense({ units: 2 }) as never }), 'stateSize');
    expectValueError(() => layers.stackedRNNCells({ cells: [] }), 'cells');
    expectValueError(() => layers.convLstm2d({ filters: 2 } as never), 'kernelSize');
  });

  it('of inputs', () => {
    const layer = layers.lstm({ units: 2, name: 'it' });
    expectValueError(() => layer.apply(hd.zeros([2, 3])), 'it', '3');
    expectValueError(() => layer.apply(hd.zeros([2, 0, 3])), 'it', 'step');
    expectValueError(() => layer.apply([hd.zeros([2, 4, 3]), hd.zeros([2, 2])]), 'it', '2 state');
    const states = [hd.zeros([2, 2]), hd.zeros([2, 2])];
    const twice = () => layer.apply([hd.zeros([2, 4, 3]), ...states], { initialState: states });
    expectValueError(twice, 'initialState');
    layer.apply(hd.zeros([2, 4, 3]));
    expectValueError(() => layer.apply(hd.zeros([2, 4, 5])), 'it', '3', '5');
    expectValueError(() => layers.gruCell({ units: 2 }).apply(hd.zeros([2, 3])), 'GRUCell', '2');
  });

  it('of a cell that returns too little', () => {
    class Mute extends hd.layers.RNNCell {
      static override readonly className: string = 'Mute';
      readonly stateSize = 2;
      override call(inputs: hd.Tensor | hd.Tensor[]): hd.Tensor[] {
        return [(inputs as hd.Tensor[])[1]!];
      }
    }
    const layer = hd.layers.rnn({ cell: new Mute({ name: 'mute' }) });
    expectValueError(() => layer.apply(hd.zeros([1, 2, 3])), 'mute', '2 tensors');
  });
});
