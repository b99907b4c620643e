// S5: take a trained layer along.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { random, sameBits, start, values, weightsOf } from './support';

beforeAll(start);

describe('S5: getLayer from a trained Sequential, applied in a new functional model', () => {
  async function scene() {
    const first = hd.sequential({
      layers: [
        hd.layers.dense({ units: 10, activation: 'tanh', inputShape: [6], name: 'shared_dense' }),
        hd.layers.dense({ units: 2 }),
      ],
    });
    first.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    const x = random([32, 6], 1);
    const untrained = weightsOf(first.getLayer('shared_dense'));
    await first.fit(x, random([32, 2], 2), { epochs: 3, verbose: 0 });

    const layer = first.getLayer('shared_dense');
    const trained = weightsOf(layer);
    expect(sameBits(trained, untrained)).toBe(false);
    const input = hd.input({ shape: [6] });
    const features = layer.apply(input) as hd.SymbolicTensor;
    const head = hd.layers.dense({ units: 3, activation: 'softmax' });
    const second = hd.model({
      inputs: input,
      outputs: head.apply(features) as hd.SymbolicTensor,
    });
    second.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
    return { first, second, layer, trained, head, x };
  }

  it('its weights come along', async () => {
    const { second, layer, trained, head, x } = await scene();
    expect(sameBits(weightsOf(layer), trained)).toBe(true);
    expect(second.getLayer('shared_dense')).toBe(layer);
    const byHand = head.apply(layer.apply(x)) as hd.Tensor;
    expect(sameBits([values(second.predict(x) as hd.Tensor)], [values(byHand)])).toBe(true);
  });

  it('training the new model moves the old one', async () => {
    const { first, second, trained, layer, x } = await scene();
    const before = values(first.predict(x) as hd.Tensor);
    const y = hd.oneHot(hd.zeros([32], 'int32'), 3);
    await second.fit(x, y, { epochs: 2, verbose: 0 });
    expect(sameBits(weightsOf(layer), trained)).toBe(false);
    expect(sameBits([values(first.predict(x) as hd.Tensor)], [before])).toBe(false);
  });

  it('training the old model moves the new one', async () => {
    const { first, second, trained, layer, x } = await scene();
    const before = values(second.predict(x) as hd.Tensor);
    await first.fit(x, random([32, 2], 7), { epochs: 2, verbose: 0 });
    expect(sameBits(weightsOf(layer), trained)).toBe(false);
    expect(sameBits([values(second.predict(x) as hd.Tensor)], [before])).toBe(false);
  });
});
