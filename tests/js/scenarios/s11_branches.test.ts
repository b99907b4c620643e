// S11: one conv called on one image, two poolings, a dense head each, joined: trained on real digits.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { classRows, difference, random, start, values } from './support';
import { classes, images, places, realDigits } from './digits';

beforeAll(start);

const kFilters = 8;

function scene() {
  hd.setRandomSeed(11);
  const image = hd.input({ shape: [28, 28, 1] });
  const conv = hd.layers.conv2d({
    filters: kFilters,
    kernelSize: 3,
    activation: 'relu',
    name: 'conv',
  });
  const branches = [2, 4].map((poolSize) => {
    let x = conv.apply(image) as hd.SymbolicTensor;
    x = hd.layers.maxPooling2d({ poolSize }).apply(x) as hd.SymbolicTensor;
    x = hd.layers.flatten().apply(x) as hd.SymbolicTensor;
    return hd.layers.dense({ units: 64, activation: 'relu' }).apply(x) as hd.SymbolicTensor;
  });
  const joined = hd.layers.concatenate().apply(branches);
  const classify = hd.layers.dense({ units: 10, activation: 'softmax' });
  const model = hd.model({ inputs: image, outputs: classify.apply(joined) as hd.SymbolicTensor });
  model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  return { conv, branches, model };
}

describe('S11: two branches of one conv', () => {
  it('has the conv once, called twice, and the shapes of both branches', () => {
    const { conv, branches, model } = scene();
    expect(conv.calls).toHaveLength(2);
    expect(model.layers.filter((layer) => layer === conv)).toHaveLength(1);
    expect(branches.map(({ shape }) => shape)).toEqual([
      [null, 64],
      [null, 64],
    ]);
    const dense = [13 * 13, 6 * 6].map((sizes) => sizes * kFilters * 64 + 64);
    expect(model.countParams()).toBe(
      9 * kFilters + kFilters + dense[0]! + dense[1]! + 128 * 10 + 10,
    );
  });

  it("each branch adds its part to the conv's gradient", async () => {
    const { conv, model } = scene();
    const report = await hd.attribution(model, random([8, 28, 28, 1], 1), classRows(8, 10));
    expect(report.map(({ variable }) => variable.name)).toEqual(conv.weights.map((w) => w.name));
    for (const { total, parts } of report) {
      expect(parts).toHaveLength(2);
      for (const part of parts) expect(part.norm).toBeGreaterThan(0);
      const sum = values(hd.add(parts[0]!.gradient, parts[1]!.gradient));
      expect(difference(sum, values(total))).toBeLessThan(1e-5);
    }
  });

  it('learns real digits: at least 95 % of 2,000 kept back after three epochs of 8,000', async (context) => {
    const digits = realDigits(context);
    const { model } = scene();
    const learn = places(0, 8000);
    const { history } = await model.fit(images(digits, learn), classes(digits, learn), {
      epochs: 3,
      batchSize: 32,
      verbose: 0,
    });
    expect(history.loss!.at(-1)).toBeLessThan(history.loss![0] as number);
    const kept = places(8000, 10_000);
    const [, accuracy] = model.evaluate(images(digits, kept), classes(digits, kept)) as hd.Scalar[];
    expect(values(accuracy!)[0]).toBeGreaterThan(0.95);
  });
});
