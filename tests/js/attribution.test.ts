// attribution(): each Call's part of the gradient of what they share.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { expectValues, random, rejectionOf, start, values } from './support';

beforeAll(start);

const symbolic = (value: unknown) => value as hd.SymbolicTensor;

/** One layer called on three inputs, an output each. */
function scene() {
  const shared = hd.layers.dense({ units: 3, activation: 'tanh', name: 'shared' });
  const inputs = ['a', 'b', 'c'].map((name) => hd.input({ shape: [4], name }));
  const outputs = inputs.map((x) => symbolic(shared.apply(x)));
  const model = hd.model({ inputs, outputs });
  const x = [1, 2, 3].map((seed) => random([6, 4], seed));
  const y = [4, 5, 6].map((seed) => random([6, 3], seed));
  return { shared, inputs, outputs, model, x, y };
}

describe('attribution', () => {
  it('the parts sum to the total, which is the gradient', async () => {
    const { shared, model, x, y } = scene();
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const report = await hd.attribution(model, x, y);
    expect(report.map(({ variable }) => variable)).toEqual(shared.weights);
    report.forEach(({ variable }, i) => expect(variable).toBe(shared.weights[i]));
    const { grads } = hd.variableGrads(() => {
      const predictions = model.apply(x) as hd.Tensor[];
      return hd.addN(predictions.map((p, i) => p.sub(y[i]!).square().mean()));
    });
    for (const { variable, total, parts } of report) {
      expect(parts).toHaveLength(3);
      expectValues(hd.addN(parts.map(({ gradient }) => gradient)), values(total));
      expectValues(total, values(grads[variable.name]!));
    }
  });

  it('each part is the gradient of its output alone', async () => {
    const { shared, inputs, outputs, model, x, y } = scene();
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError', lossWeights: [1, 2, 0] });
    const report = await hd.attribution(model, x, y);
    [1, 2, 0].forEach((weight, i) => {
      const alone = hd.model({ inputs: inputs[i]!, outputs: outputs[i]! });
      const { grads } = hd.variableGrads(() =>
        (alone.apply(x[i]!) as hd.Tensor).sub(y[i]!).square().mean().mul(weight),
      );
      report.forEach(({ parts }, j) => {
        const part = parts.find(({ call }) => call === shared.calls[i])!;
        expectValues(part.gradient, values(grads[shared.weights[j]!.name]!));
        expect(part.norm).toBeCloseTo(Math.hypot(...values(part.gradient)), 5);
        expect(part.model).toBe(model);
        expect(part.path).toEqual([part.call]);
      });
    });
  });

  it('moves nothing, and leaves only what it returns', async () => {
    const { model, x, y } = scene();
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    hd.dispose((await hd.attribution(model, x, y)).map(({ total, parts }) => [total, parts]));
    const before = model.getWeights().map(values);
    const tensors = hd.memory().numTensors;
    const bytes = hd.info().liveBytes;
    const report = await hd.attribution(model, x, y);
    expect(hd.memory().numTensors).toBe(tensors + 2 + 6);
    hd.dispose(report.map(({ total, parts }) => [total, parts.map(({ gradient }) => gradient)]));
    expect(hd.memory().numTensors).toBe(tensors);
    expect(hd.info().liveBytes).toBe(bytes);
    expect(model.getWeights().map(values)).toEqual(before);
  });

  it('tells calls of a nested model apart by their way into it', async () => {
    const encoder = hd.sequential({
      layers: [hd.layers.dense({ units: 3, inputShape: [4], name: 'inner' })],
    });
    const inputs = [hd.input({ shape: [4] }), hd.input({ shape: [4] })];
    const outputs = inputs.map((x) => symbolic(encoder.apply(x)));
    const model = hd.model({ inputs, outputs });
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const report = await hd.attribution(
      model,
      [random([2, 4], 1), random([2, 4], 2)],
      [random([2, 3], 3), random([2, 3], 4)],
    );
    const inner = encoder.getLayer('inner');
    expect(report.map(({ variable }) => variable.name)).toEqual(['inner/kernel', 'inner/bias']);
    for (const { parts } of report) {
      expect(parts.map(({ path }) => path[0])).toEqual([encoder.calls[0], encoder.calls[1]]);
      for (const { call } of parts) expect(inner.calls).toContain(call);
    }
  });

  it('has nothing to say where nothing is shared, or what is shared is frozen', async () => {
    const alone = hd.sequential({ layers: [hd.layers.dense({ units: 2, inputShape: [3] })] });
    alone.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    expect(await hd.attribution(alone, random([2, 3], 1), random([2, 2], 2))).toEqual([]);
    const { shared, model, x, y } = scene();
    shared.trainable = false;
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    expect(await hd.attribution(model, x, y)).toEqual([]);
  });

  it('refuses what it cannot do', async () => {
    const { model, x, y } = scene();
    const uncompiled = await rejectionOf(() => hd.attribution(model, x, y));
    expect(uncompiled.message).toContain('compiled');
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const wrong = await rejectionOf(() => hd.attribution(model, x.slice(1), y));
    expect(wrong).toBeInstanceOf(hd.ValueError);
    const noModel = await rejectionOf(() => hd.attribution({} as hd.LayersModel, x, y));
    expect(noModel).toBeInstanceOf(hd.ValueError);
  });
});
