// Noise and dropout while training: what the draws are like, when they are new, and their seeds.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { expectValueError, expectValues, start, values } from './support';

beforeAll(start);

const training = { training: true };
const mean = (list: number[]) => list.reduce((a, b) => a + b, 0) / list.length;
const deviation = (list: number[]) => Math.sqrt(mean(list.map((x) => (x - mean(list)) ** 2)));
const { layers } = hd;

type Make = (seed?: number) => hd.layers.Layer;
const makers: Record<string, Make> = {
  gaussianNoise: (seed) => layers.gaussianNoise({ stddev: 0.5, seed }),
  gaussianDropout: (seed) => layers.gaussianDropout({ rate: 0.25, seed }),
  alphaDropout: (seed) => layers.alphaDropout({ rate: 0.25, seed }),
  spatialDropout1d: (seed) => layers.spatialDropout1d({ rate: 0.25, seed }),
};

describe.each(Object.entries(makers))('%s', (_name, make) => {
  const x = () => hd.ones([4, 5, 60]);
  const run = (layer: hd.layers.Layer) => values(layer.apply(x(), training) as hd.Tensor);

  it('draws anew at each call', () => {
    for (const layer of [make(), make(7)]) expect(run(layer)).not.toEqual(run(layer));
  });

  it('draws alike with one seed, call by call', () => {
    const [a, b, other] = [make(7), make(7), make(8)];
    const drawn = [run(a), run(a)];
    expect([run(b), run(b)]).toEqual(drawn);
    expect(run(other)).not.toEqual(drawn[0]);
  });

  it('draws anew in each step of a compiled model, with a seed or without', async () => {
    for (const seed of [undefined, 3]) {
      const input = hd.input({ shape: [5, 60] });
      const noise = make(seed).apply(input) as hd.SymbolicTensor;
      const output = layers.fn((t: hd.Tensor) => t.mean([1, 2]).expandDims(1)).apply(noise);
      const model = hd.model({ inputs: input, outputs: output as hd.SymbolicTensor });
      model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
      const losses: unknown[] = [];
      for (let i = 0; i < 4; i++) losses.push(await model.trainOnBatch(x(), hd.zeros([4, 1])));
      expect(new Set(losses).size).toBe(4);
      expectValues(model.predict(x()) as hd.Tensor, [1, 1, 1, 1]);
    }
  });

  it('keeps the seed in its configuration', () => {
    const config = make(7).getConfig();
    expect(config['seed']).toBe(7);
  });
});

describe('statistics', () => {
  // 40,000 draws: a standard error of the mean of 0.005 deviations.
  const x = () => hd.ones([200, 200]);
  const run = (layer: hd.layers.Layer) => values(layer.apply(x(), training) as hd.Tensor);

  it('gaussianNoise adds noise of its deviation', () => {
    const noise = run(layers.gaussianNoise({ stddev: 0.5, seed: 1 }));
    expect(mean(noise)).toBeCloseTo(1, 1);
    expect(deviation(noise)).toBeCloseTo(0.5, 1);
  });

  it('gaussianDropout multiplies by noise of deviation √(rate / (1 − rate))', () => {
    const layer = layers.gaussianDropout({ rate: 0.2, seed: 1 });
    const noise = run(layer);
    expect(mean(noise)).toBeCloseTo(1, 1);
    expect(deviation(noise)).toBeCloseTo(0.5, 1);
    expectValues(layer.apply(hd.zeros([3, 3]), training) as hd.Tensor, new Array(9).fill(0));
  });

  it('alphaDropout keeps mean 0 and variance 1 (TensorFlow.js has a sign wrong)', () => {
    const layer = layers.alphaDropout({ rate: 0.3, seed: 1 });
    const y = values(
      layer.apply(hd.randomNormal([200, 200], 0, 1, 'float32', 5), training) as hd.Tensor,
    );
    expect(Math.abs(mean(y))).toBeLessThan(0.03);
    expect(deviation(y)).toBeCloseTo(1, 1);
    const dropped = Math.min(...run(layer));
    const part = run(layer).filter((v) => Math.abs(v - dropped) < 1e-5).length / 40000;
    expect(part).toBeCloseTo(0.3, 1);
  });

  it('alphaDropout draws once for a broadcast axis', () => {
    const layer = layers.alphaDropout({ rate: 0.5, noiseShape: [null, 1], seed: 2 });
    const rows = (layer.apply(hd.ones([20, 6]), training) as hd.Tensor).arraySync() as number[][];
    for (const row of rows) expect(new Set(row).size).toBe(1);
    expect(new Set(rows.map(([first]) => first)).size).toBe(2);
  });
});

describe('spatial dropout', () => {
  it.each([
    ['1d', () => layers.spatialDropout1d({ rate: 0.5, seed: 1 }), [8, 6, 10], [1]],
    ['2d', () => layers.spatialDropout2d({ rate: 0.5, seed: 1 }), [8, 3, 4, 10], [1, 2]],
    ['3d', () => layers.spatialDropout3d({ rate: 0.5, seed: 1 }), [8, 2, 3, 2, 10], [1, 2, 3]],
    [
      '2d, channels first',
      () => layers.spatialDropout2d({ rate: 0.5, seed: 1, dataFormat: 'channelsFirst' }),
      [8, 10, 3, 4],
      [2, 3],
    ],
  ])('%s drops whole channels and scales the others', (_name, make, shape, positions) => {
    const y = make().apply(hd.ones(shape), training) as hd.Tensor;
    const least = values(y.min(positions));
    expect(values(y.max(positions))).toEqual(least);
    expect([...new Set(least)].sort()).toEqual([0, 2]);
    expect(Math.abs(mean(least) - 1)).toBeLessThan(0.4);
  });

  it('needs inputs of its rank', () => {
    const layer = layers.spatialDropout2d({ rate: 0.5, name: 's' });
    expectValueError(() => layer.apply(hd.ones([2, 3, 4])), "'s'", 'rank 4', '[2,3,4]');
    expectValueError(() => layers.spatialDropout3d({ rate: 2 }), "'rate'", 'from 0 to 1', '2');
  });
});

describe('activityRegularization', () => {
  it('adds its penalty to the loss, and its gradient', async () => {
    const dense = layers.dense({ units: 1, useBias: false, inputShape: [1] });
    const model = hd.sequential({
      layers: [dense, layers.activityRegularization({ l1: 0.5, l2: 0.25 })],
    });
    dense.setWeights([hd.tensor2d([[2]])]);
    model.compile({ optimizer: hd.train.sgd(0.1), loss: 'meanSquaredError' });
    const loss = await model.trainOnBatch(hd.tensor2d([[1]]), hd.tensor2d([[2]]));
    expect(loss).toBeCloseTo(0.5 * 2 + 0.25 * 4, 5); // the error itself is 0
    expectValues(dense.getWeights()[0]!, [2 - 0.1 * (0.5 + 0.25 * 2 * 2)]);
    expectValues(model.predict(hd.tensor2d([[1]])) as hd.Tensor, [1.85]);
  });

  it('comes back from its configuration', () => {
    const layer = layers.activityRegularization({ l2: 0.1, name: 'a' });
    const config = layer.getConfig();
    expect(config).toMatchObject({ l1: 0, l2: 0.1, name: 'a' });
    expect(layers.ActivityRegularization.fromConfig(config).getConfig()).toEqual(config);
    expectValueError(() => layers.activityRegularization({ l1: -1 }), 'l1', '-1');
  });
});
