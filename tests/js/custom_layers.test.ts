// Layers written in JavaScript: what the class may define, when its code runs, what it is told.
import { beforeAll, describe, expect, it, vi } from 'vitest';
import * as hd from 'heddle';
import { expectValueError, expectValues, random, rejectionOf, start, values } from './support';

beforeAll(start);

type Inputs = hd.Tensor | hd.Tensor[];
const only = (inputs: Inputs): hd.Tensor => (Array.isArray(inputs) ? inputs[0]! : inputs);
const symbolic = (value: unknown) => value as hd.SymbolicTensor;

/** x · w + b, that counts how often its code runs, and for what. */
class Counted extends hd.layers.Layer {
  static override readonly className: string = 'Counted';
  readonly runs: string[] = [];
  builds = 0;
  w!: hd.LayerVariable;

  override build(inputShape: hd.Shape): void {
    this.builds++;
    this.w = this.addWeight('w', [inputShape.at(-1)!, 2], 'float32', 'glorotUniform');
    super.build(inputShape);
  }
  override call(inputs: Inputs, kwargs: hd.CallArgs): hd.Tensor {
    const x = only(inputs);
    this.runs.push(`${x.shape} ${kwargs.training === true ? 'training' : 'inference'}`);
    return x.matMul(this.w.read()).tanh();
  }
  override computeOutputShape(inputShape: hd.Shape): hd.Shape {
    return [...inputShape.slice(0, -1), 2];
  }
}

function modelOf(layer: hd.Layer, shape: number[]): hd.LayersModel {
  const input = hd.input({ shape });
  return hd.model({ inputs: input, outputs: symbolic(layer.apply(input)) });
}

describe('JavaScript runs only while tracing', () => {
  it('once for each shape and training flag, however many steps are trained', async () => {
    const layer = new Counted();
    const model = modelOf(layer, [3]);
    model.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    expect(layer.runs, 'making a model with a declared output shape runs nothing').toEqual([]);

    const [x, y] = [random([16, 3], 1), random([16, 2], 2)];
    const before = values(layer.w.read());
    for (let step = 0; step < 50; step++) await model.trainOnBatch(x, y);
    expect(layer.runs).toEqual(['16,3 training']);
    expect(values(layer.w.read())).not.toEqual(before);

    await model.fit(x, y, { epochs: 50, batchSize: 16, verbose: 0 });
    expect(layer.runs).toEqual(['16,3 training']);
    // A last batch that is not full is another shape.
    await model.fit(x, y, { epochs: 5, batchSize: 12, verbose: 0 });
    expect(layer.runs.slice(1).sort()).toEqual(['12,3 training', '4,3 training']);

    layer.runs.length = 0;
    for (let i = 0; i < 10; i++) model.predict(x);
    expect(layer.runs).toEqual(['16,3 inference']);
    for (let i = 0; i < 10; i++) model.evaluate(x, y);
    expect(layer.runs.length).toBeLessThanOrEqual(2);
    expect(new Set(layer.runs)).toEqual(new Set(['16,3 inference']));
    expect(layer.builds).toBe(1);
  });

  it('once for each call of a shared layer', async () => {
    const layer = new Counted();
    const inputs = [hd.input({ shape: [3] }), hd.input({ shape: [3] })];
    const outputs = inputs.map((input) => symbolic(layer.apply(input)));
    const model = hd.model({ inputs, outputs });
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const [x, y] = [random([8, 3], 1), random([8, 2], 2)];
    for (let step = 0; step < 50; step++) await model.trainOnBatch([x, x], [y, y]);
    expect(layer.runs).toEqual(['8,3 training', '8,3 training']);
  });

  it('loss functions and metrics too', async () => {
    const loss = vi.fn((yTrue: hd.Tensor, yPred: hd.Tensor) => yTrue.sub(yPred).square().mean());
    const metric = vi.fn((yTrue: hd.Tensor, yPred: hd.Tensor) => yTrue.sub(yPred).abs().mean(-1));
    const model = modelOf(new Counted(), [3]);
    model.compile({ optimizer: 'sgd', loss, metrics: [metric] });
    const [x, y] = [random([8, 3], 1), random([8, 2], 2)];
    for (let step = 0; step < 50; step++) await model.trainOnBatch(x, y);
    expect(loss).toHaveBeenCalledTimes(1);
    expect(metric).toHaveBeenCalledTimes(1);
  });

  it('a layer without computeOutputShape has its shape found by tracing', () => {
    class Widened extends hd.layers.Layer {
      static override readonly className: string = 'Widened';
      override call(inputs: Inputs): hd.Tensor {
        const x = only(inputs);
        return hd.concat([x, x.square(), x.abs()], -1);
      }
    }
    const model = modelOf(new Widened(), [4]);
    expect(model.outputs[0]!.shape).toEqual([null, 12]);
    expectValues(model.predict(hd.tensor2d([[1, -2, 3, -4]])) as hd.Tensor, [
      ...[1, -2, 3, -4, 1, 4, 9, 16],
      ...[1, 2, 3, 4],
    ]);
  });
});

describe('code that depends on values', () => {
  /** Scales by the largest element: a number that only values tell. */
  class Peeking extends hd.layers.Layer {
    static override readonly className: string = 'Peeking';
    override call(inputs: Inputs): hd.Tensor {
      const x = only(inputs);
      const largest = x.abs().max().dataSync()[0]!;
      return x.div(largest);
    }
    override computeOutputShape(inputShape: hd.Shape): hd.Shape {
      return inputShape;
    }
  }
  const scene = () => {
    const input = hd.input({ shape: [2] });
    const dense = hd.layers.dense({ units: 2, kernelInitializer: 'identity' });
    const outputs = symbolic(new Peeking().apply(dense.apply(input)));
    return hd.model({ inputs: input, outputs });
  };
  const [x, y] = [
    () =>
      hd.tensor2d([
        [1, 2],
        [3, 4],
      ]),
    () => hd.zeros([2, 2]),
  ];

  it('is an error while tracing, which says why and what to do', async () => {
    const model = scene();
    expectValueError(() => model.predict(x()), 'runEagerly: true');
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const error = await rejectionOf(() => model.trainOnBatch(x(), y()));
    expect(error).toBeInstanceOf(hd.ValueError);
    expect(error.message).toMatch(/value/);
    expect(error.message).toContain('compile({runEagerly: true})');
  });

  it('runs on values: at once, and in models compiled to run eagerly', async () => {
    expectValues(new Peeking().apply(x()) as hd.Tensor, [0.25, 0.5, 0.75, 1]);
    const model = scene();
    model.compile({ optimizer: hd.train.sgd(0.1), loss: 'meanSquaredError', runEagerly: true });
    expectValues(model.predict(x()) as hd.Tensor, [0.25, 0.5, 0.75, 1]);
    const first = (await model.trainOnBatch(x(), y())) as number;
    expect(first).toBeCloseTo((0.25 ** 2 + 0.5 ** 2 + 0.75 ** 2 + 1) / 4, 5);
    const { history } = await model.fit(x(), y(), { epochs: 5, verbose: 0 });
    expect(history.loss).toHaveLength(5);
    expect(model.evaluate(x(), y())).toBeInstanceOf(hd.Tensor);
  });

  it('runEagerly gives the numbers that tracing gives', async () => {
    const losses: number[][] = [];
    for (const runEagerly of [false, true]) {
      const layer = new Counted();
      const model = modelOf(layer, [3]);
      layer.w.write(random([3, 2], 5));
      model.compile({ optimizer: 'adam', loss: 'meanSquaredError', runEagerly });
      const list: number[] = [];
      for (let step = 0; step < 6; step++) {
        list.push((await model.trainOnBatch(random([8, 3], step), random([8, 2], 9))) as number);
      }
      expect(layer.runs).toHaveLength(runEagerly ? 6 : 1);
      losses.push(list);
    }
    losses[0]!.forEach((loss, i) => expect(losses[1]![i]).toBeCloseTo(loss, 5));
  });
});

describe('what a class may have', () => {
  it('layers as attributes, in lists, in objects, in lists of objects', async () => {
    class Tree extends hd.layers.Layer {
      static override readonly className: string = 'Tree';
      readonly one = hd.layers.dense({ units: 3, activation: 'tanh' });
      readonly list = [1, 2].map(() => hd.layers.dense({ units: 3, useBias: false }));
      readonly parts = { gate: hd.layers.dense({ units: 3, activation: 'sigmoid' }), depth: 2 };
      readonly deep = [{ norm: [hd.layers.layerNormalization()] }];
      override call(inputs: Inputs): hd.Tensor {
        let y = this.one.apply(only(inputs)) as hd.Tensor;
        for (const layer of this.list) y = layer.apply(y) as hd.Tensor;
        y = y.mul(this.parts.gate.apply(only(inputs)) as hd.Tensor);
        return this.deep[0]!.norm[0]!.apply(y) as hd.Tensor;
      }
    }
    const layer = new Tree();
    const model = modelOf(layer, [2]);
    const expected = [[2, 3], [3], [3, 3], [3, 3], [2, 3], [3], [3], [3]];
    expect(layer.weights.map(({ shape }) => shape)).toEqual(expected);
    expect(model.countParams()).toBe(9 + 9 + 9 + 9 + 6);
    expect(new Set(layer.weights.map(({ name }) => name)).size).toBe(expected.length);
    const before = model.getWeights().map(values);
    model.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    await model.fit(random([16, 2], 1), random([16, 3], 2), { epochs: 2, verbose: 0 });
    model.getWeights().forEach((weight, i) => expect(values(weight)).not.toEqual(before[i]));
    layer.parts.gate.trainable = false;
    expect(layer.trainableWeights).toHaveLength(6);
    layer.trainable = false;
    expect(layer.trainableWeights).toHaveLength(0);
    expect(layer.weights).toHaveLength(8);
  });

  it('weights that call writes: a count of the training steps', async () => {
    class Steps extends hd.layers.Layer {
      static override readonly className: string = 'Steps';
      count!: hd.LayerVariable;
      override build(inputShape: hd.Shape): void {
        this.count = this.addWeight('count', [], 'float32', 'zeros', null, false);
        super.build(inputShape);
      }
      override call(inputs: Inputs, kwargs: hd.CallArgs): hd.Tensor {
        if (kwargs.training) this.count.write(this.count.read().add(1));
        return only(inputs).mul(1);
      }
    }
    const layer = new Steps();
    const input = hd.input({ shape: [2] });
    const dense = hd.layers.dense({ units: 2 });
    const outputs = symbolic(dense.apply(symbolic(layer.apply(input))));
    const model = hd.model({ inputs: input, outputs });
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const [x, y] = [random([8, 2], 1), random([8, 2], 2)];
    await model.fit(x, y, { epochs: 3, batchSize: 4, verbose: 0 });
    model.predict(x);
    model.evaluate(x, y);
    expectValues(layer.count.read(), [6]);
    expect(layer.trainableWeights).toEqual([]);
    expect(layer.nonTrainableWeights).toEqual([layer.count]);
  });

  it('random ops that draw anew in each step', () => {
    class Noise extends hd.layers.Layer {
      static override readonly className: string = 'Noise';
      override call(inputs: Inputs): hd.Tensor {
        const x = only(inputs);
        return x.add(hd.randomNormal(x.shape));
      }
    }
    const model = modelOf(new Noise(), [5]);
    const draws = [1, 2, 3].map(() => values(model.predict(hd.zeros([2, 5])) as hd.Tensor));
    expect(draws[0]).not.toEqual(draws[1]);
    expect(draws[1]).not.toEqual(draws[2]);
  });

  it('arguments of apply, tensors among them', () => {
    class Blend extends hd.layers.Layer {
      static override readonly className: string = 'Blend';
      override call(inputs: Inputs, kwargs: hd.CallArgs): hd.Tensor {
        const other = kwargs['other'] as hd.Tensor;
        return only(inputs)
          .mul(kwargs['share'] as number)
          .add(other);
      }
      override computeOutputShape(inputShape: hd.Shape): hd.Shape {
        return inputShape;
      }
    }
    const layer = new Blend();
    const [a, b] = [hd.input({ shape: [2] }), hd.input({ shape: [2] })];
    const model = hd.model({
      inputs: [a, b],
      outputs: symbolic(layer.apply(a, { share: 3, other: b })),
    });
    const [x, y] = [hd.tensor2d([[1, 2]]), hd.tensor2d([[10, 20]])];
    expectValues(model.predict([x, y]) as hd.Tensor, [13, 26]);
    expectValues(layer.apply(x, { share: 2, other: y }) as hd.Tensor, [12, 24]);
  });

  it('several inputs and several outputs', async () => {
    class SumAndProduct extends hd.layers.Layer {
      static override readonly className: string = 'SumAndProduct';
      override call(inputs: Inputs): hd.Tensor[] {
        const [a, b] = inputs as [hd.Tensor, hd.Tensor];
        return [a.add(b), a.mul(b)];
      }
      override computeOutputShape(inputShape: hd.Shape[]): hd.Shape[] {
        return [inputShape[0]!, inputShape[1]!];
      }
    }
    const inputs = [hd.input({ shape: [2] }), hd.input({ shape: [2] })];
    const outputs = new SumAndProduct().apply(inputs) as hd.SymbolicTensor[];
    expect(outputs).toHaveLength(2);
    const model = hd.model({ inputs, outputs });
    const [sum, product] = model.predict([hd.tensor2d([[1, 2]]), hd.tensor2d([[3, 4]])]) as [
      hd.Tensor,
      hd.Tensor,
    ];
    expectValues(sum, [4, 6]);
    expectValues(product, [3, 8]);
  });

  it('losses and values for the logs, added in call', async () => {
    class Active extends hd.layers.Layer {
      static override readonly className: string = 'Active';
      override call(inputs: Inputs): hd.Tensor {
        const x = only(inputs);
        this.addLoss(x.square().mean().mul(0.5) as hd.Scalar);
        this.addMetric(x.max(), 'largest');
        return x.mul(1);
      }
      override computeOutputShape(inputShape: hd.Shape): hd.Shape {
        return inputShape;
      }
    }
    const model = modelOf(new Active(), [2]);
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const x = hd.tensor2d([[1, 3]]);
    const { history } = await model.fit(x, x, { epochs: 1, verbose: 0 });
    expect(history.loss![0]).toBeCloseTo(0.5 * 5, 5);
    expect(history['largest']![0]).toBeCloseTo(3, 5);
  });

  it('masks: passes on, makes, ends them', () => {
    /** Makes a mask of what is not 0. */
    class MaskZero extends hd.layers.Layer {
      static override readonly className: string = 'MaskZero';
      override supportsMasking = true;
      override call(inputs: Inputs): hd.Tensor {
        return only(inputs).mul(1);
      }
      override computeMask(inputs: Inputs): hd.Tensor {
        return only(inputs).notEqual(0).any(-1);
      }
    }
    /** Counts what the mask leaves, [batch, 1]. */
    class CountSteps extends hd.layers.Layer {
      static override readonly className: string = 'CountSteps';
      override call(inputs: Inputs, kwargs: hd.CallArgs): hd.Tensor {
        const mask = (Array.isArray(kwargs.mask) ? kwargs.mask[0] : kwargs.mask) ?? null;
        const ones = only(inputs).mean(-1).mul(0).add(1);
        return (mask === null ? ones : ones.mul(mask.toFloat())).sum(1, true);
      }
      override computeOutputShape(inputShape: hd.Shape): hd.Shape {
        return [inputShape[0]!, 1];
      }
      override computeMask(): null {
        return null;
      }
    }
    const model = (...layers: hd.Layer[]) => {
      const input = hd.input({ shape: [4, 2] });
      const output = layers.reduce((x, layer) => symbolic(layer.apply(x)), input);
      return hd.model({ inputs: input, outputs: output });
    };
    const x = hd.tensor3d([
      [
        [1, 0],
        [0, 0],
        [2, 2],
        [0, 0],
      ],
    ]);
    expectValues(model(new CountSteps()).predict(x) as hd.Tensor, [4]);
    expectValues(model(new MaskZero(), new CountSteps()).predict(x) as hd.Tensor, [2]);
  });

  it('a class of ours to derive from', async () => {
    class Doubled extends hd.layers.Dense {
      static override readonly className: string = 'Doubled';
      override call(inputs: Inputs, kwargs: hd.CallArgs): hd.Tensor {
        return (super.call(inputs, kwargs) as hd.Tensor).mul(2);
      }
    }
    const layer = new Doubled({ units: 3 });
    const x = random([4, 2], 1);
    const model = modelOf(layer, [2]);
    const plain = hd.layers.dense({ units: 3 });
    plain.apply(x);
    plain.setWeights(layer.getWeights());
    const expected = values((plain.apply(x) as hd.Tensor).mul(2));
    expectValues(layer.apply(x) as hd.Tensor, expected);
    expectValues(model.predict(x) as hd.Tensor, expected);
    expect(layer.getConfig()).toMatchObject({ units: 3 });
    expect(layer.countParams()).toBe(9);
  });
});

describe('what a class does wrong', () => {
  const wrong = (call: (x: hd.Tensor) => unknown) => {
    class Wrong extends hd.layers.Layer {
      static override readonly className: string = 'Wrong';
      override call(inputs: Inputs): hd.Tensor {
        return call(only(inputs)) as hd.Tensor;
      }
      override computeOutputShape(inputShape: hd.Shape): hd.Shape {
        return inputShape;
      }
    }
    return new Wrong({ name: 'wrong' });
  };

  it.each([
    ['returns nothing', () => undefined],
    ['returns a number', () => 3],
    ['returns a promise', () => Promise.resolve(1)],
    ['returns an empty list', () => []],
  ])('%s: a ValueError that names the layer', (_, call) => {
    expectValueError(() => wrong(call).apply(hd.zeros([2, 3])), "'wrong'");
    const model = () => modelOf(wrong(call), [3]).predict(hd.zeros([2, 3]));
    expectValueError(model, 'wrong');
  });

  it('throws in call: its own error comes through, and all else works on', () => {
    let broken = true;
    const layer = wrong((x) => {
      if (broken) throw new RangeError('as the class says');
      return x.mul(2);
    });
    const other = modelOf(new Counted(), [3]);
    const x = random([2, 3], 1);
    const before = values(other.predict(x) as hd.Tensor);
    const model = modelOf(layer, [3]);
    expect(() => layer.apply(x)).toThrow(RangeError);
    expect(() => model.predict(x)).toThrow('as the class says');
    expectValues(other.predict(x) as hd.Tensor, before);
    broken = false;
    expectValues(model.predict(x) as hd.Tensor, values(x.mul(2)));
  });

  it('makes weights of impossible shapes', () => {
    class BadWeight extends hd.layers.Layer {
      static override readonly className: string = 'BadWeight';
      readonly shape: unknown;
      constructor(shape: unknown) {
        super({ name: 'bad' });
        this.shape = shape;
      }
      override build(inputShape: hd.Shape): void {
        this.addWeight('w', this.shape as number[]);
        super.build(inputShape);
      }
    }
    for (const shape of [[null, 2], [-1], [2.5], [NaN], 'three', 3]) {
      expectValueError(() => new BadWeight(shape).apply(hd.zeros([2, 3])), "'w'", 'bad');
    }
  });

  it('throws in build: nothing is left, and the next try builds', () => {
    let fail = true;
    class Once extends hd.layers.Layer {
      static override readonly className: string = 'Once';
      override build(inputShape: hd.Shape): void {
        this.addWeight('w', [2]);
        if (fail) throw new RangeError('not yet');
        super.build(inputShape);
      }
    }
    const layer = new Once();
    expect(() => layer.apply(hd.zeros([1, 2]))).toThrow('not yet');
    expect(layer.built).toBe(false);
    fail = false;
    layer.apply(hd.zeros([1, 2]));
    expect(layer.built).toBe(true);
    expect(layer.weights).toHaveLength(1);
  });
});
