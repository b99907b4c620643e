// Wrong calls of models, layers, variables and optimizers: what the error says, and that nothing is broken after.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { aroundMisuse, isExpected } from './misuse';

aroundMisuse();

/** A wrong call, and what the message has to name. */
type Wrong = [what: string, work: () => unknown, ...named: string[]];

/** Anything, for calls that the types forbid. */
const any = (value: unknown) => value as never;

function refuses(cases: Wrong[]): void {
  it.each(cases)('%s', async (_, work, ...named) => {
    let error: unknown = null;
    try {
      await work();
    } catch (thrown) {
      error = thrown;
    }
    expect(error, 'it should have thrown').not.toBeNull();
    expect(isExpected(error), (error as Error).stack).toBe(true);
    for (const part of named) expect((error as Error).message).toContain(part);
  });
}

function make(): hd.Sequential {
  const model = hd.sequential({
    name: 'small',
    layers: [
      hd.layers.dense({ units: 3, inputShape: [4], activation: 'tanh', name: `in${made++}` }),
      hd.layers.dense({ units: 2, name: `out${made}` }),
    ],
  });
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  return model;
}
let made = 0;

let model: hd.Sequential;
let uncompiled: hd.Sequential;
let two: hd.LayersModel;
let disposed: hd.Tensor;
let layer: hd.Layer;
let before: number[];
const x = () => hd.ones([4, 4]);
const y = () => hd.ones([4, 2]);
const input = (shape: number[] = [4]) => hd.input({ shape });
const on = (at: hd.SymbolicTensor) => hd.layers.dense({ units: 1 }).apply(at) as hd.SymbolicTensor;
const predicted = () => Array.from((model.predict(x()) as hd.Tensor).dataSync());

beforeAll(() => {
  model = make();
  uncompiled = hd.sequential({ layers: [hd.layers.dense({ units: 3, inputShape: [4] })] });
  const inputs = ['a', 'b'].map((name) => hd.input({ shape: [2], name }));
  const heads = ['one', 'other'].map((name) => hd.layers.dense({ units: 1, name }));
  const outputs = inputs.map((at, i) => heads[i]!.apply(at) as hd.SymbolicTensor);
  two = hd.model({ inputs, outputs, name: 'two' });
  two.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  disposed = hd.ones([4, 4]);
  disposed.dispose();
  layer = hd.layers.dense({ units: 2, name: 'layer' });
  layer.apply(x());
  before = predicted();
});

afterAll(() => expect(predicted()).toEqual(before));

describe('input(), model(), sequential()', () => {
  const container = (more: object) => {
    const at = input();
    return hd.model(any({ inputs: at, outputs: on(at), ...more }));
  };
  refuses([
    ['no shape', () => hd.input({}), 'shape'],
    ['nothing at all', () => hd.input(any(undefined)), 'input()', 'undefined'],
    ['NaN in the shape', () => hd.input({ shape: [NaN] }), 'inputShape', 'NaN'],
    ['a negative size', () => hd.input({ shape: [-1] }), '-1'],
    ['a size of 0', () => hd.input({ shape: [0] }), 'positive', '0'],
    ['a number as shape', () => hd.input({ shape: any(3) }), 'inputShape', '3'],
    ['another dtype', () => hd.input({ shape: [2], dtype: any('float64') }), 'dtype', 'float64'],
    ['both shapes', () => hd.input({ shape: [2], batchShape: [1, 2] }), 'batchShape', 'both'],
    ['a typo', () => hd.input(any({ shpae: [2] })), "'shpae'", 'shape'],
    ['sparse', () => hd.input({ shape: [2], sparse: true }), 'sparse'],
    ['a model of nothing', () => hd.model(any(undefined)), 'inputs', 'outputs'],
    ['a model of tensors', () => hd.model(any({ inputs: x(), outputs: y() })), 'inputs'],
    ['a model of null', () => hd.model(any({ inputs: [null], outputs: [null] })), 'inputs'],
    ['a model of empty lists', () => hd.model({ inputs: [], outputs: [] })],
    ['a typo of a model', () => container({ nmae: 'x' }), "'nmae'", 'name'],
    ['a number as name', () => container({ name: 3 }), 'name'],
    ['a graph that is cut', () => hd.model({ inputs: input(), outputs: on(input()) }), 'input'],
    [
      'an input that is none',
      () => {
        const inside = on(input());
        return hd.model({ inputs: inside, outputs: on(inside) });
      },
    ],
    ['no list of layers', () => hd.sequential({ layers: any(3) }), 'layers'],
    ['a number as layer', () => hd.sequential({ layers: any([3]) }), '3'],
    ['null as layer', () => hd.sequential({ layers: any([null]) }), 'null'],
    ['a typo of a Sequential', () => hd.sequential(any({ lyers: [] })), "'lyers'", 'layers'],
    [
      'a first layer without shape',
      () => hd.sequential({ layers: [hd.layers.dense({ units: 2 })] }),
    ],
    ['add() of nothing', () => hd.sequential().add(any(undefined))],
    ['add() of a tensor', () => hd.sequential().add(any(x()))],
    ['pop() of an empty one', () => hd.sequential().pop()],
    ['predict() of an empty one', () => hd.sequential().predict(x())],
  ]);
});

describe('compile()', () => {
  const compile = (more: object) =>
    make().compile({ optimizer: 'sgd', loss: 'meanSquaredError', ...more });
  refuses([
    ['nothing', () => make().compile(any(undefined)), 'compile()'],
    ['no optimizer', () => make().compile(any({})), 'optimizer'],
    ['a typo of the optimizer', () => compile({ optimizer: 'sdg' }), 'sdg'],
    ['an object as optimizer', () => compile({ optimizer: {} }), 'optimizer'],
    ['no loss', () => compile({ loss: null }), 'loss'],
    ['a typo of the loss', () => compile({ loss: 'meanSquareError' }), 'meanSquareError'],
    ['a number as loss', () => compile({ loss: 3 }), 'loss'],
    ['too many losses', () => compile({ loss: ['hinge', 'hinge'] }), 'loss', '1', '2'],
    ['a loss of no output', () => compile({ loss: { nowhere: 'hinge' } }), 'nowhere'],
    ['a typo of a metric', () => compile({ metrics: ['accurcy'] }), 'accurcy'],
    ['a number as metric', () => compile({ metrics: [3] }), '3'],
    ['metrics of no output', () => compile({ metrics: { nowhere: 'mse' } }), 'nowhere'],
    ['NaN as weight of a loss', () => compile({ lossWeights: [NaN] }), 'lossWeights', 'NaN'],
    ['a number as weights', () => compile({ lossWeights: 3 }), 'lossWeights'],
    ['weights of no output', () => compile({ lossWeights: { nowhere: 1 } }), 'nowhere'],
    ['a typo', () => compile({ lr: 1 }), "'lr'"],
    ['a word for true', () => compile({ runEagerly: 'yes' }), 'runEagerly', 'yes'],
    ['an unknown memory', () => compile({ memory: 'small' }), 'memory', "'low'", 'small'],
    ['what is not there', () => compile({ sampleWeightMode: 'temporal' }), 'sampleWeightMode'],
    [
      'a loss that returns a number',
      async () => {
        const odd = make();
        odd.compile({ optimizer: 'sgd', loss: any(() => 3) });
        await odd.trainOnBatch(x(), y());
      },
      'loss',
      'number',
    ],
  ]);
});

describe('fit(), trainOnBatch()', () => {
  const fit = (more: object) => model.fit(x(), y(), { epochs: 1, verbose: 0, ...more });
  it.each([
    ['before compile()', () => uncompiled.fit(x(), hd.ones([4, 3]))],
    ['trainOnBatch() before compile()', () => uncompiled.trainOnBatch(x(), hd.ones([4, 3]))],
    ['evaluate() before compile()', async () => uncompiled.evaluate(x(), hd.ones([4, 3]))],
  ])('%s', async (_, work) => {
    await expect(work()).rejects.toThrow(/compile/);
  });
  refuses([
    ['no data', () => model.fit(any(undefined), any(undefined)), 'Tensor'],
    ['no targets', () => model.fit(x(), any(undefined)), 'target'],
    ['plain lists', () => model.fit(any([[1, 2, 3, 4]]), any([[1, 2]])), 'Tensor'],
    ['another width', () => model.fit(hd.ones([4, 5]), y()), 'small', '5', '4'],
    ['another rank', () => model.fit(hd.ones([4, 4, 1]), y()), '4,4,1'],
    ['targets of another width', () => model.fit(x(), hd.ones([4, 3])), '3'],
    ['other counts', () => model.fit(x(), hd.ones([3, 2])), '4', '3'],
    ['no samples', () => model.fit(hd.zeros([0, 4]), hd.zeros([0, 2])), 'fit()'],
    ['a disposed tensor', () => model.fit(disposed, y()), 'disposed'],
    ['a scalar', () => model.fit(hd.scalar(1), y()), 'scalar'],
    ['one tensor for two inputs', () => two.trainOnBatch(x(), y()), 'two', 'a, b'],
    ['a name that no input has', () => two.predict({ a: x(), c: x() }), "'c'"],
    ['a batch of 0', () => fit({ batchSize: 0 }), 'batchSize', '0'],
    ['a batch of NaN', () => fit({ batchSize: NaN }), 'batchSize', 'NaN'],
    ['a batch of 2.5', () => fit({ batchSize: 2.5 }), 'batchSize', '2.5'],
    ['NaN epochs', () => fit({ epochs: NaN }), 'epochs', 'NaN'],
    ['negative epochs', () => fit({ epochs: -1 }), 'epochs', '-1'],
    ['a word for epochs', () => fit({ epochs: 'x' }), 'epochs', 'x'],
    ['a negative initialEpoch', () => fit({ initialEpoch: -1 }), 'initialEpoch'],
    ['a word for shuffle', () => fit({ shuffle: 'batch' }), 'shuffle'],
    ['a number for shuffle', () => fit({ shuffle: 3 }), 'shuffle', '3'],
    ['a split of 1', () => fit({ validationSplit: 1 }), 'validationSplit', '1'],
    ['a split of NaN', () => fit({ validationSplit: NaN }), 'validationSplit', 'NaN'],
    ['validation without targets', () => fit({ validationData: [x()] }), 'validationData'],
    ['validation of another width', () => fit({ validationData: [x(), x()] }), '4'],
    ['a number as callback', () => fit({ callbacks: 3 }), 'callback'],
    ['a typo of a callback', () => fit({ callbacks: { onEpochEnded: () => {} } }), 'onEpochEnded'],
    ['a word as callback', () => fit({ callbacks: { onEpochEnd: 'x' } }), 'onEpochEnd'],
    ['a typo', () => fit({ epoch: 3 }), "'epoch'", 'epochs'],
    ['another yieldEvery', () => fit({ yieldEvery: 'sometimes' }), 'yieldEvery', 'sometimes'],
    ['a word for seed', () => fit({ seed: 'x' }), 'seed'],
    ['null for options', () => model.fit(x(), y(), any(null)), 'fit()', 'null'],
    ['what is not there', () => fit({ classWeight: { 0: 1 } }), 'classWeight'],
    ['trainOnBatch of other counts', () => model.trainOnBatch(x(), hd.ones([2, 2])), '4', '2'],
    ['trainOnBatch of a disposed tensor', () => model.trainOnBatch(x(), disposed), 'disposed'],
  ]);
});

describe('predict(), evaluate(), and the rest of a model', () => {
  refuses([
    ['predict nothing', () => model.predict(any(undefined)), 'Tensor'],
    ['predict a list', () => model.predict(any([[1, 2, 3, 4]])), 'list'],
    ['predict another width', () => model.predict(hd.ones([1, 5])), '5', '4'],
    ['predict two for one', () => model.predict([x(), x()]), '2', '1'],
    ['predict what is disposed', () => model.predict(disposed), 'disposed'],
    ['predict a symbol', () => model.predict(any(input())), 'Tensor'],
    ['predict by batches of 0', () => model.predict(x(), { batchSize: 0 }), 'batchSize'],
    ['predict with a typo', () => model.predict(x(), any({ bs: 1 })), "'bs'", 'batchSize'],
    ['predict with null', () => model.predict(x(), any(null)), 'predict()', 'null'],
    ['predict other counts', () => two.predict([hd.ones([2, 2]), hd.ones([3, 2])]), '2', '3'],
    ['evaluate nothing', () => model.evaluate(any(null), any(null)), 'Tensor'],
    ['evaluate another width', () => model.evaluate(x(), x()), '4', '2'],
    ['evaluate with a typo', () => model.evaluate(x(), y(), any({ bs: 1 })), "'bs'"],
    ['evaluate by batches of NaN', () => model.evaluate(x(), y(), { batchSize: NaN }), 'NaN'],
    ['a layer that is not there', () => model.getLayer('nowhere'), 'nowhere'],
    ['a layer beyond the last', () => model.getLayer(9), '9', '2'],
    ['a layer before the first', () => model.getLayer(-1), '-1'],
    ['no layer', () => model.getLayer(any(undefined)), 'name'],
    ['weights that are no list', () => model.setWeights(any('x')), 'small'],
    ['weights that are no tensors', () => model.setWeights(any([[1]])), 'tensors'],
    ['too few weights', () => model.setWeights([]), '0', '4'],
    ['weights of other shapes', () => model.setWeights([y(), y(), y(), y()]), '4,2', '4,3'],
    [
      'weights of another dtype',
      () => {
        model.setWeights(model.getWeights().map((weight) => weight.toInt()));
      },
      'int32',
    ],
    ['a word for trainable', () => (model.trainable = any('x')), 'trainable', 'x'],
    ['a summary to nowhere', () => model.summary(80, undefined, any(3)), 'summary()'],
    ['a configuration that is none', () => hd.layers.Dense.fromConfig(any(undefined)), 'undefined'],
    ['a configuration with more', () => hd.layers.Dense.fromConfig({ units: 1, foo: 2 }), "'foo'"],
    ['attribution of nothing', () => hd.attribution(any(undefined), x(), y()), 'model'],
    ['attribution of another width', () => hd.attribution(model, x(), x()), '4', '2'],
  ]);
});

describe('layers', () => {
  refuses([
    ['called on nothing', () => layer.apply(any(undefined)), 'layer'],
    ['called on a number', () => layer.apply(any(3)), 'layer'],
    ['called on an empty list', () => layer.apply([]), 'layer'],
    [
      'called on values and symbols',
      () => hd.layers.add().apply(any([x(), input()])),
      'SymbolicTensors',
    ],
    ['called on what is disposed', () => layer.apply(disposed), 'disposed'],
    ['called on another width', () => layer.apply(hd.ones([1, 5])), 'layer', '4', '5'],
    ['called on two for one', () => layer.apply([x(), x()]), 'layer', '2'],
    ['a typo of an argument', () => layer.apply(x(), any({ trainign: true })), 'trainign'],
    ['a word for training', () => layer.apply(x(), { training: any('x') }), 'training', 'x'],
    ['no object of arguments', () => layer.apply(x(), any(3)), 'number'],
    ['no shape', () => layer.computeOutputShape(any(undefined)), 'shape'],
    ['a shape that does not fit', () => layer.computeOutputShape([null, 9]), '9'],
    ['built for nothing', () => hd.layers.dense({ units: 1 }).build(any(undefined)), 'shape'],
    ['built for NaN', () => hd.layers.dense({ units: 1 }).build([null, NaN]), 'NaN'],
    ['a call that is not there', () => layer.getOutputAt(7), '7'],
    ['the input of none', () => hd.layers.dense({ units: 1 }).input],
    ['the weights of none', () => hd.layers.dense({ units: 1 }).countParams(), 'not built'],
    ['a class without a name', () => hd.serialization.registerClass(any(class {})), 'className'],
    ['no gate of that name', () => hd.layers.activation({ activation: 'rleu' }), 'rleu'],
  ]);

  it('what is disposed says so', async () => {
    const gone = make();
    const inside = gone.layers[0]!;
    gone.dispose();
    const calls = [() => gone.predict(x()), () => gone.summary(), () => inside.apply(x())];
    for (const call of calls) expect(call).toThrow(/disposed/);
    await expect(gone.fit(x(), y())).rejects.toThrow(/disposed|compile/);
  });
});

/** Something that is disposed of before it is used. */
function gone<T extends { dispose(): unknown }>(thing: T): T {
  thing.dispose();
  return thing;
}

/** A layer written in JavaScript whose call is `f`, as the only one of a model. */
function traced(f: (x: hd.Tensor) => hd.Tensor): hd.LayersModel {
  class Traced extends hd.layers.Layer {
    static override readonly className: string = 'Traced';
    override call(inputs: hd.Tensor | hd.Tensor[]): hd.Tensor {
      return f(Array.isArray(inputs) ? inputs[0]! : inputs);
    }
    override computeOutputShape(inputShape: hd.Shape): hd.Shape {
      return inputShape;
    }
  }
  const at = input();
  return hd.model({ inputs: at, outputs: new Traced().apply(at) as hd.SymbolicTensor });
}

describe('what is disposed of, mixed up, or used where it does not belong', () => {
  const dense = () => hd.layers.dense({ units: 4 });
  refuses([
    [
      'a step of a disposed optimizer',
      () => {
        const v = hd.variable(1);
        gone(hd.train.sgd(0.1)).minimize(() => v.square());
      },
      'optimizer is disposed',
    ],
    [
      'compiling with a disposed optimizer',
      () => {
        make().compile({ optimizer: gone(hd.train.sgd(0.1)), loss: 'hinge' });
      },
      'optimizer is disposed',
    ],
    ['reading a disposed variable', () => gone(hd.variable(1, true, 'gone1')).add(1), 'gone1'],
    [
      'assigning to a disposed variable',
      () => gone(hd.variable(1, true, 'gone2')).assign(2),
      'gone2',
    ],
    [
      'a symbol of a disposed layer',
      () => {
        const first = dense();
        const symbol = first.apply(input()) as hd.SymbolicTensor;
        first.dispose();
        on(symbol);
      },
      'disposed',
    ],
    [
      'adding a disposed layer',
      () => {
        hd.sequential({ layers: [hd.layers.dense({ units: 4, inputShape: [4] }), gone(dense())] });
      },
      'disposed',
    ],
    [
      'disposing of the model while it trains',
      async () => {
        const own = make();
        const callbacks = { onEpochEnd: () => void own.dispose() };
        await own.fit(x(), y(), { epochs: 3, verbose: 0, callbacks });
      },
      'disposed',
    ],
    [
      'a Sequential in itself',
      () => {
        const own = hd.sequential({ layers: [hd.layers.dense({ units: 4, inputShape: [4] })] });
        own.add(own);
      },
      'itself',
    ],
    [
      'a Sequential in a model that is in it',
      () => {
        const own = hd.sequential({ layers: [hd.layers.dense({ units: 4, inputShape: [4] })] });
        own.add(hd.sequential({ layers: [own] }));
      },
      'itself',
    ],
    [
      'the weights of another model',
      () => {
        const other = hd.sequential({ layers: [hd.layers.dense({ units: 5, inputShape: [4] })] });
        uncompiled.setWeights(other.getWeights());
      },
      '4,3',
      '4,5',
    ],
    [
      'two layers of one name',
      () => {
        const at = input();
        const named = () => hd.layers.dense({ units: 4, name: 'same' });
        hd.model({ inputs: at, outputs: named().apply(named().apply(at)) as hd.SymbolicTensor });
      },
      'same',
    ],
    [
      'a traced tensor used after',
      () => {
        let kept: hd.Tensor | undefined;
        traced((t) => (kept = hd.keep(t.mul(2)))).predict(x());
        kept!.add(1).dataSync();
      },
      'traced',
    ],
    [
      'a traced tensor disposed of in call',
      () => {
        traced((t) => {
          t.dispose();
          return t.mul(2);
        }).predict(x());
      },
      'disposed',
    ],
    [
      'a model that predicts inside of call',
      () => {
        traced((t) => model.predict(t) as hd.Tensor).predict(x());
      },
      'values',
    ],
    ['an asynchronous function in jit', () => hd.jit(async (a: hd.Tensor) => a)(x()), 'promise'],
    ['a disposed tensor in jit', () => hd.jit((a: hd.Tensor) => a.mul(2))(disposed), 'disposed'],
    [
      'rows that a table does not have',
      () => {
        hd.layers
          .embedding({ inputDim: 3, outputDim: 2 })
          .apply(hd.tensor2d([[5]], [1, 1], 'int32'));
      },
      '5',
      '3',
    ],
  ]);

  it('disposing twice does nothing', () => {
    for (const thing of [make(), hd.ones([2]), hd.variable(1), hd.train.sgd(0.1), dense()]) {
      thing.dispose();
      thing.dispose();
    }
  });

  it('disposing of an optimizer or of data leaves what uses them at work', async () => {
    const own = make();
    const optimizer = hd.train.adam(0.1);
    own.compile({ optimizer, loss: 'meanSquaredError' });
    optimizer.dispose();
    expect(Number.isFinite(await own.trainOnBatch(x(), y()))).toBe(true);
    const data = x();
    const callbacks = { onEpochEnd: () => void data.dispose() };
    const { epoch } = await own.fit(data, y(), { epochs: 3, verbose: 0, callbacks });
    expect(epoch).toEqual([0, 1, 2]);
  });

  it('fit() within fit() is refused', async () => {
    const own = make();
    const callbacks = {
      onEpochEnd: async () => void (await own.fit(x(), y(), { verbose: 0 })),
    };
    const outer = own.fit(x(), y(), { epochs: 2, verbose: 0, callbacks });
    await expect(outer).rejects.toThrow(/another fit\(\) call is ongoing/);
  });

  it('what a callback throws ends fit(), and the model trains on', async () => {
    const own = make();
    const callbacks = {
      onEpochEnd: () => {
        throw new RangeError('mine');
      },
    };
    await expect(own.fit(x(), y(), { verbose: 0, callbacks })).rejects.toThrow('mine');
    expect((await own.fit(x(), y(), { verbose: 0 })).epoch).toEqual([0]);
  });
});

describe('variables, optimizers, gradients, scopes', () => {
  const rate = () => hd.train.sgd(0.1);
  refuses([
    ['a variable of nothing', () => hd.variable(any(undefined)), 'initialValue'],
    ['a variable of another dtype', () => hd.variable(1, true, 'v1', any('float16')), 'float16'],
    ['a word for trainable', () => hd.variable(1, any('x')), 'trainable', 'x'],
    ['assigning nothing', () => hd.variable([1]).assign(any(undefined)), 'newValue'],
    ['assigning another shape', () => hd.variable([1, 2]).assign([1]), '[2]', '[1]'],
    ['a rate of NaN', () => hd.train.adam(NaN), 'learningRate', 'NaN'],
    ['a word for a rate', () => hd.train.sgd(any('x')), 'learningRate'],
    ['setting a rate of NaN', () => rate().setLearningRate(NaN), 'learningRate', 'NaN'],
    ['gradients of nothing', () => rate().applyGradients(any(undefined)), 'applyGradients()'],
    ['gradients of no variable', () => rate().applyGradients({ nowhere: x() }), 'nowhere'],
    ['minimizing nothing', () => rate().minimize(any(undefined)), 'function'],
    ['minimizing what no variable moves', () => rate().minimize(() => x().sum()), 'variable'],
    [
      'minimizing a vector',
      () => {
        const v = hd.variable([1, 2]);
        rate().minimize(() => v.mul(2));
      },
      'scalar',
    ],
    ['the gradient of no function', () => hd.grad(any(3)), 'function'],
    ['the gradient of what is not used', () => hd.grad(() => hd.scalar(1))(hd.scalar(2)), 'x[0]'],
    ['a gradient of another shape', () => hd.grad((a) => a.mul(2))(x(), y()), 'dy'],
    ['tidy of no function', () => hd.tidy(any(3)), 'tidy()'],
    ['jit of no function', () => hd.jit(any(3)), 'jit()'],
    ['a typo of earlyStopping', () => hd.callbacks.earlyStopping(any({ patiance: 1 })), 'patiance'],
    ['a NaN patience', () => hd.callbacks.earlyStopping({ patience: NaN }), 'patience', 'NaN'],
    ['a typo of a regularizer', () => hd.regularizers.l2(any({ l1: 1 })), "'l1'"],
    ['a typo of a constraint', () => hd.constraints.maxNorm(any({ max: 1 })), "'max'"],
    ['a typo of an initializer', () => hd.initializers.randomNormal(any({ stdev: 1 })), 'stdev'],
    ['another build', () => hd.ready({ build: any('relaxd') }), 'relaxd'],
    ['a typo of ready()', () => hd.ready(any({ thraeds: 1 })), 'thraeds'],
  ]);
});
