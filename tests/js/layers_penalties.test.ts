// activityRegularizer, an option of every layer: layers of the module, and those of JavaScript.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { expectValueError, random, start, values } from './support';

beforeAll(start);

const kMakers = {
  dense: (o: object) => hd.layers.dense({ units: 3, inputShape: [4], ...o }),
  conv2d: (o: object) =>
    hd.layers.conv2d({ filters: 2, kernelSize: 2, inputShape: [3, 3, 1], ...o }),
  flatten: (o: object) => hd.layers.flatten({ inputShape: [2, 3], ...o }),
  lstm: (o: object) => hd.layers.lstm({ units: 2, inputShape: [3, 2], ...o }),
  conv1d: (o: object) => hd.layers.conv1d({ filters: 2, kernelSize: 2, inputShape: [4, 2], ...o }),
  embedding: (o: object) =>
    hd.layers.embedding({ inputDim: 4, outputDim: 2, inputLength: 3, ...o }),
};

describe.each(Object.entries(kMakers))('%s', (_, make) => {
  it('adds the penalty of its outputs to the loss, while training and in evaluation', async () => {
    const layer = make({ activityRegularizer: hd.regularizers.l1l2({ l1: 0.1, l2: 0.2 }) });
    const plain = make({});
    const models = [layer, plain].map((each) => {
      const model = hd.sequential({ layers: [each] });
      model.compile({ optimizer: hd.train.sgd(0), loss: 'meanSquaredError' });
      return model;
    });
    models[1]!.setWeights(models[0]!.getWeights());
    const shape = models[0]!.inputs[0]!.shape.slice(1) as number[];
    const x = random([2, ...shape], 1)
      .abs()
      .mul(0.9);
    const out = models[1]!.predict(x) as hd.Tensor;
    expect(values(models[0]!.predict(x) as hd.Tensor)).toEqual(values(out));
    const y = random(out.shape, 2);
    const penalty = out.abs().sum().mul(0.1).add(out.square().sum().mul(0.2)).dataSync()[0]!;
    const [first, second] = await Promise.all(models.map((model) => model.trainOnBatch(x, y)));
    expect(first as number).toBeCloseTo((second as number) + penalty, 4);
    const [with_, without] = models.map((m) => (m.evaluate(x, y) as hd.Scalar).dataSync()[0]!);
    expect(with_).toBeCloseTo(without! + penalty, 4);
    expect(layer.countParams()).toBe(plain.countParams());
  });

  it('comes back from its configuration, and stands between others', () => {
    const layer = make({ activityRegularizer: 'l2', name: 'penalised' });
    const config = layer.getConfig();
    expect(config['activityRegularizer']).toMatchObject({ className: 'L1L2' });
    const cls = layer.constructor as unknown as hd.LayerClass & {
      fromConfig(config: object): hd.Layer;
    };
    expect(cls.fromConfig(config).getConfig()).toEqual(config);
    expect(layer.getClassName()).toBe(make({}).getClassName());
  });
});

it('moves the weights', async () => {
  const layer = kMakers.dense({ activityRegularizer: 'l2', name: 'pulled' });
  const model = hd.sequential({ layers: [layer] });
  model.compile({ optimizer: hd.train.sgd(0.1), loss: (t, p) => p.sub(t).mul(0) });
  const before = values(layer.getWeights()[0]!);
  await model.trainOnBatch(hd.ones([2, 4]), hd.zeros([2, 3]));
  expect(values(layer.getWeights()[0]!)).not.toEqual(before);
});

it('layers with a penalty refuse what does not fit, as without', () => {
  const layer = kMakers.dense({ activityRegularizer: 'l2', name: 'strict' });
  layer.apply(hd.input({ shape: [4] }));
  expectValueError(() => layer.apply(hd.input({ shape: [10] })), 'strict');
  expect((layer.apply(hd.ones([1, 4])) as hd.Tensor).shape).toEqual([1, 3]);
});

it('computeMask of layers of the module', () => {
  const mask = hd.tensor2d([[true, false]], [1, 2], 'bool');
  const x = hd.ones([1, 2, 3]);
  const dense = hd.layers.dense({ units: 2 });
  expect(values(dense.computeMask(x, mask) as hd.Tensor)).toEqual([1, 0]);
  expect(dense.computeMask(x, null)).toBeNull();
  const other = hd.tensor2d([[true, true]], [1, 2], 'bool');
  const both = hd.layers.add().computeMask([x, x], [mask, other]) as hd.Tensor;
  expect(values(both)).toEqual([1, 0]);
  expectValueError(() => hd.layers.flatten().computeMask(x, mask), 'does not support masking');
});
