// S2: two layers are not one.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { random, sameBits, start, values, weightsOf } from './support';

beforeAll(start);

describe('S2: two instances with the same configuration', () => {
  const make = () => hd.layers.dense({ units: 16, activation: 'relu' });
  const pair = () => {
    const layers = [make(), make()];
    const inputs = layers.map(() => hd.input({ shape: [8] }));
    const outputs = layers.map((layer, i) => layer.apply(inputs[i]!) as hd.SymbolicTensor);
    return { layers, inputs, outputs, model: hd.model({ inputs, outputs }) };
  };

  it('have their own weights', () => {
    const { layers, model } = pair();
    const [one, other] = layers.map(weightsOf);
    expect(sameBits(one!, other!)).toBe(false);
    expect(layers[0]!.weights[0]).not.toBe(layers[1]!.weights[0]);
    expect(model.countParams()).toBe(288);
    expect(model.weights).toHaveLength(4);
    const x = random([4, 8], 1);
    const [first, second] = (model.predict([x, x]) as hd.Tensor[]).map(values);
    expect(sameBits([first!], [second!])).toBe(false);
  });

  it.each(['sgd', 'adam'])(
    'training through one with %s leaves the other bit-identical',
    async (optimizer) => {
      const { layers, inputs, outputs, model } = pair();
      const x = random([32, 8], 2);
      const weights = layers.map(weightsOf);
      const second = values((model.predict([x, x]) as hd.Tensor[])[1]!);
      const through = hd.model({ inputs: inputs[0]!, outputs: outputs[0]! });
      through.compile({ optimizer, loss: 'meanSquaredError' });
      await through.fit(x, random([32, 16], 3), { epochs: 4, verbose: 0 });
      expect(sameBits(weightsOf(layers[0]!), weights[0]!)).toBe(false);
      expect(sameBits(weightsOf(layers[1]!), weights[1]!)).toBe(true);
      expect(sameBits([values((model.predict([x, x]) as hd.Tensor[])[1]!)], [second])).toBe(true);
    },
  );
});
