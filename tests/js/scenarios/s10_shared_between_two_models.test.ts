// S10: shared between two models.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { classRows, random, sameBits, start, values, weightsOf } from './support';

beforeAll(start);

describe('S10: one conv in two Sequential models with heads of 10 and 100 classes', () => {
  const scene = () => {
    const conv = hd.layers.conv2d({
      filters: 4,
      kernelSize: 3,
      activation: 'relu',
      inputShape: [10, 10, 1],
    });
    const [first, second] = [10, 100].map((classes) => {
      const head = hd.layers.dense({ units: classes, activation: 'softmax' });
      const model = hd.sequential({ layers: [conv, hd.layers.flatten(), head] });
      model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' });
      return model;
    });
    // What the conv gives inside the second model.
    const features = hd.model({ inputs: second!.inputs, outputs: conv.calls[1]!.outputs });
    return { conv, first: first!, second: second!, features };
  };
  const x = () => random([20, 10, 10, 1], 1);

  it('is one layer with two users', () => {
    const { conv, first, second } = scene();
    expect(conv.users).toEqual(expect.arrayContaining([first, second]));
    expect(conv.calls).toHaveLength(2);
    expect(conv.weights).toHaveLength(2);
    expect((first.predict(x()) as hd.Tensor).shape).toEqual([20, 10]);
    expect((second.predict(x()) as hd.Tensor).shape).toEqual([20, 100]);
  });

  it('fitting model 1 changes the conv output of model 2; its head stays', async () => {
    const { first, second, features } = scene();
    const before = values(features.predict(x()) as hd.Tensor);
    const head = weightsOf(second.layers.at(-1)!);
    await first.fit(x(), classRows(20, 10), { epochs: 2, verbose: 0 });
    expect(sameBits([values(features.predict(x()) as hd.Tensor)], [before])).toBe(false);
    expect(sameBits(weightsOf(second.layers.at(-1)!), head)).toBe(true);
  });

  it('and the other way round', async () => {
    const { conv, first, second } = scene();
    const before = values(first.predict(x()) as hd.Tensor);
    const weights = weightsOf(conv);
    await second.fit(x(), classRows(20, 100), { epochs: 1, verbose: 0 });
    expect(sameBits(weightsOf(conv), weights)).toBe(false);
    expect(sameBits([values(first.predict(x()) as hd.Tensor)], [before])).toBe(false);
  });

  it('saving weights first and loading them after undoes that', async () => {
    const { conv, first, second, features } = scene();
    const saved = conv.getWeights().map((weight) => weight.clone());
    const conved = values(features.predict(x()) as hd.Tensor);
    const predicted = values(second.predict(x()) as hd.Tensor);
    await first.fit(x(), classRows(20, 10), { epochs: 2, verbose: 0 });
    expect(sameBits([values(second.predict(x()) as hd.Tensor)], [predicted])).toBe(false);
    conv.setWeights(saved);
    expect(sameBits([values(features.predict(x()) as hd.Tensor)], [conved])).toBe(true);
    expect(sameBits([values(second.predict(x()) as hd.Tensor)], [predicted])).toBe(true);
  });

  it('each model keeps its own optimizer state for it', async () => {
    // Adam's first step on fresh state moves every weight by about the rate, whatever the other model did before.
    const { conv, first, second } = scene();
    for (let i = 0; i < 30; i++) await first.trainOnBatch(x(), classRows(20, 10));
    const before = weightsOf(conv)[0]!;
    await second.trainOnBatch(x(), classRows(20, 100));
    const steps = weightsOf(conv)[0]!.map((value, i) => Math.abs(value - before[i]!));
    expect(Math.max(...steps)).toBeGreaterThan(0.9e-3);
    expect(Math.max(...steps)).toBeLessThan(1.1e-3);
  });
});
