// S3: shapes must fit.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { errorOf, random, sameBits, start, values, weightsOf } from './support';

beforeAll(start);

/** What an error about a width has to say: the layer, both widths, and what to do. */
function expectHelpful(error: Error, layer: string, built: number, got: number): void {
  expect(error).toBeInstanceOf(hd.ValueError);
  expect(error).toBeInstanceOf(hd.HeddleError);
  expect(error.message).toContain(layer);
  expect(error.message).toMatch(new RegExp(`\\b${built}\\b`));
  expect(error.message).toMatch(new RegExp(`\\b${got}\\b`));
  expect(error.message).toMatch(/\b(second|new|another|separate)\b.*\blayer\b/);
}

describe('S3: a layer built on width 4', () => {
  const built = () => {
    const layer = hd.layers.dense({ units: 3, name: 'narrow' });
    const input = hd.input({ shape: [4] });
    const output = layer.apply(input) as hd.SymbolicTensor;
    return { layer, input, model: hd.model({ inputs: input, outputs: output }) };
  };

  it('accepts width 4 again', () => {
    const { layer } = built();
    const again = layer.apply(hd.input({ shape: [4] })) as hd.SymbolicTensor;
    expect(again.shape).toEqual([null, 3]);
    expect(layer.weights).toHaveLength(2);
    expect(layer.calls).toHaveLength(2);
    const eager = layer.apply(random([2, 4], 1)) as hd.Tensor;
    expect(eager.shape).toEqual([2, 3]);
  });

  it('refuses width 10, symbolic or concrete, and says why', () => {
    const { layer } = built();
    expectHelpful(
      errorOf(() => layer.apply(hd.input({ shape: [10] }))),
      'narrow',
      4,
      10,
    );
    expectHelpful(
      errorOf(() => layer.apply(random([2, 10], 1))),
      'narrow',
      4,
      10,
    );
  });

  it('works afterwards, and so does every model with it', async () => {
    const { layer, model } = built();
    const x = random([16, 4], 2);
    const weights = weightsOf(layer);
    const before = values(model.predict(x) as hd.Tensor);
    errorOf(() => layer.apply(hd.input({ shape: [10] })));
    errorOf(() => layer.apply(random([2, 10], 1)));
    expect(layer.calls).toHaveLength(1);
    expect(sameBits(weightsOf(layer), weights)).toBe(true);
    expect(sameBits([values(model.predict(x) as hd.Tensor)], [before])).toBe(true);
    const again = layer.apply(hd.input({ shape: [4] })) as hd.SymbolicTensor;
    expect(again.shape).toEqual([null, 3]);
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const { history } = await model.fit(x, random([16, 3], 3), { epochs: 5, verbose: 0 });
    expect(history.loss!.at(-1)).toBeLessThan(history.loss![0] as number);
  });

  it('a convolution refuses another number of channels the same way', () => {
    const layer = hd.layers.conv2d({ filters: 2, kernelSize: 3, name: 'grey' });
    layer.apply(hd.input({ shape: [8, 8, 1] }));
    expectHelpful(
      errorOf(() => layer.apply(hd.input({ shape: [8, 8, 3] }))),
      'grey',
      1,
      3,
    );
    const larger = layer.apply(hd.input({ shape: [20, 9, 1] })) as hd.SymbolicTensor;
    expect(larger.shape).toEqual([null, 18, 7, 2]);
  });
});
