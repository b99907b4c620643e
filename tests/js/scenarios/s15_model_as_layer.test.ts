// S15: a model as a layer: one encoder on two or three inputs, a siamese network.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { difference, random, sameBits, start, summaryCount, values, weightsOf } from './support';
import { images, places, realDigits, type Digits } from './digits';

beforeAll(start);

const kFeatures = 32;

/** [28, 28, 1] to a vector. */
function makeEncoder(): hd.Sequential {
  return hd.sequential({
    name: 'encoder',
    layers: [
      hd.layers.conv2d({ filters: 8, kernelSize: 3, activation: 'relu', inputShape: [28, 28, 1] }),
      hd.layers.maxPooling2d({ poolSize: 2 }),
      hd.layers.conv2d({ filters: 16, kernelSize: 3, activation: 'relu' }),
      hd.layers.maxPooling2d({ poolSize: 2 }),
      hd.layers.flatten(),
      hd.layers.dense({ units: kFeatures }),
    ],
  });
}

/** How alike two images are: the cosine between their codes, [batch, 1]. */
function siamese() {
  hd.setRandomSeed(15);
  const encoder = makeEncoder();
  const inputs = [hd.input({ shape: [28, 28, 1] }), hd.input({ shape: [28, 28, 1] })];
  const codes = inputs.map((input) => encoder.apply(input) as hd.SymbolicTensor);
  const cosine = hd.layers.dot({ axes: 1, normalize: true, name: 'cosine' }).apply(codes);
  const model = hd.model({ inputs, outputs: cosine as hd.SymbolicTensor });
  return { encoder, model };
}

/** Pairs of places in [from, to): as many of one digit as of two. */
function pairs({ labels }: Digits, from: number, to: number, count: number, seed: number) {
  const draws = values(hd.randomUniform([8 * count], 0, 1, 'float32', seed));
  let next = 0;
  const draw = () => from + Math.floor(draws[next++]! * (to - from));
  const byDigit = Array.from({ length: 10 }, (_, digit) =>
    places(from, to).filter((at) => labels[at] === digit),
  );
  const [first, second, same]: [number[], number[], number[]] = [[], [], []];
  while (first.length < count) {
    const at = draw();
    const alike = first.length % 2 === 0;
    const own = byDigit[labels[at]!]!;
    const other = alike ? own[Math.floor(draws[next++]! * own.length)]! : draw();
    if (!alike && labels[other] === labels[at]) continue;
    first.push(at);
    second.push(other);
    same.push(+alike);
  }
  return { first, second, same };
}

describe('S15: a Sequential encoder applied to several inputs', () => {
  it("counts the encoder's parameters once", () => {
    const { encoder, model } = siamese();
    const inside = 9 * 8 + 8 + (9 * 8 * 16 + 16) + (5 * 5 * 16 * kFeatures + kFeatures);
    expect(encoder.countParams()).toBe(inside);
    expect(model.countParams()).toBe(inside);
    expect(model.weights).toEqual(encoder.weights);
    expect(summaryCount(model, 'Total params:')).toBe(inside);
    expect(model.layers.filter((layer) => (layer as unknown) === encoder)).toHaveLength(1);
    expect(encoder.calls).toHaveLength(2);
  });

  it('gives the cosine of the two codes', () => {
    const { encoder, model } = siamese();
    const [a, b] = [random([4, 28, 28, 1], 1), random([4, 28, 28, 1], 2)];
    const [x, y] = [a, b].map((image) => values(encoder.predict(image) as hd.Tensor));
    const expected = [0, 1, 2, 3].map((row) => {
      const [u, v] = [x!, y!].map((all) => all.subarray(row * kFeatures, (row + 1) * kFeatures));
      const dot = (p: Float32Array, q: Float32Array) => p.reduce((sum, e, i) => sum + e * q[i]!, 0);
      return dot(u!, v!) / Math.sqrt(dot(u!, u!) * dot(v!, v!));
    });
    const cosine = model.predict([a, b]) as hd.Tensor;
    expect(cosine.shape).toEqual([4, 1]);
    expect(difference(values(cosine), expected)).toBeLessThan(1e-5);
    values(model.predict([a, a]) as hd.Tensor).forEach((one) => expect(one).toBeCloseTo(1, 5));
  });

  it('one encoder serves two and three inputs; training either moves both', async () => {
    const { encoder, model } = siamese();
    const inputs = [1, 2, 3].map(() => hd.input({ shape: [28, 28, 1] }));
    const codes = inputs.map((input) => encoder.apply(input) as hd.SymbolicTensor);
    const joined = hd.layers.concatenate().apply(codes) as hd.SymbolicTensor;
    const triplets = hd.model({ inputs, outputs: joined });
    expect(triplets.weights).toEqual(encoder.weights);
    const x = [1, 2, 3].map((seed) => random([6, 28, 28, 1], seed));
    const before = values(model.predict(x.slice(0, 2)) as hd.Tensor);
    triplets.compile({
      optimizer: hd.train.sgd(0.01),
      loss: (_, prediction) => {
        const [anchor, positive, negative] = prediction.split(3, 1);
        return hd.losses.tripletLoss(anchor!, positive!, negative!);
      },
    });
    const { history } = await triplets.fit(x, hd.zeros([6, 3 * kFeatures]), {
      epochs: 5,
      verbose: 0,
    });
    expect(history.loss!.at(-1)).toBeLessThan(history.loss![0] as number);
    const after = values(model.predict(x.slice(0, 2)) as hd.Tensor);
    expect(sameBits([after], [before])).toBe(false);
  });

  it('can be frozen as a whole', async () => {
    const { encoder, model } = siamese();
    encoder.trainable = false;
    expect(model.trainableWeights).toHaveLength(0);
    const head = hd.layers.dense({ units: 1 });
    const outputs = head.apply(model.outputs[0]!) as hd.SymbolicTensor;
    const whole = hd.model({ inputs: model.inputs, outputs });
    whole.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const kept = weightsOf(encoder);
    const x = [random([6, 28, 28, 1], 1), random([6, 28, 28, 1], 2)];
    await whole.fit(x, random([6, 1], 3), { epochs: 2, verbose: 0 });
    expect(sameBits(weightsOf(encoder), kept)).toBe(true);
  });

  it('tells pairs of the same digit from others: at least 95 % of 1,000 pairs kept back', async (context) => {
    const digits = realDigits(context);
    const { model } = siamese();
    const distance = (cosine: hd.Tensor) => hd.sub(1, cosine);
    model.compile({
      optimizer: hd.train.adam(2e-3),
      loss: (same, cosine) => hd.losses.contrastiveLoss(same, distance(cosine)),
    });
    for (let epoch = 0; epoch < 4; epoch++) {
      const { first, second, same } = pairs(digits, 0, 8000, 6000, 100 + epoch);
      const y = hd.tensor2d(same, [same.length, 1]);
      await model.fit([images(digits, first), images(digits, second)], y, { verbose: 0 });
    }
    const { first, second, same } = pairs(digits, 8000, 10_000, 1000, 7);
    const cosine = model.predict([images(digits, first), images(digits, second)]) as hd.Tensor;
    const right = values(cosine).filter((value, i) => +(value > 0.5) === same[i]).length;
    expect(right / same.length).toBeGreaterThanOrEqual(0.95);
  });
});

describe('losses of pairs and triplets', () => {
  it('contrastiveLoss by hand', () => {
    // same: d²; different: max(0, margin - d)².
    const labels = [1, 1, 0, 0];
    const distances = [0.5, 2, 0.25, 3];
    const none = hd.losses.contrastiveLoss(labels, distances, null, 1, hd.Reduction.NONE);
    expect(difference(values(none), [0.25, 4, 0.5625, 0])).toBeLessThan(1e-6);
    const mean = hd.losses.contrastiveLoss(labels, distances, null, 2);
    expect(mean.shape).toEqual([]);
    expect(values(mean)[0]).toBeCloseTo((0.25 + 4 + 1.75 ** 2 + 0) / 4, 5);
    expect(() => hd.losses.contrastiveLoss([1, 0], [1])).toThrow(hd.ValueError);
    expect(() => hd.losses.contrastiveLoss([1], [1], null, -1)).toThrow(/margin.*-1/);
  });

  it('tripletLoss by hand', () => {
    const anchor = [
      [0, 0],
      [1, 2],
      [0, 0],
    ];
    const positive = [
      [1, 0],
      [1, 2],
      [2, 0],
    ];
    const negative = [
      [0, 3],
      [1, 1],
      [0, 1],
    ];
    // |a-p|² = 1, 0, 4; |a-n|² = 9, 1, 1.
    const none = hd.losses.tripletLoss(anchor, positive, negative, null, 2, hd.Reduction.NONE);
    expect(difference(values(none), [0, 1, 5])).toBeLessThan(1e-6);
    expect(values(hd.losses.tripletLoss(anchor, positive, negative, null, 2))[0]).toBeCloseTo(2, 5);
    const [grad] = hd.grads((a: hd.Tensor) =>
      hd.losses.tripletLoss(a, positive, negative, null, 2),
    )([hd.tensor2d(anchor)]);
    // 2 (n - p) / 3 where it is above 0.
    const expected = [0, 0, 0, -2 / 3, -4 / 3, 2 / 3];
    expect(difference(values(grad!), expected)).toBeLessThan(1e-5);
    expect(() => hd.losses.tripletLoss(anchor, positive, [[1, 2]])).toThrow(hd.ValueError);
  });
});
