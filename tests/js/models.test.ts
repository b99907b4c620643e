// Models: building them, compiling, predicting, evaluating, what they refuse.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { errorOf, expectValueError, expectValues, random, rejectionOf, start } from './support';
import { values } from './support';

beforeAll(start);

const symbolic = (value: unknown) => value as hd.SymbolicTensor;
const tensor = (value: unknown) => value as hd.Tensor;

function mlp() {
  return hd.sequential({
    layers: [
      hd.layers.dense({ units: 5, activation: 'tanh', inputShape: [4] }),
      hd.layers.dense({ units: 3 }),
    ],
  });
}

function twoByTwo() {
  const inputs = [hd.input({ shape: [2], name: 'left' }), hd.input({ shape: [3], name: 'right' })];
  const joined = symbolic(hd.layers.concatenate().apply(inputs));
  const outputs = ['a', 'b'].map((name, i) =>
    symbolic(hd.layers.dense({ units: i + 1, name }).apply(joined)),
  );
  return hd.model({ inputs, outputs });
}

describe('model()', () => {
  it('knows its inputs, outputs and layers', () => {
    const model = twoByTwo();
    expect(model.inputNames).toEqual(['left', 'right']);
    expect(model.outputNames).toEqual(['a', 'b']);
    expect(model.inputs.map(({ shape }) => shape)).toEqual([
      [null, 2],
      [null, 3],
    ]);
    expect(model.outputShape).toEqual([
      [null, 1],
      [null, 2],
    ]);
    expect(model.layers.map((layer) => layer.getClassName())).toEqual([
      'InputLayer',
      'InputLayer',
      'Concatenate',
      'Dense',
      'Dense',
    ]);
    expect(model.name).toMatch(/^model\d+$/);
    expect(model.countParams()).toBe(5 + 1 + 10 + 2);
    expect(model.input).toEqual(model.inputs);
  });

  it('getLayer by name and by place', () => {
    const model = twoByTwo();
    expect(model.getLayer('a')).toBe(model.layers[3]);
    expect(model.getLayer(3)).toBe(model.layers[3]);
    expect(model.getLayer(null, 3)).toBe(model.layers[3]);
    expectValueError(() => model.getLayer('nope'), 'No such layer: ', 'nope');
    expectValueError(() => model.getLayer(9), '9');
  });

  it('refuses graphs that are none', () => {
    const [a, b] = [hd.input({ shape: [2] }), hd.input({ shape: [2] })];
    const y = symbolic(hd.layers.add().apply([a, b]));
    expectValueError(() => hd.model({ inputs: a, outputs: y }), 'disconnected');
    const same = [1, 2].map(() => symbolic(hd.layers.dense({ units: 1, name: 'twin' }).apply(a)));
    expectValueError(() => hd.model({ inputs: a, outputs: same }), 'twin', 'unique');
    expectValueError(() => hd.model({ inputs: y, outputs: y }), 'input');
    expectValueError(() => hd.model({ inputs: [], outputs: y }), 'input');
    expectValueError(() => hd.input({} as object), 'shape');
    expectValueError(() => hd.input({ shape: [2], sise: 3 } as object), 'sise');
  });

  it('is a layer: called, nested and counted like one', () => {
    const inner = mlp();
    const [a, b] = [hd.input({ shape: [4] }), hd.input({ shape: [4] })];
    const outputs = [a, b].map((x) => symbolic(inner.apply(x)));
    const model = hd.model({ inputs: [a, b], outputs });
    expect(inner.calls).toHaveLength(2);
    expect(model.countParams()).toBe(inner.countParams());
    expect(model.layers).toContain(inner);
    expect(inner.users).toContain(model);
    expect(inner.layers[0]!.users).toEqual(expect.arrayContaining([inner, model]));
    const x = random([3, 4], 1);
    const [left, right] = model.predict([x, x]) as hd.Tensor[];
    expect(values(left!)).toEqual(values(right!));
    expect(values(tensor(inner.apply(x)))).toEqual(values(left!));
  });

  it('a Sequential comes back from its configuration, with weights of its own', () => {
    const model = mlp();
    const twin = hd.Sequential.fromConfig(model.getConfig());
    expect(twin).toBeInstanceOf(hd.Sequential);
    expect(twin.getConfig()).toEqual(model.getConfig());
    twin.layers.forEach((layer, i) => expect(layer).not.toBe(model.layers[i]));
    const x = random([2, 4], 1);
    twin.setWeights(model.getWeights());
    expect(values(tensor(twin.predict(x)))).toEqual(values(tensor(model.predict(x))));
  });

  it('a functional model comes back with its sharing, nested models and arguments', () => {
    const [a, b] = [hd.input({ shape: [4] }), hd.input({ shape: [4] })];
    const shared = hd.layers.dense({ units: 3, activation: 'tanh', name: 'shared' });
    const inside = hd.input({ shape: [3] });
    const inner = hd.model({
      inputs: inside,
      outputs: hd.layers.dense({ units: 3 }).apply(inside) as hd.SymbolicTensor,
      name: 'inner',
    });
    const left = inner.apply(shared.apply(a)) as hd.SymbolicTensor;
    const noisy = hd.layers.dropout({ rate: 0.5 }).apply(shared.apply(b), { training: true });
    const sum = hd.layers.add().apply([left, noisy as hd.SymbolicTensor]) as hd.SymbolicTensor;
    const model = hd.model({ inputs: [a, b], outputs: [sum, left] });
    const twin = hd.LayersModel.fromConfig(model.getConfig());
    expect(twin.getConfig()).toEqual(model.getConfig());
    expect(twin.getLayer('shared').calls).toHaveLength(2);
    expect(twin.countParams()).toBe(model.countParams());
    twin.setWeights(model.getWeights());
    const x = [random([2, 4], 1), random([2, 4], 2)];
    const second = (m: hd.LayersModel) => values((m.predict(x) as hd.Tensor[])[1]!);
    expect(second(twin)).toEqual(second(model));
    const drops = (m: hd.LayersModel) => values((m.predict(x) as hd.Tensor[])[0]!).join();
    expect(drops(twin)).not.toBe(drops(twin)); // training: true stays with the call
    expectValueError(() => hd.model({} as hd.ContainerArgs), 'model({inputs, outputs})');
    expectValueError(() => hd.LayersModel.fromConfig({ name: 'x' }), "'layers'");
  });

  it('configurations of models are plain', () => {
    for (const model of [mlp(), twoByTwo()]) {
      const config = model.getConfig();
      expect(JSON.parse(JSON.stringify(config))).toEqual(config);
      expect(config.name).toBe(model.name);
    }
  });
});

describe('sequential()', () => {
  it('grows and shrinks', () => {
    const model = hd.sequential();
    model.add(hd.layers.dense({ units: 3, inputShape: [2] }));
    model.add(hd.layers.dense({ units: 4 }));
    const x = random([2, 2], 1);
    expect(tensor(model.predict(x)).shape).toEqual([2, 4]);
    model.pop();
    expect(model.layers).toHaveLength(1);
    expect(tensor(model.predict(x)).shape).toEqual([2, 3]);
    expect(model.name).toMatch(/^sequential_\d+$/);
  });

  it('has to be compiled anew after that', async () => {
    const model = mlp();
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    model.add(hd.layers.dense({ units: 1 }));
    const error = await rejectionOf(() => model.trainOnBatch(hd.zeros([1, 4]), hd.zeros([1, 1])));
    expect(error.message).toContain('compiled before being used');
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    expect(await model.trainOnBatch(hd.zeros([1, 4]), hd.zeros([1, 1]))).toBeTypeOf('number');
  });

  it('refuses what does not stack', () => {
    expectValueError(
      () => hd.sequential({ layers: [hd.layers.dense({ units: 1 })] }),
      'inputShape',
    );
    expectValueError(() => hd.sequential().add({} as hd.Layer), 'takes a layer');
    expectValueError(() => hd.sequential().pop(), 'no layers');
    const empty = hd.sequential();
    expectValueError(() => empty.compile({ optimizer: 'sgd', loss: 'meanSquaredError' }), 'layers');
    expect(() => empty.predict(hd.zeros([1, 1]))).toThrow(hd.HeddleError);
  });
});

describe('summary', () => {
  it('prints a line at a time', () => {
    const lines: string[] = [];
    const model = mlp();
    model.summary(undefined, undefined, (line) => lines.push(line));
    expect(lines.join('\n')).toContain(`${model.layers[0]!.name} (Dense)`);
    expect(lines).toContain('Total params: 43');
    expect(lines.every((line) => !line.includes('\n'))).toBe(true);
  });
});

describe('compile', () => {
  const compile = (args: object) => () => mlp().compile(args as hd.ModelCompileArgs);

  it('refuses unknown names and what is missing', () => {
    expectValueError(compile({ optimizer: 'sdg', loss: 'meanSquaredError' }), 'sdg');
    expectValueError(compile({ optimizer: 'sgd', loss: 'meanSquareError' }), 'meanSquareError');
    expectValueError(compile({ optimizer: 'sgd' }), 'loss');
    expectValueError(compile({ loss: 'meanSquaredError' }), 'optimizer');
    const good = { optimizer: 'sgd', loss: 'meanSquaredError' };
    expectValueError(compile({ ...good, metrics: ['acuracy'] }), 'acuracy');
    expectValueError(compile({ ...good, metric: ['accuracy'] }), 'metric');
    expectValueError(compile({ ...good, lossWeights: [1, 2] }), '1 output(s)');
    expect(errorOf(compile({ ...good, weightedMetrics: ['acc'] }))).toBeInstanceOf(
      hd.NotImplementedError,
    );
  });

  it('names the metrics', () => {
    const model = twoByTwo();
    model.compile({
      optimizer: 'sgd',
      loss: { a: 'meanSquaredError', b: 'meanAbsoluteError' },
      metrics: { a: ['mse', hd.metrics.meanAbsoluteError], b: 'accuracy' },
    });
    expect(model.metricsNames).toEqual([
      'loss',
      'a_loss',
      'b_loss',
      'a_mse',
      'a_meanAbsoluteError',
      'b_acc',
    ]);
    expect(model.optimizer.getClassName()).toBe('SGD');
  });

  it('takes an optimizer instance', () => {
    const model = mlp();
    const optimizer = hd.train.adam(0.01);
    model.compile({ optimizer, loss: 'meanSquaredError' });
    expect(model.optimizer).toBe(optimizer);
  });
});

describe('losses and metrics written in JavaScript', () => {
  it('train as those built in', async () => {
    const x = random([16, 4], 1);
    const y = random([16, 3], 2);
    const twins = [mlp(), mlp()];
    twins[1]!.setWeights(twins[0]!.getWeights());
    twins[0]!.compile({
      optimizer: hd.train.sgd(0.1),
      loss: (yTrue, yPred) => yTrue.sub(yPred).square().mean(-1),
      metrics: [
        function far_off(yTrue, yPred) {
          return yTrue.sub(yPred).abs().max(-1);
        },
      ],
    });
    twins[1]!.compile({ optimizer: hd.train.sgd(0.1), loss: 'meanSquaredError' });
    const tensors = hd.memory().numTensors;
    for (let i = 0; i < 5; i++) {
      const [loss, off] = (await twins[0]!.trainOnBatch(x, y)) as number[];
      expect(loss).toBeCloseTo((await twins[1]!.trainOnBatch(x, y)) as number, 5);
      expect(off).toBeGreaterThan(0);
    }
    expect(hd.memory().numTensors).toBe(tensors);
    expect(twins[0]!.metricsNames).toEqual(['loss', 'farOff']);
    twins[0]!.getWeights().forEach((weight, i) => {
      expectValues(weight, values(twins[1]!.getWeights()[i]!));
    });
  });

  it('may give a scalar', async () => {
    const model = mlp();
    model.compile({ optimizer: 'sgd', loss: (t, p) => t.sub(p).abs().mean() });
    const [x, y] = [random([8, 4], 1), random([8, 3], 2)];
    const expected = tensor(model.predict(x)).sub(y).abs().mean();
    expectValues(expected, [(await model.trainOnBatch(x, y)) as number]);
  });

  it('what they throw passes through, and everything works after', async () => {
    const model = mlp();
    const mine = new RangeError('mine');
    let broken = true;
    model.compile({
      optimizer: 'sgd',
      loss: (t, p) => {
        if (broken) throw mine;
        return t.sub(p).square().mean(-1);
      },
    });
    const [x, y] = [random([8, 4], 1), random([8, 3], 2)];
    const before = model.getWeights().map(values);
    expect(await rejectionOf(() => model.fit(x, y, { verbose: 0 }))).toBe(mine);
    expect(await rejectionOf(() => model.trainOnBatch(x, y))).toBe(mine);
    expect(errorOf(() => model.evaluate(x, y))).toBe(mine);
    expect(model.getWeights().map(values)).toEqual(before);
    // No trace is left open: ops run at once again.
    expectValues(hd.add([1], [2]), [3]);
    broken = false;
    const { history } = await model.fit(x, y, { verbose: 0 });
    expect(history.loss).toHaveLength(1);
  });

  it('have no values while traced, and must return a tensor', async () => {
    const [x, y] = [random([8, 4], 1), random([8, 3], 2)];
    const model = mlp();
    model.compile({ optimizer: 'sgd', loss: (t, p) => hd.scalar(p.sub(t).dataSync()[0]!) });
    expect((await rejectionOf(() => model.trainOnBatch(x, y))).message).toContain('traced');
    model.compile({ optimizer: 'sgd', loss: () => 3 as unknown as hd.Tensor });
    expect((await rejectionOf(() => model.trainOnBatch(x, y))).message).toContain(
      'return a tensor',
    );
    model.compile({ optimizer: 'sgd', loss: (t) => t });
    expect(await model.trainOnBatch(x, y)).toBeTypeOf('number'); // nothing to train, but a loss
  });
});

describe('predict', () => {
  it('in batches as at once', () => {
    const model = twoByTwo();
    const x = [random([50, 2], 1), random([50, 3], 2)];
    const whole = model.predict(x, { batchSize: 50 }) as hd.Tensor[];
    const parts = model.predict(x, { batchSize: 7 }) as hd.Tensor[];
    const once = model.predictOnBatch(x) as hd.Tensor[];
    whole.forEach((each, i) => {
      expectValues(parts[i]!, values(each), 1e-6);
      expectValues(once[i]!, values(each), 1e-6);
    });
  });

  it('takes data by name, and refuses what does not fit', () => {
    const model = twoByTwo();
    const [left, right] = [random([4, 2], 1), random([4, 3], 2)];
    const byName = model.predict({ right, left }) as hd.Tensor[];
    const inOrder = model.predict([left, right]) as hd.Tensor[];
    expect(byName.map(values)).toEqual(inOrder.map(values));
    expectValueError(() => model.predict(left), 'expects 2', '4,2', 'left, right');
    expectValueError(() => model.predict([left]), 'expects 2');
    expectValueError(() => model.predict({ left, wrong: right } as never), 'wrong');
    expectValueError(() => model.predict({ left } as never), '"right"');
    expectValueError(() => model.predict([left, random([5, 3], 1)]), '[4,2]', '[5,3]');
    expectValueError(() => model.predict([left, random([4, 4], 1)]), 'right', '[4,4]');
    expectValueError(() => model.predict([left, [1] as unknown as hd.Tensor]));
    expectValueError(() => model.predict([left, right], { batchSize: 0 }), 'batchSize');
    expectValueError(() => model.predict([left, right], { batch: 3 } as object), 'batch');
    expect((model.predict([left, right]) as hd.Tensor[])[0]!.shape).toEqual([4, 1]);
  });

  it('gives a tensor of rank 1 a second dimension', () => {
    const model = hd.sequential({ layers: [hd.layers.dense({ units: 2, inputShape: [1] })] });
    expect(tensor(model.predict(hd.tensor([1, 2, 3]))).shape).toEqual([3, 2]);
  });

  it('takes variables', () => {
    const v = hd.variable(random([2, 4], 1));
    const model = mlp();
    expect(values(tensor(model.predict(v)))).toEqual(values(tensor(model.predict(v.read()))));
  });
});

describe('evaluate', () => {
  it('is the mean over the samples, the last batch being smaller', () => {
    const model = mlp();
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError', metrics: ['mae'] });
    const [x, y] = [random([10, 4], 1), random([10, 3], 2)];
    const error = tensor(model.predict(x)).sub(y);
    for (const batchSize of [3, 10, 32]) {
      const [loss, mae] = model.evaluate(x, y, { batchSize }) as hd.Scalar[];
      expect(loss!.shape).toEqual([]);
      expectValues(loss!, values(error.square().mean()));
      expectValues(mae!, values(error.abs().mean()));
    }
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    expectValues(model.evaluate(x, y) as hd.Scalar, values(error.square().mean()));
    expectValueError(() => model.evaluate(x, y, { steps_: 1 } as object), 'steps_');
    expect(errorOf(() => model.evaluate(x, y, { sampleWeight: x } as object))).toBeInstanceOf(
      hd.NotImplementedError,
    );
  });

  it('wants a compiled model', () => {
    const error = errorOf(() => mlp().evaluate(hd.zeros([1, 4]), hd.zeros([1, 3])));
    expect(error).toBeInstanceOf(hd.HeddleError);
    expect(error.message).toContain('needs to be compiled before being used');
  });
});

describe('dispose', () => {
  it('frees a model and the layers that nobody else uses', () => {
    const before = hd.info().liveBytes;
    const shared = hd.layers.dense({ units: 4, inputShape: [4] });
    const [first, second] = [5, 6].map((units) => {
      const model = hd.sequential({ layers: [shared, hd.layers.dense({ units })] });
      model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
      tensor(model.predict(hd.zeros([2, 4]))).dispose();
      return model;
    });
    const x = random([2, 4], 1);
    const output = values(tensor(second!.predict(x)));
    first!.dispose();
    expectValueError(() => first!.predict(x), 'disposed');
    expect(shared.built).toBe(true);
    expect(values(tensor(second!.predict(x)))).toEqual(output);
    second!.dispose();
    expectValueError(() => shared.apply(x), 'disposed');
    x.dispose();
    expect(hd.info().liveBytes).toBeLessThanOrEqual(before + 200); // tensors not yet collected
  });
});
