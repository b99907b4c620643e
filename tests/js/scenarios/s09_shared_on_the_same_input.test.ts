// S9: shared on the same input.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { classRows, difference, random, sameBits, start, values, weightsOf } from './support';

beforeAll(start);

const kWidth = 4;
const kUnits = 3;
const kClasses = 5;

/** `layers` are called in turn on one input; the results, side by side, feed a softmax head. */
function scene(layers: hd.Layer[]) {
  const input = hd.input({ shape: [kWidth] });
  const parts = layers.map((layer) => layer.apply(input) as hd.SymbolicTensor);
  const joined = hd.layers.concatenate().apply(parts) as hd.SymbolicTensor;
  const head = hd.layers.dense({ units: kClasses, activation: 'softmax' });
  const output = head.apply(joined) as hd.SymbolicTensor;
  const model = hd.model({ inputs: input, outputs: output });
  model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
  return { input, joined, head, model };
}

const dense = () => hd.layers.dense({ units: kUnits, activation: 'tanh' });
const x = () => random([20, kWidth], 1);
const y = () => classRows(20, kClasses);

/** The gradient of the model's loss for each weight of `layer`, by the eager tape. */
function gradients(model: hd.LayersModel, layer: hd.Layer): Float32Array[] {
  const { grads } = hd.variableGrads(() => {
    const prediction = model.apply(x(), { training: true }) as hd.Tensor;
    return hd.metrics.categoricalCrossentropy(y(), prediction).mean() as hd.Scalar;
  });
  return layer.weights.map((weight) => values(grads[weight.name]!));
}

describe('S9: called twice on one input, concatenated, softmax head', () => {
  it('has two identical halves', () => {
    const layer = dense();
    const { input, joined } = scene([layer, layer]);
    const inner = hd.model({ inputs: input, outputs: joined });
    const rows = (inner.predict(x()) as hd.Tensor2D).arraySync();
    expect(rows[0]).toHaveLength(2 * kUnits);
    for (const row of rows) expect(row.slice(0, kUnits)).toEqual(row.slice(kUnits));
    expect(layer.countParams()).toBe(kWidth * kUnits + kUnits);
  });

  it('attribution shows the parts, and the gradient is their sum', async () => {
    const layer = dense();
    const { model } = scene([layer, layer]);
    const before = weightsOf(model);
    const report = await hd.attribution(model, x(), y());
    expect(sameBits(weightsOf(model), before), 'attribution moves nothing').toBe(true);

    expect(report.map(({ variable }) => variable.name)).toEqual(
      layer.weights.map((weight) => weight.name),
    );
    const whole = gradients(model, layer);
    report.forEach(({ total, parts }, i) => {
      expect(parts.map(({ call }) => call.index)).toEqual([0, 1]);
      expect(parts.map((part) => part.model)).toEqual([model, model]);
      expect(difference(values(total), whole[i]!)).toBeLessThan(1e-5);
      const sum = values(hd.add(parts[0]!.gradient, parts[1]!.gradient));
      expect(difference(sum, values(total))).toBeLessThan(1e-5);
      expect(parts[0]!.gradient.shape).toEqual(layer.weights[i]!.shape);
    });
  });

  it('each part is what that call alone would give', async () => {
    const layer = dense();
    const { model, head } = scene([layer, layer]);
    const report = await hd.attribution(model, x(), y());
    // Two layers with the same values: the gradient of each is the part of one call.
    const apart = [dense(), dense()];
    const separate = scene(apart);
    for (const each of apart) each.setWeights(layer.getWeights());
    separate.head.setWeights(head.getWeights());
    apart.forEach((each, call) => {
      gradients(separate.model, each).forEach((gradient, weight) => {
        const part = report[weight]!.parts[call]!.gradient;
        expect(difference(values(part), gradient)).toBeLessThan(1e-5);
      });
    });
  });

  it('reports how long the parts are and how far they agree', async () => {
    const layer = dense();
    const { model } = scene([layer, layer]);
    for (const { parts, cosine } of await hd.attribution(model, x(), y())) {
      const [p, q] = parts.map(({ gradient }) => values(gradient));
      const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, v, i) => sum + v * b[i]!, 0);
      expect(parts[0]!.norm).toBeCloseTo(Math.sqrt(dot(p!, p!)), 5);
      expect(parts[1]!.norm).toBeCloseTo(Math.sqrt(dot(q!, q!)), 5);
      const between = dot(p!, q!) / Math.sqrt(dot(p!, p!) * dot(q!, q!));
      expect(cosine).toHaveLength(2);
      expect(cosine[0]![0]).toBeCloseTo(1, 5);
      expect(cosine[1]![1]).toBeCloseTo(1, 5);
      expect(cosine[0]![1]).toBeCloseTo(between, 4);
      expect(cosine[1]![0]).toBeCloseTo(between, 4);
    }
  });

  it('trains, and the halves stay identical', async () => {
    const layer = dense();
    const { input, joined, model } = scene([layer, layer]);
    const { history } = await model.fit(x(), y(), { epochs: 20, verbose: 0 });
    expect(history.loss!.at(-1)).toBeLessThan(history.loss![0] as number);
    const inner = hd.model({ inputs: input, outputs: joined });
    for (const row of (inner.predict(x()) as hd.Tensor2D).arraySync()) {
      expect(row.slice(0, kUnits)).toEqual(row.slice(kUnits));
    }
  });
});
