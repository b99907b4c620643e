// S1: one layer, two inputs.
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { random, start, summaryCount, summaryOf, values, weightsOf, sameBits } from './support';

beforeAll(start);

describe('S1: dense(16, relu) applied to two inputs of width 8', () => {
  let shared: hd.Layer;
  let a: hd.SymbolicTensor;
  let b: hd.SymbolicTensor;
  let outputs: hd.SymbolicTensor[];
  let model: hd.LayersModel;

  beforeEach(() => {
    shared = hd.layers.dense({ units: 16, activation: 'relu' });
    a = hd.input({ shape: [8] });
    b = hd.input({ shape: [8] });
    outputs = [shared.apply(a) as hd.SymbolicTensor, shared.apply(b) as hd.SymbolicTensor];
    model = hd.model({ inputs: [a, b], outputs });
  });

  it('has one kernel, one bias, 144 parameters, counted once', () => {
    expect(shared.weights.map((weight) => weight.shape)).toEqual([[8, 16], [16]]);
    expect(shared.countParams()).toBe(144);
    expect(model.countParams()).toBe(144);
    expect(model.weights).toHaveLength(2);
    expect(model.trainableWeights).toHaveLength(2);
    expect(model.layers.filter((layer) => layer === shared)).toHaveLength(1);
    expect(summaryCount(model, 'Total params:')).toBe(144);
    expect(summaryCount(model, 'Trainable params:')).toBe(144);
  });

  it('is drawn once in the summary, connected to both inputs', () => {
    const lines = summaryOf(model);
    expect(lines.filter((line) => line.includes(`${shared.name} (`))).toHaveLength(1);
    const row = lines.findIndex((line) => line.includes(`${shared.name} (`));
    const block = lines.slice(row, row + 3).join('\n');
    expect(block).toContain(a.name);
    expect(block).toContain(b.name);
  });

  it('records both calls in order', () => {
    expect(shared.calls.map((call) => call.index)).toEqual([0, 1]);
    expect(shared.calls.map((call) => call.inputs[0]!.name)).toEqual([a.name, b.name]);
    expect(shared.calls.map((call) => call.outputs[0]!.name)).toEqual(
      outputs.map((output) => output.name),
    );
    expect(shared.calls.map((call) => call.inboundLayers[0]!.name)).toEqual(model.inputNames);
    expect((shared.getOutputAt(1) as hd.SymbolicTensor).name).toBe(outputs[1]!.name);
    expect((shared.getInputAt(0) as hd.SymbolicTensor).name).toBe(a.name);
    expect(shared.users).toContain(model);
  });

  it('gives equal outputs for equal inputs', () => {
    const x = random([5, 8], 1);
    const [first, second] = (model.predict([x, x]) as hd.Tensor[]).map(values);
    expect(sameBits([first!], [second!])).toBe(true);
    expect(first!.some((value) => value > 0)).toBe(true);
    const [, other] = (model.predict([x, random([5, 8], 2)]) as hd.Tensor[]).map(values);
    expect(sameBits([first!], [other!])).toBe(false);
  });

  it('returns something else at the second output after training only the first', async () => {
    const x = [random([32, 8], 3), random([32, 8], 4)];
    const before = values((model.predict(x) as hd.Tensor[])[1]!);
    const weights = weightsOf(shared);
    const first = hd.model({ inputs: a, outputs: outputs[0]! });
    first.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    await first.fit(x[0]!, random([32, 16], 5), { epochs: 3, verbose: 0 });
    expect(sameBits(weightsOf(shared), weights)).toBe(false);
    expect(sameBits([values((model.predict(x) as hd.Tensor[])[1]!)], [before])).toBe(false);
  });

  it('does so too where the second output counts for nothing in the loss', async () => {
    const x = [random([32, 8], 3), random([32, 8], 4)];
    const before = values((model.predict(x) as hd.Tensor[])[1]!);
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError', lossWeights: [1, 0] });
    await model.fit(x, [random([32, 16], 5), random([32, 16], 6)], { epochs: 3, verbose: 0 });
    expect(sameBits([values((model.predict(x) as hd.Tensor[])[1]!)], [before])).toBe(false);
  });
});
