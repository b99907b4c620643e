// S7: clone.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { random, sameBits, start, values, weightsOf } from './support';

beforeAll(start);

interface FromConfig {
  fromConfig(config: ReturnType<hd.Layer['getConfig']>): hd.Layer;
}

describe('S7: a layer from the configuration of another', () => {
  const scene = () => {
    const original = hd.layers.dense({ units: 6, activation: 'relu', inputShape: [4] });
    const first = hd.sequential({ layers: [original] });
    const Dense = original.constructor as unknown as FromConfig;
    const clone = Dense.fromConfig(original.getConfig());
    const second = hd.sequential({ layers: [clone] });
    for (const model of [first, second]) {
      model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    }
    return { original, first, clone, second };
  };
  const train = (model: hd.LayersModel) =>
    model.fit(random([32, 4], 1), random([32, 6], 2), { epochs: 2, verbose: 0 });

  it('has the same configuration and fresh weights', () => {
    const { original, clone } = scene();
    expect(clone).not.toBe(original);
    expect(clone.getConfig()).toEqual(original.getConfig());
    expect(clone.getClassName()).toBe('Dense');
    expect(clone.weights.map((weight) => weight.shape)).toEqual([[4, 6], [6]]);
    expect(sameBits(weightsOf(clone), weightsOf(original))).toBe(false);
  });

  it('is independent from then on', async () => {
    const { original, first, clone, second } = scene();
    let [one, other] = [weightsOf(original), weightsOf(clone)];
    await train(first);
    expect(sameBits(weightsOf(original), one)).toBe(false);
    expect(sameBits(weightsOf(clone), other)).toBe(true);
    [one, other] = [weightsOf(original), weightsOf(clone)];
    await train(second);
    expect(sameBits(weightsOf(original), one)).toBe(true);
    expect(sameBits(weightsOf(clone), other)).toBe(false);
  });

  it('setWeights(getWeights()) copies values once and still does not share', async () => {
    const { original, first, clone, second } = scene();
    clone.setWeights(original.getWeights());
    const copied = weightsOf(original);
    expect(sameBits(weightsOf(clone), copied)).toBe(true);
    const x = random([3, 4], 5);
    const outputs = [first, second].map((model) => values(model.predict(x) as hd.Tensor));
    expect(sameBits([outputs[0]!], [outputs[1]!])).toBe(true);
    await train(first);
    expect(sameBits(weightsOf(original), copied)).toBe(false);
    expect(sameBits(weightsOf(clone), copied)).toBe(true);
    expect(clone.weights[0]).not.toBe(original.weights[0]);
  });
});
