// Every factory of tf.layers by its name: aliases make the same layer; and layers that have no place elsewhere.
import { beforeAll, describe, expect, it } from 'vitest';
import type * as tfjs from '@tensorflow/tfjs';
import { expectSame, hd, startBoth, tf, toTensor, draw, type Library } from './compare';

beforeAll(startBoth);

type Factories = Record<string, (options: object) => tfjs.layers.Layer>;
const layersOf = (l: Library) => l.layers as unknown as Factories;
const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as Record<string, unknown>;

describe('aliases', () => {
  it.each(
    [
      ...['avgPool1d', 'avgPool2d', 'avgPooling1d', 'avgPooling2d', 'maxPool1d', 'maxPool2d'],
      ...['averagePool1d', 'averagePool2d', 'globalMaxPool1d', 'globalMaxPool2d'],
      ...['avgPool3d', 'avgPooling3d', 'averagePool3d', 'maxPool3d'],
    ].filter((name) => name in tf.layers),
  )('%s', (name) => {
    const [actual, expected] = [hd, tf].map((l) => {
      const layer = layersOf(l)[name]!({ name: 'alias' });
      return [layer.getClassName(), plain(layer.getConfig())];
    });
    expect(actual).toEqual(expected);
  });
});

it('inputLayer', () => {
  const [actual, expected] = [hd, tf].map((l) => {
    const layer = l.layers.inputLayer({ inputShape: [4, 3], dtype: 'int32', name: 'in' });
    const output = layer.output as tfjs.SymbolicTensor;
    return [
      plain(layer.getConfig()),
      output.shape,
      output.dtype,
      output.name,
      layer.getClassName(),
    ];
  });
  expect(actual).toEqual(expected);
});

it('convLstm2dCell, one step and its configuration', () => {
  const weights = [[3, 3, 2, 12], [3, 3, 3, 12], [12]].map((shape, i) => ({
    shape,
    values: draw({ shape, low: -0.3, high: 0.3 }, i + 1),
  }));
  const shapes = [
    [2, 5, 4, 2],
    [2, 5, 4, 3],
    [2, 5, 4, 3],
  ];
  const cellOf = (l: Library) => {
    const options = { filters: 3, kernelSize: 3, padding: 'same', name: 'cell' };
    return layersOf(l).convLstm2dCell!(options);
  };
  expectSame('output and states', (l) => {
    const cell = cellOf(l);
    cell.build([null, 5, 4, 2]);
    cell.setWeights(weights.map(({ shape, values }) => toTensor(l, values, { shape })));
    const inputs = shapes.map((shape, i) => toTensor(l, draw({ shape }, i + 5), { shape }));
    return cell.call(inputs, {}) as tfjs.Tensor[];
  });
  expect(plain(cellOf(hd).getConfig())).toMatchObject({ filters: 3, kernelSize: [3, 3] });
  const config = plain(cellOf(tf).getConfig());
  for (const key of ['filters', 'kernelSize', 'strides', 'padding', 'activation', 'useBias']) {
    expect(plain(cellOf(hd).getConfig())[key], key).toEqual(config[key]);
  }
});

it('randomWidth: its configuration (the width itself is drawn)', () => {
  const options = { factor: 0.3, interpolation: 'nearest', seed: 3, name: 'wide' };
  const [ours, theirs] = [hd, tf].map((l) => layersOf(l).randomWidth!(options));
  expect(plain(ours!.getConfig())).toMatchObject(plain(theirs!.getConfig()));
  // TensorFlow.js takes the first three of four dimensions for an image's: [undefined, -1, 10].
  expect(ours!.computeOutputShape([null, 8, 10, 3])).toEqual([null, 8, null, 3]);
});
