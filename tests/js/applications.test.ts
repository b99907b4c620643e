// hd.applications: architectures with Keras's layers, names, weights and parameter counts.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { errorOf, expectValueError, random, start, values } from './support';

beforeAll(start);

const { mobileNetV2 } = hd.applications;
const paramsIn = (weights: { shape: number[] }[]) =>
  weights.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
const small = { inputShape: [32, 32, 3], alpha: 0.35, includeTop: false, pooling: 'avg' } as const;
/** In Keras's order: layer by layer. */
const layerByLayer = (model: hd.LayersModel) => model.layers.flatMap((layer) => layer.weights);

describe('mobileNetV2', () => {
  // Keras's counts; the statistics of batch normalisation are what is not trainable.
  it.each([
    [{}, 3_538_984, 34_112, [null, 1000]],
    [{ includeTop: false }, 2_257_984, 34_112, [null, null, null, 1280]],
    [{ alpha: 0.35, includeTop: false }, 410_208, 14_080, [null, null, null, 1280]],
    [{ alpha: 0.35 }, 1_691_208, 14_080, [null, 1000]],
    [{ alpha: 1.4 }, 6_156_712, 47_936, [null, 1000]],
    [{ alpha: 1.4, includeTop: false }, 4_363_712, 47_936, [null, null, null, 1792]],
    [{ inputShape: [96, 160, 3], includeTop: false }, 2_257_984, 34_112, [null, 3, 5, 1280]],
    [{ inputShape: [97, 33, 3], includeTop: false }, 2_257_984, 34_112, [null, 4, 2, 1280]],
    [{ ...small, pooling: 'max' as const }, 410_208, 14_080, [null, 1280]],
    [
      { ...small, inputShape: [32, 32, 1], includeTop: true, classes: 5 },
      416_325,
      14_080,
      [null, 5],
    ],
  ])('%j has %d parameters, %d of them not trainable', (args, all, frozen, shape) => {
    const model = mobileNetV2(args as hd.MobileNetV2Args);
    expect(model.countParams()).toBe(all);
    expect(paramsIn(model.weights)).toBe(all);
    expect(paramsIn(model.nonTrainableWeights)).toBe(frozen);
    expect(model.outputs[0]!.shape).toEqual(shape);
  });

  it("has Keras's layer names in order", () => {
    const names = mobileNetV2({ alpha: 0.35 }).layers.map(({ name }) => name);
    expect(names.slice(1, 10)).toEqual([
      'Conv1',
      'bn_Conv1',
      'Conv1_relu',
      'expanded_conv_depthwise',
      'expanded_conv_depthwise_BN',
      'expanded_conv_depthwise_relu',
      'expanded_conv_project',
      'expanded_conv_project_BN',
      'block_1_expand',
    ]);
    expect(names.filter((name) => name.startsWith('block_3_'))).toEqual(
      ['expand', 'expand_BN', 'expand_relu', 'pad', 'depthwise', 'depthwise_BN', 'depthwise_relu']
        .concat(['project', 'project_BN'])
        .map((part) => `block_3_${part}`),
    );
    const added = names.filter((name) => name.endsWith('_add'));
    expect(added).toEqual([2, 4, 5, 7, 8, 9, 11, 12, 14, 15].map((i) => `block_${i}_add`));
    expect(names.slice(-5)).toEqual([
      'Conv_1',
      'Conv_1_bn',
      'out_relu',
      'global_average_pooling2d',
      'predictions',
    ]);
    expect(names).toHaveLength(156);
  });

  it('has the options that Keras gives its layers', () => {
    const model = mobileNetV2({ alpha: 0.35 });
    expect(model.name).toBe('mobilenetv2_0.35_224');
    expect(model.getLayer('bn_Conv1').getConfig()).toMatchObject({
      epsilon: 1e-3,
      momentum: 0.999,
    });
    expect(model.getLayer('out_relu').getConfig()).toMatchObject({ maxValue: 6 });
    expect(model.getLayer('block_1_pad').getConfig()).toMatchObject({
      padding: [
        [0, 1],
        [0, 1],
      ],
    });
    expect(model.getLayer('block_1_depthwise').getConfig()).toMatchObject({
      strides: [2, 2],
      padding: 'valid',
      useBias: false,
    });
    const odd = mobileNetV2({ ...small, inputShape: [65, 63, 3] });
    expect(odd.getLayer('block_1_pad').getConfig()).toMatchObject({
      padding: [
        [1, 1],
        [0, 1],
      ],
    });
  });

  it('gives probabilities, or logits on request', () => {
    const args = { inputShape: [32, 32, 3], alpha: 0.35, classes: 7 };
    const model = mobileNetV2(args);
    const x = random([2, 32, 32, 3], 1);
    const probabilities = model.predict(x) as hd.Tensor;
    values(probabilities.sum(1)).forEach((sum) => expect(sum).toBeCloseTo(1, 5));
    const weights = model.getWeights();
    const logits = mobileNetV2({ ...args, classifierActivation: null, weights }).predict(x);
    const difference = hd.softmax(logits as hd.Tensor).sub(probabilities);
    expect(values(difference.abs().max())[0]).toBeLessThan(1e-6);
  });

  it("takes weights as tensors or typed arrays, in Keras's order or that of getWeights()", () => {
    const model = mobileNetV2(small);
    const x = random([2, 32, 32, 3], 2);
    const expected = values(model.predict(x) as hd.Tensor);
    const keras = layerByLayer(model).map((variable) => variable.read());
    expect(keras.slice(0, 6).map(({ shape }) => shape)).toEqual([
      [3, 3, 3, 16],
      [16],
      [16],
      [16],
      [16],
      [3, 3, 16, 1],
    ]);
    const lists = [keras, keras.map((weight) => weight.dataSync()), model.getWeights()];
    for (const weights of lists) {
      const again = mobileNetV2({ ...small, weights });
      expect(values(again.predict(x) as hd.Tensor)).toEqual(expected);
    }
  });

  it('trains', async () => {
    hd.setRandomSeed(1);
    const model = mobileNetV2({ inputShape: [64, 64, 3], alpha: 0.35, classes: 2 });
    model.compile({ optimizer: hd.train.adam(1e-3), loss: 'sparseCategoricalCrossentropy' });
    // Bright images and dark ones.
    const labels = Array.from({ length: 32 }, (_, i) => i % 2);
    const x = random([32, 64, 64, 3], 3)
      .mul(0.3)
      .add(hd.tensor4d(labels, [32, 1, 1, 1]).sub(0.5));
    const y = hd.tensor1d(labels);
    const { history } = await model.fit(x, y, { epochs: 10, batchSize: 16, verbose: 0 });
    expect(history.loss!.at(-1)).toBeLessThan(0.5 * (history.loss![0] as number));
  });

  it('refuses what is wrong, and says what is needed', () => {
    const refuses = (args: unknown, ...parts: string[]) =>
      expectValueError(() => mobileNetV2(args as hd.MobileNetV2Args), 'mobileNetV2()', ...parts);
    refuses({ alhpa: 1 }, "no option 'alhpa'", 'alpha');
    refuses({ alpha: NaN }, 'alpha', 'NaN');
    refuses({ alpha: 0 }, 'alpha', '0');
    refuses({ alpha: Infinity }, 'alpha');
    refuses({ inputShape: [31, 32, 3] }, 'inputShape', '[31,32,3]', 'at least 32');
    refuses({ inputShape: [null, null, 3] }, 'inputShape', 'known');
    refuses({ inputShape: [32, 32] }, 'inputShape', '[32,32]');
    refuses({ pooling: 'mean', includeTop: false }, 'pooling', "'avg', 'max'", 'mean');
    refuses({ classes: 0 }, 'classes', '0');
    refuses({ includeTop: 'no' }, 'includeTop', 'no');
    refuses({ ...small, weights: [1, 2] }, 'weights', 'number');
    const keras = layerByLayer(mobileNetV2(small)).map((variable) => variable.read());
    refuses({ ...small, weights: keras.slice(1) }, 'weights', '260', '259');
    const [first, ...others] = keras;
    refuses(
      { ...small, weights: [first!.reshape([-1]), ...others] },
      "'Conv1/kernel'",
      '[3,3,3,16]',
      '[432]',
    );
    for (const weights of ['imagenet', new URL('https://example.org/weights.keras')]) {
      const error = errorOf(() => mobileNetV2({ ...small, weights } as never));
      expect(error).toBeInstanceOf(hd.NotImplementedError);
      expect(error.message).toMatch(/weights.*not supported yet/);
    }
  });
});
