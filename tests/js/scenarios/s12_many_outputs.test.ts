// S12: many outputs.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { classRows, difference, errorOf, random, sameBits, start, weightsOf } from './support';

beforeAll(start);

type Compile = Omit<Parameters<hd.LayersModel['compile']>[0], 'optimizer'>;

describe('S12: a model with two outputs', () => {
  const scene = (compile: Compile) => {
    const input = hd.input({ shape: [6] });
    const kernel = (seed: number) => hd.initializers.glorotUniform({ seed });
    const trunk = hd.layers.dense({ units: 8, activation: 'tanh', kernelInitializer: kernel(1) });
    const features = trunk.apply(input) as hd.SymbolicTensor;
    const left = hd.layers.dense({
      units: 3,
      activation: 'softmax',
      kernelInitializer: kernel(2),
      name: 'left',
    });
    const right = hd.layers.dense({ units: 2, kernelInitializer: kernel(3), name: 'right' });
    const outputs = [left, right].map((layer) => layer.apply(features) as hd.SymbolicTensor);
    const model = hd.model({ inputs: input, outputs });
    model.compile({ optimizer: hd.train.sgd(0.1), ...compile });
    return { model, trunk, left, right };
  };
  const x = () => random([48, 6], 1);
  const y = () => [classRows(48, 3), random([48, 2], 2)];
  const fit = async (model: hd.LayersModel) => {
    const { history } = await model.fit(x(), y(), { epochs: 3, shuffle: false, verbose: 0 });
    return history as Record<string, number[]>;
  };
  const mixed: Compile['loss'] = ['categoricalCrossentropy', 'meanSquaredError'];

  it('takes one loss name for both', async () => {
    const { model } = scene({ loss: 'meanSquaredError' });
    expect(model.metricsNames).toEqual(['loss', 'left_loss', 'right_loss']);
    const history = await fit(model);
    expect(Object.keys(history).sort()).toEqual(['left_loss', 'loss', 'right_loss']);
    history.loss!.forEach((total, epoch) => {
      expect(total).toBeCloseTo(history.left_loss![epoch]! + history.right_loss![epoch]!, 4);
    });
    expect(history.loss!.at(-1)).toBeLessThan(history.loss![0]!);
  });

  it('takes a list, and a map by output name, which mean the same', async () => {
    const byList = scene({ loss: mixed });
    const byName = scene({
      loss: { right: 'meanSquaredError', left: 'categoricalCrossentropy' },
    });
    expect(await fit(byList.model)).toEqual(await fit(byName.model));
    expect(sameBits(weightsOf(byList.model), weightsOf(byName.model))).toBe(true);
    const one = scene({ loss: 'meanSquaredError' });
    await fit(one.model);
    expect(sameBits(weightsOf(byList.model), weightsOf(one.model))).toBe(false);
  });

  it.each([
    ['a list', [0.25, 3]],
    ['a map by output name', { right: 3, left: 0.25 }],
  ])('the total is the sum weighted by lossWeights, given as %s', async (_, lossWeights) => {
    const { model } = scene({ loss: mixed, lossWeights });
    const history = await fit(model);
    history.loss!.forEach((total, epoch) => {
      const wanted = 0.25 * history.left_loss![epoch]! + 3 * history.right_loss![epoch]!;
      expect(total).toBeCloseTo(wanted, 4);
    });
    const [total, left, right] = (model.evaluate(x(), y()) as hd.Scalar[]).map(
      (value) => value.dataSync()[0]!,
    );
    expect(total).toBeCloseTo(0.25 * left! + 3 * right!, 4);
  });

  it('lossWeights weigh the gradients too', async () => {
    const zero = scene({ loss: mixed, lossWeights: [1, 0] });
    const [left, right] = [weightsOf(zero.left), weightsOf(zero.right)];
    await fit(zero.model);
    expect(sameBits(weightsOf(zero.right), right)).toBe(true);
    expect(sameBits(weightsOf(zero.left), left)).toBe(false);

    // Twice the weight on both is twice the rate.
    const double = scene({ loss: mixed, lossWeights: [2, 2] });
    const rate = scene({ loss: mixed });
    rate.model.compile({ optimizer: hd.train.sgd(0.2), loss: mixed });
    await fit(double.model);
    await fit(rate.model);
    const expected = weightsOf(rate.model);
    weightsOf(double.model).forEach((actual, i) => {
      expect(difference(actual, expected[i]!)).toBeLessThan(1e-5);
    });
  });

  it('has per-output metrics in the logs', async () => {
    const { model } = scene({ loss: mixed, metrics: { left: 'accuracy', right: ['mse'] } });
    const names = ['loss', 'left_loss', 'right_loss', 'left_acc', 'right_mse'];
    expect(model.metricsNames).toEqual(names);
    const seen: hd.Logs[] = [];
    const { history } = await model.fit(x(), y(), {
      epochs: 2,
      validationSplit: 0.25,
      verbose: 0,
      callbacks: {
        onBatchEnd: (_batch, logs) => {
          seen.push({ ...logs });
        },
      },
    });
    const wanted = [...names, ...names.map((name) => `val_${name}`)].sort();
    expect(Object.keys(history).sort()).toEqual(wanted);
    for (const logs of seen) {
      expect(Object.keys(logs).sort()).toEqual([...names, 'batch', 'size'].sort());
      expect(logs.right_mse).toBeCloseTo(logs.right_loss as number, 5);
      expect(logs.left_acc).toBeGreaterThanOrEqual(0);
      expect(logs.left_acc).toBeLessThanOrEqual(1);
    }
    const both = scene({ loss: mixed, metrics: ['accuracy'] });
    expect(both.model.metricsNames.slice(3)).toEqual(['left_acc', 'right_acc']);
  });

  it('refuses a loss for an output it does not have, and a list of another length', () => {
    const unknown = errorOf(() =>
      scene({ loss: { left: 'meanSquaredError', middle: 'meanSquaredError' } }),
    );
    expect(unknown).toBeInstanceOf(hd.ValueError);
    for (const part of ['middle', 'left', 'right']) expect(unknown.message).toContain(part);
    const short = errorOf(() => scene({ loss: ['meanSquaredError'] }));
    expect(short).toBeInstanceOf(hd.ValueError);
    expect(short.message).toMatch(/\b2\b/);
  });
});
