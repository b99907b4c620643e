// S4: the same layer twice in a Sequential.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { errorOf, random, sameBits, start, values, weightsOf } from './support';

beforeAll(start);

describe('S4: the same layer twice in a Sequential', () => {
  it('works when widths agree: weights are shared and counted once', async () => {
    const block = hd.layers.dense({ units: 64, activation: 'tanh', inputShape: [64] });
    const between = hd.layers.dense({ units: 64, activation: 'relu' });
    const model = hd.sequential({ layers: [block, between, block] });
    const each = 64 * 64 + 64;
    expect(model.countParams()).toBe(2 * each);
    expect(model.weights).toHaveLength(4);
    expect(block.calls).toHaveLength(2);

    const x = random([8, 64], 1);
    const byHand = block.apply(between.apply(block.apply(x))) as hd.Tensor;
    const predicted = model.predict(x) as hd.Tensor;
    expect(sameBits([values(predicted)], [values(byHand)])).toBe(true);

    const before = weightsOf(block);
    model.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    const { history } = await model.fit(x, random([8, 64], 2), { epochs: 10, verbose: 0 });
    expect(history.loss!.at(-1)).toBeLessThan(history.loss![0] as number);
    expect(sameBits(weightsOf(block), before)).toBe(false);
    const after = block.apply(between.apply(block.apply(x))) as hd.Tensor;
    expect(sameBits([values(model.predict(x) as hd.Tensor)], [values(after)])).toBe(true);
  });

  it('fails with the error of S3 when they do not: built on 784, used again after 128', () => {
    const block = hd.layers.dense({ units: 128, inputShape: [784], name: 'block' });
    const model = hd.sequential({ layers: [block, hd.layers.dense({ units: 128 })] });
    const error = errorOf(() => model.add(block));
    expect(error).toBeInstanceOf(hd.ValueError);
    for (const part of ['block', '784', '128']) expect(error.message).toContain(part);
    expect(error.message).toMatch(/\b(second|new|another|separate)\b.*\blayer\b/);
    // and the model is what it was
    expect(model.layers).toHaveLength(2);
    expect((model.predict(random([2, 784], 1)) as hd.Tensor).shape).toEqual([2, 128]);
  });

  const twoIn = () => {
    const inputs = [hd.input({ shape: [3] }), hd.input({ shape: [3] })];
    const sum = hd.layers.add().apply(inputs) as hd.SymbolicTensor;
    return hd.model({ inputs, outputs: sum });
  };
  const twoOut = () => {
    const input = hd.input({ shape: [3] });
    const outputs = [1, 2].map(
      (units) => hd.layers.dense({ units }).apply(input) as hd.SymbolicTensor,
    );
    return hd.model({ inputs: input, outputs });
  };

  it.each([
    ['several inputs', twoIn],
    ['several outputs', twoOut],
  ] as const)('refuses a layer with %s and says what to use', (_, make) => {
    const model = hd.sequential({ layers: [hd.layers.dense({ units: 3, inputShape: [3] })] });
    const error = errorOf(() => model.add(make()));
    expect(error).toBeInstanceOf(hd.ValueError);
    expect(error.message).toContain('model({inputs, outputs})');
    expect((model.predict(random([2, 3], 1)) as hd.Tensor).shape).toEqual([2, 3]);
  });

  it.each([
    ['several inputs', twoIn],
    ['several outputs', twoOut],
  ] as const)('refuses it as the first layer too: %s', (_, make) => {
    const error = errorOf(() => hd.sequential({ layers: [make()] }));
    expect(error).toBeInstanceOf(hd.ValueError);
    expect(error.message).toContain('model({inputs, outputs})');
  });
});
