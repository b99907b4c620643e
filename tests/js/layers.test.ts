// Layers by themselves: options, calls, weights, configurations, identity.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { expectValueError, expectValues, random, start, values } from './support';

beforeAll(start);

const dense = (units = 3) => hd.layers.dense({ units });
const symbolic = (value: unknown) => value as hd.SymbolicTensor;

describe('options', () => {
  it('unknown and wrong ones are refused by name', () => {
    expectValueError(() => hd.layers.dense({ units: 3, unit: 4 } as { units: number }), 'unit');
    expectValueError(() => hd.layers.dense({ units: 0 }), 'units', '0');
    expectValueError(() => hd.layers.dense({ units: 2.5 }), 'units');
    expectValueError(() => hd.layers.dense({} as { units: number }), 'units');
    expectValueError(() => hd.layers.dense({ units: 1, activation: 'relux' as 'relu' }), 'relux');
    expectValueError(
      () => hd.layers.dense({ units: 1, kernelInitializer: 'one' as 'ones' }),
      'one',
    );
    expectValueError(
      () => hd.layers.dense({ units: 1, activation: (() => 0) as unknown as 'relu' }),
      'activation',
      'function',
    );
    expectValueError(() => hd.layers.conv2d({ filters: 1 } as never), 'kernelSize');
  });

  it('unknown ones are refused', () => {
    expectValueError(() => hd.layers.dense({ units: 1, unit: 2 } as { units: number }), "'unit'");
  });

  it('initializers may be names or objects', () => {
    const layer = hd.layers.dense({
      units: 2,
      kernelInitializer: hd.initializers.constant({ value: 7 }),
      biasInitializer: 'ones',
    });
    expectValues(layer.apply(hd.ones([1, 3])) as hd.Tensor, [22, 22]);
  });

  it('weights gives first values', () => {
    const weights = [hd.fill([2, 1], 3), hd.tensor([5])];
    const layer = hd.layers.dense({ units: 1, weights });
    expectValues(layer.apply(hd.ones([1, 2])) as hd.Tensor, [11]);
    const inModel = hd.layers.dense({ units: 1, weights, inputShape: [2] });
    const model = hd.sequential({ layers: [inModel] });
    expectValues(model.predict(hd.ones([1, 2])) as hd.Tensor, [11]);
  });

  it('inputDim is the size of a one-dimensional input', () => {
    const model = hd.sequential({ layers: [hd.layers.dense({ units: 2, inputDim: 5 })] });
    expect(model.inputs[0]!.shape).toEqual([null, 5]);
  });
});

describe('names', () => {
  it('count up by class', () => {
    const [one, two] = [dense(), dense()];
    const number = (layer: hd.Layer) => Number(/^dense_Dense(\d+)$/.exec(layer.name)![1]);
    expect(number(two)).toBe(number(one) + 1);
    expect(hd.layers.maxPooling2d().name).toMatch(/^max_pooling2d_MaxPooling2D\d+$/);
    expect(hd.layers.dense({ units: 1, name: 'mine' }).name).toBe('mine');
    expect(hd.input({ shape: [1] }).name).toMatch(/^input\d+$/);
  });
});

describe('calls', () => {
  it('are recorded in order, and read one set of weights', () => {
    const layer = dense();
    expect([layer.built, layer.calls.length]).toEqual([false, 0]);
    const [a, b] = [hd.input({ shape: [4] }), hd.input({ shape: [4] })];
    const first = symbolic(layer.apply(a));
    const weights = layer.weights;
    const second = symbolic(layer.apply(b));
    expect(layer.weights).toEqual(weights);
    layer.weights.forEach((weight, i) => expect(weight).toBe(weights[i]));
    expect(layer.calls.map((call) => call.index)).toEqual([0, 1]);
    expect(layer.calls[0]!.inputs[0]).toBe(a);
    expect(layer.calls[1]!.outputs[0]).toBe(second);
    expect(layer.calls[1]!.inboundLayers[0]).toBe(b.sourceLayer);
    expect(layer.getInputAt(1)).toBe(b);
    expect(layer.getOutputAt(0)).toBe(first);
    expect(layer.outputShape).toEqual([null, 3]);
    expect(first.sourceLayer).toBe(layer);
    expect([second.nodeIndex, second.tensorIndex, second.rank, second.dtype]).toEqual([
      1,
      0,
      2,
      'float32',
    ]);
    expect(first.name).toBe(`${layer.name}/${layer.name}`);
    expect(second.name).toBe(`${layer.name}/${layer.name}_1`);
  });

  it('input and output are there for one call only', () => {
    const layer = dense();
    expectValueError(() => layer.output, layer.name, 'never been called');
    const a = hd.input({ shape: [4] });
    const y = layer.apply(a);
    expect(layer.input).toBe(a);
    expect(layer.output).toBe(y);
    layer.apply(hd.input({ shape: [4] }));
    expectValueError(() => layer.output, layer.name, 'getOutputAt(nodeIndex)');
    expectValueError(() => layer.input, layer.name, 'getInputAt(nodeIndex)');
    expectValueError(() => layer.getOutputAt(2), layer.name, '2');
  });

  it('outputShape wants all calls to agree', () => {
    const layer = hd.layers.dense({ units: 2 });
    layer.apply(hd.input({ shape: [4] }));
    layer.apply(hd.input({ shape: [5, 4] }));
    expectValueError(() => layer.outputShape, layer.name, 'different output shapes');
  });

  it('a layer called on its own output shares with itself', () => {
    const layer = dense(4);
    const x = hd.input({ shape: [4] });
    let y = symbolic(layer.apply(x));
    for (let i = 0; i < 50; i++) y = symbolic(layer.apply(y));
    expect(layer.calls).toHaveLength(51);
    expect(layer.calls[50]!.inputs[0]).toBe(layer.calls[49]!.outputs[0]);
    expect(hd.model({ inputs: x, outputs: y }).countParams()).toBe(20);
  });

  it('on tensors run at once, and leave no record', () => {
    const layer = dense();
    const x = random([5, 4], 1);
    const y = layer.apply(x) as hd.Tensor;
    expect(y.shape).toEqual([5, 3]);
    expect(layer.calls).toHaveLength(0);
    const [kernel, bias] = layer.getWeights();
    expectValues(y, values(x.matMul(kernel!).add(bias!)));
  });

  it('refuse a mixture, and arguments that nobody knows', () => {
    const layer = dense();
    const mixed = [hd.input({ shape: [4] }), hd.zeros([1, 4])] as unknown as hd.Tensor[];
    expectValueError(() => layer.apply(mixed), 'all SymbolicTensors or all Tensors');
    expectValueError(() => layer.apply([]), layer.name);
    expectValueError(() => layer.apply([[1, 2]] as unknown as hd.Tensor), layer.name);
    expectValueError(() => layer.apply(hd.zeros([1, 4]), { trainig: true }), "'trainig'");
  });

  it('training switches dropout on', () => {
    const layer = hd.layers.dropout({ rate: 0.5, seed: 3 });
    const x = hd.ones([10, 10]);
    const zeros = (t: unknown) => values(t as hd.Tensor).filter((v) => v === 0).length;
    expect(zeros(layer.apply(x))).toBe(0);
    expect(zeros(layer.apply(x, { training: true }))).toBeGreaterThan(20);
  });
});

describe('weights', () => {
  it('have names, shapes and values', () => {
    const layer = hd.layers.dense({ units: 2, name: 'w' });
    layer.apply(hd.input({ shape: [3] }));
    expect(layer.weights.map((w) => [w.name, w.shape, w.dtype])).toEqual([
      ['w/kernel', [3, 2], 'float32'],
      ['w/bias', [2], 'float32'],
    ]);
    expect(layer.countParams()).toBe(8);
    const [kernel] = layer.weights;
    expect(kernel!.write(hd.ones([3, 2]))).toBe(kernel);
    expectValues(kernel!.read(), [1, 1, 1, 1, 1, 1]);
  });

  it('setWeights copies, and refuses what does not fit with nothing changed', () => {
    const layer = hd.layers.dense({ units: 1 });
    expectValueError(() => layer.setWeights([hd.zeros([2, 1])]), layer.name, 'length 1');
    layer.apply(hd.input({ shape: [2] }));
    layer.setWeights([hd.tensor([[1], [2]]), hd.tensor([3])]);
    const before = layer.getWeights().map(values);
    expectValueError(() => layer.setWeights([hd.zeros([2, 1])]), layer.name, '1', '2');
    expectValueError(() => layer.setWeights([hd.zeros([2, 1]), hd.zeros([2])]), '[1]', '[2]');
    expect(layer.getWeights().map(values)).toEqual(before);
    expect(before).toEqual([[1, 2], [3]]);
  });

  it('getWeights gives values that later updates do not change', () => {
    const layer = hd.layers.dense({ units: 1 });
    layer.apply(hd.input({ shape: [1] }));
    layer.setWeights([hd.tensor([[1]]), hd.tensor([2])]);
    const read = layer.getWeights();
    layer.setWeights([hd.tensor([[5]]), hd.tensor([6])]);
    expect(read.map(values)).toEqual([[1], [2]]);
  });

  it('are counted only once they are there', () => {
    expectValueError(() => dense().countParams(), 'not built');
    expect(dense().weights).toEqual([]);
  });

  it('trainable moves them from one list to the other', () => {
    const layer = dense();
    layer.apply(hd.input({ shape: [2] }));
    expect([layer.trainableWeights.length, layer.nonTrainableWeights.length]).toEqual([2, 0]);
    layer.trainable = false;
    expect(layer.trainable).toBe(false);
    expect([layer.trainableWeights.length, layer.nonTrainableWeights.length]).toEqual([0, 2]);
    expect(layer.getWeights(true)).toEqual([]);
    expect(layer.weights).toHaveLength(2);
  });
});

describe('configurations', () => {
  it('come back as layers configured alike', () => {
    const layer = hd.layers.conv2d({
      filters: 4,
      kernelSize: 3,
      strides: 2,
      padding: 'same',
      activation: 'relu',
      kernelInitializer: hd.initializers.heNormal({ seed: 3 }),
      inputShape: [8, 8, 1],
    });
    const config = layer.getConfig();
    expect(JSON.parse(JSON.stringify(config))).toEqual(config);
    expect(config).toMatchObject({ filters: 4, kernelSize: [3, 3], strides: [2, 2] });
    const twins = [
      hd.layers.Conv2D.fromConfig(config),
      hd.layers.Conv2D.fromConfig(hd.layers.Conv2D, config),
      hd.layers.conv2d(config),
    ];
    for (const twin of twins) {
      expect(twin).toBeInstanceOf(hd.layers.Conv2D);
      expect(twin).not.toBe(layer);
      expect(twin.getConfig()).toEqual(config);
    }
    // The same seed, so the same first weights, but not the same weights.
    const weights = [layer, twins[0]!].map((each) => {
      hd.sequential({ layers: [each] });
      return each.weights[0]!;
    });
    expect(weights[0]).not.toBe(weights[1]);
    expect(values(weights[0]!.read())).toEqual(values(weights[1]!.read()));
  });

  it('initializers have them too', () => {
    const initializer = hd.initializers.glorotUniform({ seed: 5 });
    expect(initializer.getClassName()).toBe('VarianceScaling');
    expect(initializer.getConfig()).toEqual({
      scale: 1,
      mode: 'fanAvg',
      distribution: 'uniform',
      seed: 5,
    });
    expect(initializer.apply([3, 4]).shape).toEqual([3, 4]);
    expectValueError(() => hd.initializers.glorotUniform({ sed: 5 } as object), 'sed');
  });
});

describe('shapes', () => {
  it('computeOutputShape', () => {
    const layer = hd.layers.conv2d({ filters: 4, kernelSize: 3 });
    expect(layer.computeOutputShape([null, 8, 8, 1])).toEqual([null, 6, 6, 4]);
    expect(
      hd.layers.concatenate().computeOutputShape([
        [null, 2],
        [null, 3],
      ]),
    ).toEqual([null, 5]);
    expect(hd.layers.flatten().computeOutputShape([null, 2, 3])).toEqual([null, 6]);
    expectValueError(() => layer.computeOutputShape([null, 8]), layer.name);
  });

  it.each([
    ['reshape', () => hd.layers.reshape({ targetShape: [3, 2] }), [6], [3, 2]],
    ['reshape with -1', () => hd.layers.reshape({ targetShape: [-1, 2] }), [4, 3], [6, 2]],
    ['averagePooling2d', () => hd.layers.averagePooling2d(), [6, 4, 2], [3, 2, 2]],
    [
      'maxPooling2d',
      () => hd.layers.maxPooling2d({ poolSize: 3, strides: 1 }),
      [6, 4, 2],
      [4, 2, 2],
    ],
    ['activation', () => hd.layers.activation({ activation: 'softmax' }), [5], [5]],
  ] as const)('%s', (_, make, from, to) => {
    const x = hd.input({ shape: [...from] });
    expect(symbolic(make().apply(x)).shape).toEqual([null, ...to]);
  });

  it('merging layers take several inputs', () => {
    const [a, b] = [hd.tensor([[1, 2]]), hd.tensor([[3, 4]])];
    expectValues(hd.layers.add().apply([a, b]) as hd.Tensor, [4, 6]);
    expectValues(hd.layers.concatenate().apply([a, b]) as hd.Tensor, [1, 2, 3, 4]);
    expectValueError(() => hd.layers.add().apply([a]));
    expectValueError(() => hd.layers.concatenate().apply([a, hd.zeros([2, 2])]));
  });
});

describe('identity and dispose', () => {
  it('the same layer is always the same object', () => {
    const layer = hd.layers.dense({ units: 2, inputShape: [2], name: 'same' });
    const model = hd.sequential({ layers: [layer, dense()] });
    expect(model.getLayer('same')).toBe(layer);
    expect(model.layers[0]).toBe(layer);
    expect(model.outputs[0]!.sourceLayer).toBe(model.layers[1]);
    expect(layer.users).toEqual([model]);
    expect(layer.users[0]).toBe(model);
  });

  it('dispose lets go; a model that uses the layer keeps working', () => {
    const layer = hd.layers.dense({ units: 2, inputShape: [2] });
    const model = hd.sequential({ layers: [layer] });
    const x = hd.ones([1, 2]);
    const before = values(model.predict(x) as hd.Tensor);
    expect(layer.dispose()).toEqual({ refCountAfterDispose: 1, numDisposedVariables: 0 });
    expectValueError(() => layer.apply(x), 'disposed');
    expect(values(model.predict(x) as hd.Tensor)).toEqual(before);
    const alone = dense();
    alone.apply(hd.ones([1, 100]));
    const bytes = hd.info().liveBytes;
    expect(alone.dispose()).toEqual({ refCountAfterDispose: 0, numDisposedVariables: 2 });
    expect(hd.info().liveBytes).toBe(bytes - 4 * 303);
  });
});
