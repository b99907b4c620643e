// S8: a layer written in JavaScript that wraps a dense layer, used twice.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { difference, random, sameBits, start, summaryCount, values, weightsOf } from './support';

interface ScaledArgs extends hd.LayerArgs {
  units: number;
  factor: number;
}

/** factor · tanh(dense(x)). */
class Scaled extends hd.layers.Layer {
  static override readonly className: string = 'Scaled';
  readonly units: number;
  readonly factor: number;
  readonly inner: hd.Layer;

  constructor(args: ScaledArgs) {
    super(args);
    this.units = args.units;
    this.factor = args.factor;
    this.inner = hd.layers.dense({ units: args.units, activation: 'tanh' });
  }

  override call(inputs: hd.Tensor | hd.Tensor[]): hd.Tensor {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    return (this.inner.apply(x) as hd.Tensor).mul(this.factor);
  }

  override computeOutputShape(inputShape: hd.Shape): hd.Shape {
    return [...inputShape.slice(0, -1), this.units];
  }

  override getConfig() {
    return { ...super.getConfig(), units: this.units, factor: this.factor };
  }
}

beforeAll(async () => {
  await start();
  hd.serialization.registerClass(Scaled);
});

const kWidth = 5;
const kUnits = 3;
const kParams = kWidth * kUnits + kUnits;
const kFactor = 2;

function scene(layer: hd.Layer = new Scaled({ units: kUnits, factor: kFactor, name: 'twice' })) {
  const inputs = [hd.input({ shape: [kWidth] }), hd.input({ shape: [kWidth] })];
  const outputs = inputs.map((input) => layer.apply(input) as hd.SymbolicTensor);
  const model = hd.model({ inputs, outputs });
  return { layer, model };
}

const data = () => [random([16, kWidth], 1), random([16, kWidth], 2)];

describe('S8: a custom layer with a dense inside, used twice', () => {
  it('finds, counts and lists the inner weights once', () => {
    const { layer, model } = scene();
    expect(layer.calls).toHaveLength(2);
    expect(layer.weights.map(({ shape }) => shape)).toEqual([[kWidth, kUnits], [kUnits]]);
    expect(layer.trainableWeights).toHaveLength(2);
    expect(layer.countParams()).toBe(kParams);
    expect(model.weights).toEqual(layer.weights);
    expect(model.countParams()).toBe(kParams);
    expect(summaryCount(model, 'Total params:')).toBe(kParams);
    expect(summaryCount(model, 'Trainable params:')).toBe(kParams);
    expect(model.layers.filter((each) => each === layer)).toHaveLength(1);
  });

  it('gives what the dense inside gives', () => {
    const { layer, model } = scene();
    const [kernel, bias] = weightsOf(layer);
    const outputs = model.predict(data()) as hd.Tensor[];
    data().forEach((x, call) => {
      const rows = values(x);
      const expected = Array.from({ length: 16 * kUnits }, (_, i) => {
        const [row, unit] = [Math.floor(i / kUnits), i % kUnits];
        let sum = bias![unit]!;
        for (let k = 0; k < kWidth; k++)
          sum += rows[row * kWidth + k]! * kernel![k * kUnits + unit]!;
        return kFactor * Math.tanh(sum);
      });
      expect(difference(values(outputs[call]!), expected)).toBeLessThan(1e-5);
    });
  });

  it('trains the one set of weights through either call', async () => {
    for (const lossWeights of [
      [1, 0],
      [0, 1],
    ]) {
      const { layer, model } = scene();
      model.compile({ optimizer: 'sgd', loss: 'meanSquaredError', lossWeights });
      const targets = [random([16, kUnits], 3), random([16, kUnits], 4)];
      const weights = weightsOf(layer);
      const before = (model.predict(data()) as hd.Tensor[]).map(values);
      await model.fit(data(), targets, { epochs: 2, verbose: 0 });
      weightsOf(layer).forEach((after, i) => {
        expect(sameBits([after], [weights[i]!])).toBe(false);
      });
      const after = (model.predict(data()) as hd.Tensor[]).map(values);
      after.forEach((output, i) => expect(sameBits([output], [before[i]!])).toBe(false));
    }
  });

  it('has the sum of both calls as gradient', async () => {
    const { layer, model } = scene();
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const targets = [random([16, kUnits], 3), random([16, kUnits], 4)];
    const report = await hd.attribution(model, data(), targets);
    expect(report).toHaveLength(layer.weights.length);
    for (const { total, parts } of report) {
      expect(parts).toHaveLength(2);
      const sum = values(hd.add(parts[0]!.gradient, parts[1]!.gradient));
      expect(difference(sum, values(total))).toBeLessThan(1e-5);
    }
  });

  it('saves its weights once, and takes them back', () => {
    const { layer, model } = scene();
    const saved = model.getWeights();
    expect(saved.map(({ shape }) => shape)).toEqual([[kWidth, kUnits], [kUnits]]);
    const other = scene();
    const [expected, before] = [model, other.model].map((each) =>
      (each.predict(data()) as hd.Tensor[]).map(values),
    );
    expect(sameBits(before!, expected!)).toBe(false);
    other.model.setWeights(saved);
    const after = (other.model.predict(data()) as hd.Tensor[]).map(values);
    expect(sameBits(after, expected!)).toBe(true);
    expect(sameBits(weightsOf(other.layer), weightsOf(layer))).toBe(true);
  });

  it('is made again of its configuration, with weights of its own', () => {
    const { layer } = scene();
    const config = layer.getConfig();
    expect(config).toMatchObject({ name: 'twice', units: kUnits, factor: kFactor });
    const again = Scaled.fromConfig(config);
    expect(again).toBeInstanceOf(Scaled);
    expect(again.getConfig()).toEqual(config);
    const { model } = scene(again);
    expect(model.countParams()).toBe(kParams);
    expect(sameBits(weightsOf(again), weightsOf(layer))).toBe(false);
  });

  it('is shared in a model that is made of a configuration', () => {
    const { model } = scene();
    const again = hd.LayersModel.fromConfig(model.getConfig() as hd.ConfigDict) as hd.LayersModel;
    const [copy] = again.layers.filter((each) => each instanceof Scaled);
    expect(copy!.calls).toHaveLength(2);
    expect(again.countParams()).toBe(kParams);
    again.setWeights(model.getWeights());
    const [expected, actual] = [model, again].map((each) =>
      (each.predict(data()) as hd.Tensor[]).map(values),
    );
    expect(sameBits(actual!, expected!)).toBe(true);
  });

  it('can be frozen from outside', async () => {
    const { layer, model } = scene();
    layer.trainable = false;
    expect(model.trainableWeights).toHaveLength(0);
    expect(summaryCount(model, 'Non-trainable params:')).toBe(kParams);
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const before = weightsOf(layer);
    const targets = [random([16, kUnits], 3), random([16, kUnits], 4)];
    await model.fit(data(), targets, { epochs: 1, verbose: 0 });
    expect(sameBits(weightsOf(layer), before)).toBe(true);
  });
});
