// Normalisation: what TensorFlow.js lacks, or does wrong; frozen layers; masks.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { checkAlone, type Numbers } from './layer_alone';
import { expectValueError, expectValues, random, start, values } from './support';

beforeAll(start);

const mean = (list: number[]) => list.reduce((a, b) => a + b, 0) / list.length;
const variance = (list: number[]) => mean(list.map((x) => (x - mean(list)) ** 2));

/** Each value normalised with those whose place has the same group, then scaled and shifted. */
function normalized(
  x: Numbers,
  group: (i: number) => string | number,
  scale: (i: number) => number = () => 1,
  shift: (i: number) => number = () => 0,
): number[] {
  const groups = new Map<string | number, number[]>();
  Array.from(x).forEach((value, i) => {
    groups.set(group(i), [...(groups.get(group(i)) ?? []), value]);
  });
  return Array.from(x, (value, i) => {
    const all = groups.get(group(i))!;
    return ((value - mean(all)) / Math.sqrt(variance(all) + 1e-3)) * scale(i) + shift(i);
  });
}

describe('batchNormalization', () => {
  const training = { training: true };

  it('takes channels that are not the last axis', () => {
    const channel = (i: number) => Math.floor(i / 2) % 4; // [3, 4, 2]
    const layer = hd.layers.batchNormalization({ axis: 1 });
    const x = random([3, 4, 2], 1);
    layer.apply(x);
    const [gamma, beta, average, spread] = [
      [1, 2, 3, 4],
      [0.5, 0, -0.5, 1],
      [0.1, 0.2, 0.3, 0.4],
      [1, 0.5, 2, 4],
    ] as [number[], number[], number[], number[]];
    layer.setWeights([gamma, beta, average, spread].map((list) => hd.tensor1d(list)));
    const inference = values(x).map((value, i) => {
      const c = channel(i);
      return ((value - average[c]!) / Math.sqrt(spread[c]! + 1e-3)) * gamma[c]! + beta[c]!;
    });
    expectValues(layer.apply(x) as hd.Tensor, inference);
    const trained = normalized(
      values(x),
      channel,
      (i) => gamma[channel(i)]!,
      (i) => beta[channel(i)]!,
    );
    expectValues(layer.apply(x, training) as hd.Tensor, trained);
  });

  it('does without gamma and beta', () => {
    const layer = hd.layers.batchNormalization({ center: false, scale: false });
    const x = random([3, 4], 2);
    expectValues(
      layer.apply(x, training) as hd.Tensor,
      normalized(values(x), (i) => i % 4),
    );
    expect(layer.weights.map(({ name }) => name.split('/')[1])).toEqual([
      'moving_mean',
      'moving_variance',
    ]);
  });

  it('takes gradients through mean and variance on any axis', () => {
    const layer = hd.layers.batchNormalization({ axis: 1, scale: false });
    const x = random([3, 4, 2], 1);
    const direction = random([3, 4, 2], 2);
    const loss = (at: hd.Tensor) =>
      (layer.apply(at, training) as hd.Tensor).mul(random([3, 4, 2], 3)).sum() as hd.Scalar;
    const along = values(hd.grad(loss)(x).mul(direction).sum())[0]!;
    const at = (h: number) => values(loss(x.add(direction.mul(h))))[0]!;
    expect(along).toBeCloseTo((at(5e-3) - at(-5e-3)) / 1e-2, 2);
  });

  it('moves its averages', () => {
    const layer = hd.layers.batchNormalization({ momentum: 0.75 });
    layer.apply(hd.tensor2d([1, 10, 3, 30], [2, 2]), training);
    const [, , movingMean, movingVariance] = layer.getWeights();
    expectValues(movingMean!, [0.25 * 2, 0.25 * 20]);
    expectValues(movingVariance!, [0.75 + 0.25 * 1, 0.75 + 0.25 * 100]);
    layer.apply(hd.ones([2, 2])); // outside of training nothing moves
    expectValues(layer.getWeights()[2]!, [0.5, 5]);
  });

  it('counts a shared layer once per call, in call order', async () => {
    const shared = hd.layers.batchNormalization({ momentum: 0.5, center: false, scale: false });
    const inputs = [1, 2].map(() => hd.input({ shape: [1] }));
    const sum = hd.layers.add().apply(inputs.map((x) => shared.apply(x) as hd.SymbolicTensor));
    const output = hd.layers.dense({ units: 1 }).apply(sum as hd.SymbolicTensor);
    const model = hd.model({ inputs, outputs: output as hd.SymbolicTensor });
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    await model.trainOnBatch([hd.tensor2d([[2], [2]]), hd.tensor2d([[8], [8]])], hd.ones([2, 1]));
    expectValues(shared.getWeights()[0]!, [(0 * 0.5 + 2 * 0.5) * 0.5 + 8 * 0.5]);
  });

  it('runs in inference mode when frozen, and keeps its averages', async () => {
    const norm = hd.layers.batchNormalization({ inputShape: [2], name: 'norm' });
    const model = hd.sequential({ layers: [norm, hd.layers.dense({ units: 1 })] });
    norm.trainable = false;
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const x = random([8, 2], 4).mul(5).add(3);
    const before = norm.getWeights().map(values);
    await model.fit(x, hd.ones([8, 1]), { epochs: 3, batchSize: 4 });
    expect(norm.getWeights().map(values)).toEqual(before);
    expectValues(norm.apply(x, training) as hd.Tensor, values(norm.apply(x) as hd.Tensor));
    norm.trainable = true;
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    await model.fit(x, hd.ones([8, 1]), { epochs: 1, batchSize: 4 });
    expect(norm.getWeights().map(values)).not.toEqual(before);
  });

  it('leaves out what a mask says does not count', () => {
    const layer = hd.layers.batchNormalization();
    const x = hd.tensor3d([1, 3, 100, 5], [2, 2, 1]);
    const mask = hd.tensor2d([1, 1, 0, 1], [2, 2], 'bool');
    const y = layer.apply(x, { ...training, mask }) as hd.Tensor;
    const deviation = Math.sqrt(variance([1, 3, 5]) + 1e-3);
    expectValues(
      y,
      [-2, 0, 97, 2].map((d) => d / deviation),
      1e-5,
    );
  });

  it('needs the size of its axis', () => {
    const layer = hd.layers.batchNormalization({ name: 'b', axis: 1 });
    expectValueError(() => layer.apply(hd.input({ shape: [null, 3] })), "'b'", 'axis 1', 'null');
    expectValueError(
      () => hd.layers.batchNormalization({ axis: 3 }).apply(hd.ones([2, 2])),
      'from -2 to 1',
      'rank 2',
    );
  });
});

describe('layerNormalization', () => {
  checkAlone('layerNormalization', { scale: false, axis: [1, 2] }, [2, 3], {
    expected: ([x], [beta]) =>
      normalized(
        x!,
        (i) => Math.floor(i / 6),
        () => 1,
        (i) => beta![i % 6]!,
      ),
  });
  checkAlone('layerNormalization', { center: false }, [2, 3], {
    expected: ([x], [gamma]) =>
      normalized(
        x!,
        (i) => Math.floor(i / 3),
        (i) => gamma![i % 3]!,
      ),
  });
  checkAlone('layerNormalization', { center: false, scale: false }, [4], {
    expected: ([x]) => normalized(x!, (i) => Math.floor(i / 4)),
  });
});

describe('groupNormalization', () => {
  const affine =
    (group: (i: number) => string, channel: (i: number) => number) =>
    ([x]: Numbers[], [gamma, beta]: Numbers[]) =>
      normalized(
        x!,
        group,
        (i) => gamma![channel(i)]!,
        (i) => beta![channel(i)]!,
      );
  // [batch, 2, 2, 6] in three groups of two channels.
  checkAlone('groupNormalization', { groups: 3 }, [2, 2, 6], {
    expected: affine(
      (i) => `${Math.floor(i / 24)} ${Math.floor((i % 6) / 2)}`,
      (i) => i % 6,
    ),
  });
  checkAlone('groupNormalization', { groups: 2, axis: 1 }, [4, 3], {
    expected: affine(
      (i) => `${Math.floor(i / 12)} ${Math.floor((i % 12) / 6)}`,
      (i) => Math.floor(i / 3) % 4,
    ),
  });
  checkAlone('groupNormalization', { groups: -1 }, [5, 3], {
    title: 'each channel by itself',
    expected: affine(
      (i) => `${Math.floor(i / 15)} ${i % 3}`,
      (i) => i % 3,
    ),
  });

  it('needs groups that divide the channels', () => {
    const layer = () => hd.layers.groupNormalization({ groups: 4, name: 'g' });
    expectValueError(() => layer().apply(hd.ones([2, 6])), "'g'", '6 channels', '4 groups');
    expectValueError(() => hd.layers.groupNormalization({ groups: 0 }), "'groups'", '-1');
  });
});

describe('rmsNormalization', () => {
  const expected =
    (size: number, epsilon = 1e-6) =>
    ([x]: Numbers[], [scale]: Numbers[]) =>
      Array.from(x!, (value, i) => {
        const row = Array.from(x!).slice(
          Math.floor(i / size) * size,
          (Math.floor(i / size) + 1) * size,
        );
        return (value / Math.sqrt(mean(row.map((v) => v * v)) + epsilon)) * scale![i % size]!;
      });
  checkAlone('rmsNormalization', {}, [2, 4], { expected: expected(4) });
  checkAlone('rmsNormalization', { axis: [-1, 1], epsilon: 0.1 }, [2, 4], {
    expected: expected(8, 0.1),
  });
});

describe('unitNormalization', () => {
  checkAlone('unitNormalization', {}, [2, 3], {
    expected: ([x]) =>
      Array.from(x!, (value, i) => {
        const row = Array.from(x!).slice(Math.floor(i / 3) * 3, Math.floor(i / 3) * 3 + 3);
        return value / Math.hypot(...row);
      }),
  });
  checkAlone('unitNormalization', { axis: [1, 2] }, [2, 2], {
    expected: ([x]) =>
      Array.from(x!, (value, i) => {
        const all = Array.from(x!).slice(Math.floor(i / 4) * 4, Math.floor(i / 4) * 4 + 4);
        return value / Math.hypot(...all);
      }),
  });

  it('leaves zeros, with a finite gradient', () => {
    const layer = hd.layers.unitNormalization();
    const x = hd.zeros([1, 3]);
    expectValues(layer.apply(x) as hd.Tensor, [0, 0, 0]);
    const g = hd.grad((t: hd.Tensor) => (layer.apply(t) as hd.Tensor).sum())(x);
    expect(values(g).every(Number.isFinite)).toBe(true);
  });
});

describe('spectralNormalization', () => {
  it('divides the kernel by its largest singular value, in training only', () => {
    const dense = hd.layers.dense({ units: 2, useBias: false });
    const layer = hd.layers.spectralNormalization({ layer: dense, powerIterations: 20 });
    const x = hd.ones([1, 2]);
    layer.apply(x);
    expect(layer.weights.map(({ shape }) => shape)).toEqual([
      [2, 2],
      [1, 2],
    ]);
    expect(layer.trainableWeights).toHaveLength(1);
    // Singular values 4 and 2.
    const kernel = [Math.SQRT1_2 * 4, -Math.SQRT1_2 * 2, Math.SQRT1_2 * 4, Math.SQRT1_2 * 2];
    layer.setWeights([hd.tensor2d(kernel, [2, 2]), hd.tensor2d([1, 0.5], [1, 2])]);
    expectValues(layer.apply(x) as hd.Tensor, [Math.SQRT2 * 4, 0]);
    expectValues(layer.apply(x, { training: true }) as hd.Tensor, [Math.SQRT2, 0], 1e-4);
    expectValues(
      dense.getWeights()[0]!,
      kernel.map((w) => w / 4),
      1e-4,
    );
  });

  it('does one step of the power method, and keeps the vector', () => {
    const layer = hd.layers.spectralNormalization({ layer: hd.layers.dense({ units: 2 }) });
    const x = hd.ones([1, 2]);
    layer.apply(x);
    const [w, u] = [
      [1, 2, 3, 4],
      [0.6, 0.8],
    ];
    const [, bias] = layer.getWeights();
    layer.setWeights([hd.tensor2d(w, [2, 2]), bias!, hd.tensor2d(u, [1, 2])]);
    layer.apply(x, { training: true });
    const unit = ([a, b]: number[]) => [a! / Math.hypot(a!, b!), b! / Math.hypot(a!, b!)];
    const v = unit([0.6 * 1 + 0.8 * 2, 0.6 * 3 + 0.8 * 4]);
    const next = [v[0]! * 1 + v[1]! * 3, v[0]! * 2 + v[1]! * 4];
    const sigma = Math.hypot(...next);
    const [kernel, , vector] = layer.getWeights();
    expectValues(
      kernel!,
      w.map((value) => value / sigma),
    );
    expectValues(vector!, unit(next));
  });

  it('trains in a model as it does eagerly', async () => {
    hd.setRandomSeed(11);
    const make = () => {
      const layer = hd.layers.spectralNormalization({
        layer: hd.layers.dense({
          units: 3,
          kernelInitializer: hd.initializers.glorotNormal({ seed: 4 }),
        }),
        inputShape: [4],
      });
      return layer;
    };
    const layer = make();
    const model = hd.sequential({ layers: [layer] });
    const eager = make();
    eager.apply(hd.ones([1, 4]));
    eager.setWeights(layer.getWeights());
    const [x, y] = [random([5, 4], 1), random([5, 3], 2)];
    model.compile({ optimizer: hd.train.sgd(0.1), loss: 'meanSquaredError' });
    await model.trainOnBatch(x, y);
    const { grads } = hd.variableGrads(
      () => hd.losses.meanSquaredError(y, eager.apply(x, { training: true }) as hd.Tensor),
      eager.trainableWeights,
    );
    Object.values(grads).forEach((gradient, i) => {
      const variable = eager.trainableWeights[i]!;
      variable.write(variable.read().sub(gradient.mul(0.1)));
    });
    layer.getWeights().forEach((w, i) => expectValues(w, values(eager.getWeights()[i]!)));
  });

  it('comes back from its configuration, and needs a kernel', () => {
    const layer = hd.layers.spectralNormalization({
      layer: hd.layers.conv2d({ filters: 2, kernelSize: 3 }),
      powerIterations: 3,
    });
    const again = hd.layers.SpectralNormalization.fromConfig(layer.getConfig());
    expect(again.getConfig()).toEqual(layer.getConfig());
    expect((again.apply(hd.ones([1, 5, 5, 1])) as hd.Tensor).shape).toEqual([1, 3, 3, 2]);
    expectValueError(
      () =>
        hd.layers.spectralNormalization({ layer: hd.layers.flatten() }).apply(hd.ones([1, 2, 2])),
      "'kernel'",
      'Flatten',
    );
  });
});
