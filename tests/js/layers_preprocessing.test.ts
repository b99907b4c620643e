// Preprocessing: what TensorFlow.js lacks, and random changes while training.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { checkAlone } from './layer_alone';
import { expectValueError, expectValues, random, start, values } from './support';

beforeAll(start);

const { layers } = hd;
const training = { training: true };

describe('images of another size', () => {
  checkAlone('resizing', { height: 3, width: 5 }, [4, 6, 2], { shape: [3, 5, 2] });
  checkAlone('centerCrop', { height: 2, width: 3 }, [4, 7, 1], {
    shape: [2, 3, 1],
    expected: ([x]) =>
      [0, 1, 2].flatMap((n) =>
        [1, 2].flatMap((row) => [2, 3, 4].map((column) => x![(n * 4 + row) * 7 + column]!)),
      ),
  });

  it('resizing crops to the aspect ratio first, if told', () => {
    // Of 2 × 6 the middle 2 × 2, which has the aspect ratio and the size.
    const x = hd.range(0, 12).reshape([1, 2, 6, 1]);
    const resize = (cropToAspectRatio: boolean) =>
      layers.resizing({ height: 2, width: 2, cropToAspectRatio }).apply(x) as hd.Tensor;
    expectValues(resize(true), [2, 3, 8, 9]);
    expectValues(resize(false), [0, 5, 6, 11]); // corners stay corners
  });

  it('resizing and cropping name what is no image', () => {
    const layer = layers.resizing({ height: 2, width: 2, name: 'r' });
    expectValueError(() => layer.apply(hd.input({ shape: [3] })), "'r'", '[null,3]');
    expectValueError(() => layers.centerCrop({ height: 0, width: 1 }), "'height'", 'at least 1');
    const interpolation = 'cubic' as 'nearest';
    expectValueError(() => layers.resizing({ height: 1, width: 1, interpolation }), "'bilinear'");
  });
});

describe('categoryEncoding', () => {
  const input = () => hd.input({ shape: [3], dtype: 'int32' });
  const tokens = () => hd.tensor2d([0, 1, 1, 3, 3, 3], [2, 3], 'int32');

  it.each([
    ['multiHot', [null, 4], [1, 1, 0, 0, 0, 0, 0, 1]],
    ['count', [null, 4], [1, 2, 0, 0, 0, 0, 0, 3]],
    [
      'oneHot',
      [null, 3, 4],
      [1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1],
    ],
  ] as const)('%s in a model', (outputMode, shape, expected) => {
    const layer = layers.categoryEncoding({ numTokens: 4, outputMode });
    const x = input();
    const output = layer.apply(x) as hd.SymbolicTensor;
    expect(output.shape).toEqual(shape);
    const model = hd.model({ inputs: x, outputs: output });
    expectValues(model.predict(tokens()) as hd.Tensor, expected);
  });

  it('weighs counts by a symbolic argument', () => {
    const [x, weights] = [input(), hd.input({ shape: [3] })];
    const layer = layers.categoryEncoding({ numTokens: 4, outputMode: 'count' });
    const output = layer.apply(x, { countWeights: weights }) as hd.SymbolicTensor;
    const model = hd.model({ inputs: [x, weights], outputs: output });
    const given = hd.tensor2d([0.5, 1, 2, 1, 1, 4], [2, 3]);
    expectValues(model.predict([tokens(), given]) as hd.Tensor, [0.5, 3, 0, 0, 0, 0, 0, 6]);
    expectValueError(
      () => layers.categoryEncoding({ numTokens: 4 }).apply(tokens(), { countWeights: given }),
      "'multiHot'",
      "'count'",
    );
  });
});

describe('normalization', () => {
  checkAlone('normalization', { mean: 2, variance: 4 }, [3], {
    expected: ([x]) => Array.from(x!, (v) => (v - 2) / 2),
  });
  checkAlone('normalization', { mean: [1, 2], variance: [4, 9], invert: true }, [3, 2], {
    expected: ([x]) => Array.from(x!, (v, i) => v * (i % 2 ? 3 : 2) + (i % 2 ? 2 : 1)),
  });
  checkAlone('normalization', { axis: null, mean: 1, variance: 1 }, [2, 2], {
    expected: ([x]) => Array.from(x!, (v) => v - 1),
  });

  it('adapts to data, in batches too, and models see it', () => {
    const layer = layers.normalization({ inputShape: [2] });
    const model = hd.sequential({ layers: [layer] });
    const x = hd.tensor2d([1, 10, 3, 30, 8, 80], [3, 2]);
    expectValues(model.predict(x) as hd.Tensor, values(x)); // mean 0 and variance 1 at first
    layer.adapt(x);
    const deviation = Math.sqrt((9 + 1 + 16) / 3);
    const expected = [-3, -3, -1, -1, 4, 4].map((d) => d / deviation);
    expectValues(model.predict(x) as hd.Tensor, expected);
    const batched = layers.normalization();
    batched.adapt([x.slice([0, 0], [1, 2]), x.slice([1, 0], [2, 2])]);
    expectValues(batched.apply(x) as hd.Tensor, expected);
    expect(values(batched.getWeights()[2]!)).toEqual([3]);
    expect(batched.trainableWeights).toEqual([]);
  });

  it('adapts along other axes', () => {
    const x = random([4, 3, 2], 1);
    const all = layers.normalization({ axis: null });
    all.adapt(x);
    const y = all.apply(x) as hd.Tensor;
    expectValues(y.mean(), [0]);
    expectValues(y.square().mean(), [1]);
    const rows = layers.normalization({ axis: 1 });
    rows.adapt(x);
    expectValues((rows.apply(x) as hd.Tensor).square().mean([0, 2]), [1, 1, 1]);
    expect(rows.weights[0]!.shape).toEqual([3]);
  });

  it('refuses what does not fit', () => {
    expectValueError(() => layers.normalization({ mean: 1, name: 'n' }), "'n'", 'both');
    expectValueError(
      () => layers.normalization({ mean: 1, variance: 1 }).adapt(hd.ones([2, 2])),
      'as options',
    );
    const built = layers.normalization();
    built.adapt(hd.ones([2, 2]));
    expectValueError(() => built.adapt(hd.ones([2, 3])), 'size 2', 'got size 3');
  });
});

describe('discretization', () => {
  const x = () => hd.tensor2d([-1, 0, 0.5, 1, 1.5, 9], [2, 3]);

  it('numbers the bins, with each boundary in the bin above it', () => {
    const layer = layers.discretization({ binBoundaries: [0, 1, 2] });
    const y = layer.apply(x()) as hd.Tensor;
    expect(y.dtype).toBe('int32');
    expect(values(y)).toEqual([0, 1, 1, 2, 2, 3]);
    const input = hd.input({ shape: [3] });
    const output = layer.apply(input) as hd.SymbolicTensor;
    expect(output.dtype).toBe('int32');
    const model = hd.model({ inputs: input, outputs: output });
    expect(values(model.predict(x()) as hd.Tensor)).toEqual([0, 1, 1, 2, 2, 3]);
  });

  it('encodes them', () => {
    const make = (outputMode: 'oneHot' | 'multiHot' | 'count') =>
      layers.discretization({ binBoundaries: [0, 1], outputMode }).apply(x()) as hd.Tensor;
    expectValues(make('count'), [1, 2, 0, 0, 0, 3]);
    expectValues(make('multiHot'), [1, 1, 0, 0, 0, 1]);
    expect(make('oneHot').shape).toEqual([2, 3, 3]);
  });

  it('finds boundaries in data, which models then use', () => {
    const layer = layers.discretization({ numBins: 4, inputShape: [1] });
    expectValueError(() => layer.apply(x()), 'adapt(data)', 'binBoundaries');
    layer.adapt(hd.range(0, 100));
    expect(layer.binBoundaries).toEqual([24, 49, 74]); // as Keras 3
    const model = hd.sequential({ layers: [layer] });
    const at = hd.tensor2d([0, 24, 60, 99], [4, 1]);
    expect(values(model.predict(at) as hd.Tensor)).toEqual([0, 1, 2, 3]);
    layer.adapt(hd.range(0, 1000));
    expect(values(model.predict(at) as hd.Tensor)).toEqual([0, 0, 0, 0]);
    const counts = (layer.apply(hd.range(0, 1000).expandDims(1)) as hd.Tensor).equal(
      hd.tensor1d([0, 1, 2, 3], 'int32'),
    );
    for (const count of values(counts.sum(0))) expect(Math.abs(count - 250)).toBeLessThan(20);
  });

  it('comes back from its configuration, adapted', () => {
    const layer = layers.discretization({ numBins: 3 });
    layer.adapt([hd.range(0, 50), hd.range(50, 90)]);
    const again = layers.Discretization.fromConfig(layer.getConfig());
    expect(again.binBoundaries).toEqual(layer.binBoundaries);
    expectValueError(() => layers.discretization({}), "'numBins'");
    expectValueError(() => layers.discretization({ binBoundaries: [2, 1] }), 'ascend');
    expectValueError(
      () => layers.discretization({ binBoundaries: [1] }).adapt(hd.ones([3])),
      'numBins',
    );
  });
});

describe('random changes of images', () => {
  const image = () => random([6, 8, 10, 3], 1).add(1).mul(100);
  const makers = {
    randomFlip: (seed?: number) => layers.randomFlip({ seed }),
    randomRotation: (seed?: number) => layers.randomRotation({ factor: 0.2, seed }),
    randomZoom: (seed?: number) => layers.randomZoom({ heightFactor: 0.4, seed }),
    randomTranslation: (seed?: number) =>
      layers.randomTranslation({ heightFactor: 0.3, widthFactor: 0.3, seed }),
    randomContrast: (seed?: number) => layers.randomContrast({ factor: 0.5, seed }),
    randomBrightness: (seed?: number) => layers.randomBrightness({ factor: 0.3, seed }),
    randomCrop: (seed?: number) => layers.randomCrop({ height: 4, width: 5, seed }),
  };

  describe.each(Object.entries(makers))('%s', (name, make) => {
    const run = (layer: hd.layers.Layer) => values(layer.apply(image(), training) as hd.Tensor);

    it('draws anew while training, alike with one seed, and keeps images otherwise', () => {
      const [a, b] = [make(5), make(5)];
      const drawn = [run(a), run(a)];
      expect(drawn[1]).not.toEqual(drawn[0]);
      expect([run(b), run(b)]).toEqual(drawn);
      expect(run(make(6))).not.toEqual(drawn[0]);
      if (name !== 'randomCrop') expectValues(a.apply(image()) as hd.Tensor, values(image()));
    });

    it('draws anew in each step of a model', async () => {
      const model = hd.sequential({
        layers: [
          layers.inputLayer({ inputShape: [8, 10, 3] }),
          make(4),
          layers.fn((x: hd.Tensor) => x.slice([0, 0, 0, 0], [6, 1, 2, 1]).reshape([6, 2])),
        ],
      });
      model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
      const losses = new Set<unknown>();
      for (let i = 0; i < 6; i++) losses.add(await model.trainOnBatch(image(), hd.zeros([6, 2])));
      expect(losses.size).toBeGreaterThan(3);
    });

    it('takes channels first, and comes back from its configuration', () => {
      const { constructor } = make(3);
      const config = { ...make(3).getConfig(), dataFormat: 'channelsFirst' };
      const from = (options: object) =>
        new (constructor as new (o: object) => hd.layers.Layer)(options);
      const first = from(config);
      expect(first.getConfig()).toEqual(config);
      const y = first.apply(image().transpose([0, 3, 1, 2]), training) as hd.Tensor;
      expectValues(y.transpose([0, 2, 3, 1]), run(make(3)));
    });
  });

  it('randomFlip mirrors whole images, each by itself', () => {
    const x = image();
    const y = layers.randomFlip({ mode: 'horizontal', seed: 2 }).apply(x, training) as hd.Tensor;
    const same = (a: hd.Tensor, b: hd.Tensor) => values(a.sub(b).abs().max([1, 2, 3]));
    const kept = same(x, y).map((d) => d === 0);
    const mirrored = same(x.reverse(2), y).map((d) => d === 0);
    kept.forEach((k, i) => expect(k).toBe(!mirrored[i]));
    expect(new Set(kept).size).toBe(2);
  });

  it('randomTranslation moves down and right by parts of the size', () => {
    const x = hd.range(0, 12).reshape([1, 3, 4, 1]);
    const layer = layers.randomTranslation({
      heightFactor: [1 / 3, 1 / 3],
      widthFactor: [0.25, 0.25],
      fillMode: 'constant',
      fillValue: -1,
    });
    const y = layer.apply(x, training) as hd.Tensor;
    expectValues(y, [-1, -1, -1, -1, -1, 0, 1, 2, -1, 4, 5, 6], 1e-4);
  });

  it('randomZoom with a factor of 1 shows twice as much', () => {
    const x = hd.ones([1, 4, 4, 1]);
    const layer = layers.randomZoom({ heightFactor: [1, 1], fillMode: 'constant' });
    const y = layer.apply(x, training) as hd.Tensor;
    // Cells come from 2 x − 1.5: the first and last lie outside, those between half inside.
    expectValues(y, [0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0], 1e-4);
  });

  it('randomRotation by a quarter turns', () => {
    const x = hd.range(0, 9).reshape([1, 3, 3, 1]);
    const layer = layers.randomRotation({ factor: [0.25, 0.25] });
    const y = values(layer.apply(x, training) as hd.Tensor).map((v) => Math.round(v * 1e3) / 1e3);
    // x = −y' + 2, y = x': counter-clockwise, as in Keras.
    expect(y).toEqual([2, 5, 8, 1, 4, 7, 0, 3, 6]);
  });

  it('randomContrast and randomBrightness change values, within the range', () => {
    const x = hd.tensor4d([0, 100, 200, 100], [1, 2, 2, 1]);
    const apply = (layer: hd.layers.Layer) => layer.apply(x, training) as hd.Tensor;
    const spread = values(apply(layers.randomContrast({ factor: 0.5, seed: 1 })));
    const factor = (spread[2]! - 100) / 100;
    expect(factor).toBeGreaterThan(0.5);
    expect(factor).toBeLessThan(1.5);
    expect(Math.abs(factor - 1)).toBeGreaterThan(1e-3);
    expectValues(
      apply(layers.randomContrast({ factor: 0.5, seed: 1 })),
      [Math.max(100 - 100 * factor, 0), 100, 100 + 100 * factor, 100],
      1e-4,
    );
    expectValues(
      apply(layers.randomContrast({ factor: 0, valueRange: [50, 150] })),
      [50, 100, 150, 100],
    );
    expectValues(apply(layers.randomBrightness({ factor: [0.2, 0.2] })), [51, 151, 251, 151], 1e-4);
    expectValues(
      apply(layers.randomBrightness({ factor: [0.5, 0.5], valueRange: [0, 200] })),
      [100, 200, 200, 200],
      1e-4,
    );
  });

  it('randomCrop takes windows of the image, and resizes the middle outside of training', () => {
    const x = hd.range(0, 20).reshape([1, 4, 5, 1]);
    const layer = layers.randomCrop({ height: 2, width: 2, seed: 1 });
    const corners = new Set<number>();
    for (let i = 0; i < 200; i++) {
      const [a, b, c, d] = values(layer.apply(x, training) as hd.Tensor);
      expect([b! - a!, c! - a!, d! - a!]).toEqual([1, 5, 6]);
      corners.add(a!);
    }
    expect(corners.size).toBe(12); // three rows by four columns
    expect((layer.apply(x) as hd.Tensor).shape).toEqual([1, 2, 2, 1]);
    const output = layer.apply(hd.input({ shape: [4, 5, 1] })) as hd.SymbolicTensor;
    expect(output.shape).toEqual([null, 2, 2, 1]);
  });

  it('randomWidth and randomHeight stretch while training', () => {
    const x = image();
    const widths = new Set<number>();
    const layer = layers.randomWidth({ factor: 0.5, seed: 1 });
    for (let i = 0; i < 20; i++) {
      const [n, h, w, c] = (layer.apply(x, training) as hd.Tensor).shape;
      expect([n, h, c]).toEqual([6, 8, 3]);
      expect(w! >= 5 && w! <= 15).toBe(true);
      widths.add(w!);
    }
    expect(widths.size).toBeGreaterThan(4);
    expect((layer.apply(x) as hd.Tensor).shape).toEqual([6, 8, 10, 3]);
    const height = layers.randomHeight({ factor: [0.5, 0.5], interpolation: 'nearest' });
    expect((height.apply(x, training) as hd.Tensor).shape).toEqual([6, 12, 10, 3]);
    const output = height.apply(hd.input({ shape: [8, 10, 3] })) as hd.SymbolicTensor;
    expect(output.shape).toEqual([null, null, 10, 3]);
    expectValueError(() => layers.randomWidth({ factor: -0.5 }), "'factor'", 'positive');
    expectValueError(() => layers.randomHeight({ factor: [-2, 1] }), "'factor'", 'from -1');
  });

  it('names what does not fit', () => {
    expectValueError(
      () => layers.randomFlip({ name: 'f' }).apply(hd.ones([2, 2, 2])),
      "'f'",
      'rank 4',
    );
    expectValueError(() => layers.randomRotation({ factor: 2 }), "'factor'", 'from -1 to 1');
    expectValueError(() => layers.randomZoom({} as never), "'heightFactor'");
    expectValueError(() => layers.randomFlip({ mode: 'diagonal' as 'vertical' }), "'horizontal'");
    const fillMode = 'edge' as 'nearest';
    expectValueError(() => layers.randomRotation({ factor: 0.1, fillMode }), "'reflect'");
  });
});
