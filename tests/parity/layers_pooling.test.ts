// Pooling layers against TensorFlow.js.
import { beforeAll, describe, expect, it } from 'vitest';
import { hd, startBoth, tf } from './compare';
import { checkLayer, type LayerCheck } from './layer_parity';

beforeAll(startBoth);

type Case = [options: Record<string, unknown>, input: number[], check?: LayerCheck];

const windows1d: Case[] = [
  [{}, [7, 3], { shapes: [[null, 3]] }],
  [{ poolSize: 3, strides: 2, padding: 'same' }, [8, 2]],
  [{ poolSize: [2], strides: [1] }, [5, 2]],
  [{ poolSize: 3, padding: 'same' }, [7, 2]],
];
const windows2d: Case[] = [
  [{}, [6, 5, 2], { shapes: [[null, 5, 2]] }],
  [{ poolSize: [3, 2], strides: [1, 2], padding: 'same' }, [5, 4, 2]],
  [{ poolSize: 2, strides: 1, dataFormat: 'channelsFirst' }, [2, 4, 5]],
];
const windows3d: Case[] = [
  [{}, [4, 5, 2, 2], { shapes: [[null, 4, null, 2]] }],
  // Where strides are greater than the window, TensorFlow.js's padding of volumes is negative.
  [{ poolSize: [2, 3, 1], strides: [1, 2, 1], padding: 'same' }, [3, 4, 3, 2]],
  [{ poolSize: 2, strides: 1, dataFormat: 'channelsFirst' }, [2, 3, 4, 3]],
];
const all1d: Case[] = [[{}, [5, 3], { shapes: [[null, 3]] }]];
const all2d: Case[] = [
  [{}, [4, 3, 2], { shapes: [[null, null, 2]] }],
  [{ dataFormat: 'channelsFirst' }, [3, 4, 5]],
];

const cases: Record<string, Case[]> = {
  maxPooling1d: windows1d,
  averagePooling1d: windows1d,
  maxPooling2d: windows2d,
  averagePooling2d: windows2d,
  maxPooling3d: windows3d,
  averagePooling3d: windows3d,
  globalMaxPooling1d: all1d,
  globalAveragePooling1d: all1d,
  globalMaxPooling2d: all2d,
  globalAveragePooling2d: all2d,
};

for (const [name, list] of Object.entries(cases)) {
  for (const [options, input, check] of list) {
    // The gradient of TensorFlow.js's average divides by the whole window also where its mean is over a part of it, and
    // that of the maximum over volumes is wrong unless windows are cubes; tests/js/layers_pooling.test.ts has ours.
    const wrong =
      (name.startsWith('average') && options['padding'] === 'same') ||
      (name === 'maxPooling3d' && Array.isArray(options['poolSize']));
    checkLayer(name, options, input, wrong ? { ...check, gradient: false } : check);
  }
}

describe('the other names of TensorFlow.js', () => {
  const aliases = Object.keys(tf.layers).filter((key) => /pool/i.test(key));
  it.each(aliases)('%s', (name) => {
    const [actual, expected] = [hd, tf].map((l) => {
      const factories = l.layers as unknown as Record<
        string,
        (o: object) => { getClassName(): string }
      >;
      return factories[name]!({}).getClassName();
    });
    expect(actual).toBe(expected);
  });
});
