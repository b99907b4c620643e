// S14: transfer: a frozen MobileNetV2 under two heads, then its last layers unfrozen.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { classRows, difference, random, sameBits, start, values, weightsOf } from './support';

beforeAll(start);

const kArgs: hd.MobileNetV2Args = { inputShape: [32, 32, 3], alpha: 0.35, includeTop: false };
const kFeatures = 1280;

/**
 * Weights as they come from a file: arrays in Keras's order. Drawn such that values keep their size
 * from layer to layer, as in a trained network.
 */
function givenWeights(): Float32Array[] {
  const { layers } = hd.applications.mobileNetV2(kArgs);
  return layers
    .flatMap((layer) => layer.weights)
    .map((weight, i) => {
      const { originalName, shape } = weight;
      if (!originalName.endsWith('kernel')) return values(weight.read());
      const inputs = originalName === 'kernel' ? shape.slice(0, 3) : shape.slice(0, 2);
      const stddev = Math.sqrt(2 / inputs.reduce((a, b) => a * b, 1));
      return values(hd.randomNormal(shape, 0, stddev, 'float32', i));
    });
}

/** One frozen base; a softmax head of 1000 classes and a sigmoid head of 5 on it. */
function scene() {
  const weights = givenWeights();
  const base = hd.applications.mobileNetV2({ ...kArgs, weights });
  base.trainable = false;
  const makeModel = (units: number, activation: 'softmax' | 'sigmoid') => {
    const image = hd.input({ shape: [32, 32, 3] });
    const features = base.apply(image) as hd.SymbolicTensor;
    const pooled = hd.layers.globalAveragePooling2d().apply(features) as hd.SymbolicTensor;
    const head = hd.layers.dense({ units, activation });
    const model = hd.model({ inputs: image, outputs: head.apply(pooled) as hd.SymbolicTensor });
    return { model, head, pooled, image };
  };
  const classify = makeModel(1000, 'softmax');
  const tag = makeModel(5, 'sigmoid');
  classify.model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' });
  tag.model.compile({ optimizer: 'adam', loss: 'binaryCrossentropy' });
  return { weights, base, classify, tag };
}

const x = () => random([8, 32, 32, 3], 1);
const tags = () => random([8, 5], 2).greater(0).toFloat();

describe('S14: MobileNetV2 as a frozen base under two heads', () => {
  it('has the weights that were given', () => {
    const { weights, base } = scene();
    const now = base.layers
      .flatMap((layer) => layer.weights)
      .map((weight) => values(weight.read()));
    expect(sameBits(now, weights)).toBe(true);
    expect(base.countParams()).toBe(410_208);
    expect(base.trainableWeights).toHaveLength(0);
  });

  it('trains the heads alone: the base is bit-identical after fitting either', async () => {
    const { base, classify, tag } = scene();
    expect(classify.model.trainableWeights).toEqual(classify.head.weights);
    expect(classify.model.countParams()).toBe(410_208 + kFeatures * 1000 + 1000);
    expect(tag.model.countParams()).toBe(410_208 + kFeatures * 5 + 5);
    const kept = weightsOf(base);
    for (const [{ model, head }, y] of [
      [classify, classRows(8, 1000)],
      [tag, tags()],
    ] as const) {
      const before = weightsOf(head);
      const { history } = await model.fit(x(), y, { epochs: 3, verbose: 0 });
      expect(history.loss!.at(-1)).toBeLessThan(history.loss![0] as number);
      expect(sameBits(weightsOf(base), kept), 'moving averages included').toBe(true);
      expect(sameBits(weightsOf(head), before)).toBe(false);
    }
  });

  it('computes features by one code path', () => {
    const { base, classify, tag } = scene();
    const [one, two] = [classify, tag].map(({ image, pooled }) =>
      values(hd.model({ inputs: image, outputs: pooled }).predict(x()) as hd.Tensor),
    );
    expect(sameBits([one!], [two!])).toBe(true);
    expect(Math.max(...one!)).toBeGreaterThan(0.01);
    const features = base.predict(x()) as hd.Tensor;
    expect(features.shape).toEqual([8, 1, 1, kFeatures]);
    expect(difference(values(features.mean([1, 2])), one!)).toBeLessThan(1e-6);
  });

  it('training on features computed beforehand is the same training', async () => {
    const { base, tag } = scene();
    const input = hd.input({ shape: [kFeatures] });
    const head = hd.layers.dense({ units: 5, activation: 'sigmoid' });
    const short = hd.model({ inputs: input, outputs: head.apply(input) as hd.SymbolicTensor });
    head.setWeights(tag.head.getWeights());
    short.compile({ optimizer: 'adam', loss: 'binaryCrossentropy' });
    const features = (base.predict(x()) as hd.Tensor).mean([1, 2]);
    for (let step = 0; step < 3; step++) {
      const [whole, alone] = [
        await tag.model.trainOnBatch(x(), tags()),
        await short.trainOnBatch(features, tags()),
      ] as number[];
      expect(alone).toBeCloseTo(whole!, 4);
    }
  });

  it('then unfreezes the last layers: compiled again with a small rate, only those move', async () => {
    const { base, classify, tag } = scene();
    await tag.model.fit(x(), tags(), { epochs: 1, verbose: 0 });
    const last = ['Conv_1', 'Conv_1_bn'].map((name) => base.getLayer(name));
    base.trainable = true;
    for (const layer of base.layers) layer.trainable = last.includes(layer);
    expect(tag.model.trainableWeights).toHaveLength(3 + 2); // kernel; gamma, beta; the head
    tag.model.compile({ optimizer: hd.train.adam(1e-5), loss: 'binaryCrossentropy' });

    const others = base.layers.filter((layer) => !last.includes(layer));
    const kept = others.flatMap(weightsOf);
    const moved = last.flatMap(weightsOf);
    const predicted = values(classify.model.predict(x()) as hd.Tensor);
    await tag.model.fit(x(), tags(), { epochs: 2, verbose: 0 });
    expect(sameBits(others.flatMap(weightsOf), kept)).toBe(true);
    last.flatMap(weightsOf).forEach((after, i) => {
      expect(sameBits([after], [moved[i]!]), `weight ${i} of the last layers`).toBe(false);
    });
    // The other head stands on the same base.
    const now = values(classify.model.predict(x()) as hd.Tensor);
    expect(sameBits([now], [predicted])).toBe(false);
  });

  it('weights from files are for later, and it says so', () => {
    const load = () => hd.applications.mobileNetV2({ ...kArgs, weights: 'base.h5' as never });
    expect(load).toThrow(hd.NotImplementedError);
    expect(load).toThrow(/weights.*file/);
  });
});
