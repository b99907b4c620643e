// Each layer: output shape, output, configuration there and back, its row in the summary.
import { beforeAll, describe, expect, it } from 'vitest';
import type * as tfjs from '@tensorflow/tfjs';
import { draw, expectSame, hd, startBoth, tf, toTensor, twins, type Library } from './compare';
import { cnn, mlp, sharedFunctional, smallCnn, type Network } from './networks';

beforeAll(startBoth);

type Factory = keyof Library['layers'];
interface LayerCase {
  factory: Factory;
  options: Record<string, unknown>;
  input: number[];
}

const layer = (factory: Factory, options: Record<string, unknown>, ...input: number[]) => ({
  factory,
  options,
  input,
});

const cases: LayerCase[] = [
  layer('dense', { units: 5 }, 7),
  layer('dense', { units: 5, activation: 'relu', useBias: false }, 7),
  layer('dense', { units: 4, activation: 'softmax', kernelInitializer: 'heNormal' }, 3, 6),
  layer('dense', { units: 2, activation: 'tanh', biasInitializer: 'ones', trainable: false }, 3),
  layer('activation', { activation: 'relu' }, 6),
  layer('activation', { activation: 'relu6' }, 6),
  layer('activation', { activation: 'sigmoid' }, 6),
  layer('activation', { activation: 'tanh' }, 2, 3),
  layer('activation', { activation: 'softmax' }, 2, 3),
  layer('activation', { activation: 'linear' }, 4),
  layer('flatten', {}, 3, 4, 2),
  layer('reshape', { targetShape: [4, 6] }, 3, 8),
  layer('dropout', { rate: 0.4 }, 9),
  layer('conv2d', { filters: 4, kernelSize: 3 }, 8, 8, 3),
  layer('conv2d', { filters: 4, kernelSize: [2, 3], strides: 2, padding: 'same' }, 9, 8, 2),
  layer('conv2d', { filters: 3, kernelSize: 1, activation: 'relu', useBias: false }, 5, 5, 6),
  layer('maxPooling2d', {}, 8, 7, 3),
  layer('maxPooling2d', { poolSize: 3, strides: 2, padding: 'same' }, 8, 7, 3),
  layer('averagePooling2d', { poolSize: [2, 3] }, 8, 7, 3),
  layer('averagePooling2d', { poolSize: 2, strides: 1, padding: 'same' }, 8, 7, 3),
];

type Make = (options: Record<string, unknown>) => tfjs.layers.Layer;
const make = (l: Library, { factory }: LayerCase, options: Record<string, unknown>) =>
  (l.layers[factory] as unknown as Make)(options);

const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
const title = ({ factory, options, input }: LayerCase) =>
  `${factory} ${JSON.stringify(options)} on [${input}]`;

describe.each(cases.map((entry) => [title(entry), entry] as const))('%s', (name, entry) => {
  const options = { ...entry.options, name: 'it' };

  it('has the same output shape', () => {
    const [actual, expected] = [hd, tf].map((l) => {
      const output = make(l, entry, options).apply(l.input({ shape: entry.input }));
      return (output as tfjs.SymbolicTensor).shape;
    });
    expect(actual).toEqual(expected);
  });

  it('gives the same output', () => {
    const inputShape = entry.input;
    const pair = twins((l) =>
      l.sequential({ layers: [make(l, entry, { ...options, inputShape })] }),
    );
    const spec = { shape: [3, ...inputShape] };
    expectSame(name, (l) => {
      const model = l === hd ? pair.hd : pair.tf;
      return model.predict(toTensor(l, draw(spec, 7), spec)) as tfjs.Tensor;
    });
  });

  it('has the same configuration, and comes back from it', () => {
    const given = { ...options, inputShape: entry.input };
    const config = plain(make(hd, entry, given).getConfig());
    expect(config).toEqual(plain(make(tf, entry, given).getConfig()));
    expect(plain(make(hd, entry, plain(config)).getConfig())).toEqual(config);
  });
});

describe('layers of several inputs', () => {
  const merges: [string, (l: Library) => tfjs.layers.Layer, number[][]][] = [
    ['concatenate', (l) => l.layers.concatenate({ name: 'it' }), [[3], [4], [2]]],
    [
      'concatenate axis 1',
      (l) => l.layers.concatenate({ axis: 1, name: 'it' }),
      [
        [3, 2],
        [5, 2],
      ],
    ],
    [
      'add',
      (l) => l.layers.add({ name: 'it' }),
      [
        [3, 2],
        [3, 2],
        [3, 2],
      ],
    ],
  ];
  it.each(merges)('%s', (name, build, shapes) => {
    const [actual, expected] = [hd, tf].map((l) => {
      const merge = build(l);
      const inputs = shapes.map((shape) => l.input({ shape }));
      return [(merge.apply(inputs) as tfjs.SymbolicTensor).shape, plain(merge.getConfig())];
    });
    expect(actual).toEqual(expected);
    expectSame(name, (l) => {
      const values = shapes.map((shape, i) => {
        const spec = { shape: [2, ...shape] };
        return toTensor(l, draw(spec, i + 1), spec);
      });
      return build(l).apply(values) as tfjs.Tensor;
    });
  });
});

describe('reshape', () => {
  it('works out the one size that is not given', () => {
    const output = hd.layers.reshape({ targetShape: [2, -1] }).apply(hd.input({ shape: [3, 8] }));
    expect((output as tfjs.SymbolicTensor).shape).toEqual([null, 2, 12]);
  });
});

describe('dropout while training', () => {
  it('drops the share it should and scales the rest', () => {
    const rate = 0.3;
    const x = hd.ones([200, 500]);
    const layerUnderTest = hd.layers.dropout({ rate });
    const dropped = (layerUnderTest.apply(x, { training: true }) as tfjs.Tensor).dataSync();
    const kept = Array.from(dropped).filter((value) => value !== 0);
    // 100,000 draws: five standard deviations are 0.7 percent
    expect(Math.abs(kept.length / dropped.length - (1 - rate))).toBeLessThan(0.0073);
    expect(new Set(kept.map((value) => value.toFixed(5)))).toEqual(
      new Set([(1 / (1 - rate)).toFixed(5)]),
    );
    const still = layerUnderTest.apply(x) as tfjs.Tensor;
    expect(still.dataSync().every((value) => value === 1)).toBe(true);
  });
});

describe('summary', () => {
  const networks: Record<string, Network> = { mlp, cnn, smallCnn, sharedFunctional };

  function counts(model: tfjs.LayersModel): Record<string, number> {
    const lines: string[] = [];
    model.summary(undefined, undefined, (line) => lines.push(String(line)));
    const text = lines.join('\n');
    const count = (label: string) => {
      const match = new RegExp(`(?:^|[^-])${label} params: *([\\d,]+)`, 'mi').exec(text);
      if (match === null) throw new Error(`No line "${label} params: …" in\n${text}`);
      return Number(match[1]!.replaceAll(',', ''));
    };
    return {
      total: count('Total'),
      trainable: count('Trainable'),
      nonTrainable: count('Non-trainable'),
    };
  }

  it.each(Object.entries(networks))('counts the parameters of %s as TensorFlow.js', (_, build) => {
    const pair = twins(build);
    expect(counts(pair.hd)).toEqual(counts(pair.tf));
    for (const model of [pair.hd, pair.tf]) model.layers.at(-1)!.trainable = false;
    expect(counts(pair.hd)).toEqual(counts(pair.tf));
    expect(counts(pair.hd).nonTrainable).toBeGreaterThan(0);
  });

  it('names every layer once', () => {
    const { hd: model } = twins(sharedFunctional);
    const lines: string[] = [];
    model.summary(undefined, undefined, (line) => lines.push(String(line)));
    for (const { name } of model.layers) {
      // A name followed by (Type) is a layer's own row; elsewhere it says where an input comes from.
      const rows = lines.join('\n').split(`${name} (`).length - 1;
      expect(rows, name).toBe(1);
    }
  });
});
