// Convolutional layers and options that TensorFlow.js lacks, against sums written out in loops.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { checkAlone, type Numbers } from './layer_alone';
import { expectValueError, expectValues, start, values } from './support';

beforeAll(start);

interface Window {
  kernelSize: number[];
  strides?: number[];
  padding?: 'valid' | 'same' | 'causal';
  dilationRate?: number[];
  groups?: number;
}

const sizeOf = (shape: number[]) => shape.reduce((a, b) => a * b, 1);

/** Every place of a box, such as [0, 0], [0, 1], ... */
function* places(box: number[]): Generator<number[]> {
  for (let i = 0; i < sizeOf(box); i++) {
    let rest = i;
    const place = box.map(() => 0);
    for (let axis = box.length - 1; axis >= 0; axis--) {
      place[axis] = rest % box[axis]!;
      rest = Math.floor(rest / box[axis]!);
    }
    yield place;
  }
}

const indexOf = (place: number[], shape: number[]) =>
  place.reduce((index, at, axis) => index * shape[axis]! + at, 0);

/** Along each axis: how many places the window has, and how many cells of padding stand in front. */
function layOut(sizes: number[], w: Window): { count: number[]; before: number[] } {
  const each = sizes.map((size, i) => {
    const stride = w.strides?.[i] ?? 1;
    const reach = (w.dilationRate?.[i] ?? 1) * (w.kernelSize[i]! - 1) + 1;
    if (w.padding === 'causal') return [Math.ceil(size / stride), reach - 1];
    if (w.padding !== 'same') return [Math.floor((size - reach) / stride) + 1, 0];
    const count = Math.ceil(size / stride);
    return [count, Math.floor(Math.max((count - 1) * stride + reach - size, 0) / 2)];
  });
  return { count: each.map(([count]) => count!), before: each.map(([, before]) => before!) };
}

/**
 * The products that a convolution of one example sums up: y[a] += x[b] · kernel[c] for each [a, b,
 * c]. x [...sizes, input], kernel [...window, input / groups, output], channels last.
 */
function* products(sizes: number[], input: number, output: number, w: Window) {
  const { groups = 1 } = w;
  const { count, before } = layOut(sizes, w);
  const perGroup = input / groups;
  for (const at of places(count)) {
    for (const cell of places(w.kernelSize)) {
      const from = at.map(
        (place, i) =>
          place * (w.strides?.[i] ?? 1) + cell[i]! * (w.dilationRate?.[i] ?? 1) - before[i]!,
      );
      if (from.some((place, i) => place < 0 || place >= sizes[i]!)) continue;
      for (let c = 0; c < output; c++) {
        const group = Math.floor(c / (output / groups));
        for (let i = 0; i < perGroup; i++) {
          yield [
            indexOf(at, count) * output + c,
            indexOf(from, sizes) * input + group * perGroup + i,
            (indexOf(cell, w.kernelSize) * perGroup + i) * output + c,
          ] as const;
        }
      }
    }
  }
}

/** Sums over a batch of `length` products' worth; `transposed`: from what was y to what was x. */
function sums(
  x: Numbers,
  kernel: Numbers,
  bias: Numbers | undefined,
  batch: number,
  list: Iterable<readonly [number, number, number]>,
  length: number,
  channels: number,
  transposed = false,
): number[] {
  const all = [...list];
  const perExample = x.length / batch;
  const result: number[] = [];
  for (let n = 0; n < batch; n++) {
    const y = Array.from({ length }, (_, i) => bias?.[i % channels] ?? 0);
    for (const [a, b, c] of all) {
      const [to, from] = transposed ? [b, a] : [a, b];
      y[to]! += x[n * perExample + from]! * kernel[c]!;
    }
    result.push(...y);
  }
  return result;
}

const channelsLast = (shape: number[]) => [...shape.slice(1), shape[0]!];

/** [batch, channels, ...sizes] in the order of [batch, ...sizes, channels], or back. */
function moved(x: Numbers, batch: number, channels: number, toLast: boolean): number[] {
  const cells = x.length / batch / channels;
  return Array.from({ length: x.length }, (_, i) => {
    const n = Math.floor(i / (cells * channels));
    const rest = i % (cells * channels);
    const [cell, channel] = toLast
      ? [Math.floor(rest / channels), rest % channels]
      : [rest % cells, Math.floor(rest / cells)];
    const from = toLast ? channel * cells + cell : cell * channels + channel;
    return x[n * cells * channels + from]!;
  });
}

const kBatch = 3;

/** Checks an ordinary (or grouped) convolution. */
function checkConv(name: string, options: Record<string, unknown>, w: Window, shape: number[]) {
  const first = options['dataFormat'] === 'channelsFirst';
  const dims = first ? channelsLast(shape) : shape;
  const [sizes, input] = [dims.slice(0, -1), dims.at(-1)!];
  const filters = options['filters'] as number;
  const { count } = layOut(sizes, w);
  const outShape = first ? [filters, ...count] : [...count, filters];
  checkAlone(name, { ...w, ...options }, shape, {
    shape: outShape,
    expected: ([x], [kernel, bias]) => {
      const ordered = first ? moved(x!, kBatch, input, true) : x!;
      const list = products(sizes, input, filters, w);
      const y = sums(ordered, kernel!, bias, kBatch, list, sizeOf(count) * filters, filters);
      return first ? moved(y, kBatch, filters, false) : y;
    },
  });
}

checkConv('conv1d', { filters: 3 }, { kernelSize: [3], padding: 'causal' }, [6, 2]);
checkConv(
  'conv1d',
  { filters: 2 },
  { kernelSize: [3], strides: [2], dilationRate: [2], padding: 'causal' },
  [9, 2],
);
checkConv('conv1d', { filters: 3, dataFormat: 'channelsFirst' }, { kernelSize: [2] }, [2, 6]);
checkConv(
  'conv1d',
  { filters: 4 },
  { kernelSize: [3], groups: 2, dilationRate: [2], padding: 'same' },
  [7, 4],
);
checkConv('conv2d', { filters: 4 }, { kernelSize: [2, 3], groups: 2, strides: [1, 2] }, [4, 5, 6]);
checkConv(
  'conv2d',
  { filters: 6, dataFormat: 'channelsFirst' },
  { kernelSize: [2, 2], groups: 3, padding: 'same' },
  [3, 4, 3],
);
checkConv('conv2d', { filters: 2 }, { kernelSize: [3, 2], dilationRate: [2, 3] }, [6, 5, 2]);
checkConv(
  'conv3d',
  { filters: 4 },
  { kernelSize: [2, 1, 2], groups: 2, dilationRate: [1, 1, 2] },
  [3, 2, 4, 2],
);
checkConv(
  'conv3d',
  { filters: 2, dataFormat: 'channelsFirst' },
  { kernelSize: [2, 2, 1], groups: 2, padding: 'same' },
  [4, 2, 3, 2],
);

/** A depthwise convolution is one in as many groups as there are channels. */
function checkDepthwise(
  name: string,
  options: Record<string, unknown>,
  w: Window,
  shape: number[],
) {
  const first = options['dataFormat'] === 'channelsFirst';
  const dims = first ? channelsLast(shape) : shape;
  const [sizes, input] = [dims.slice(0, -1), dims.at(-1)!];
  const depth = input * ((options['depthMultiplier'] as number | undefined) ?? 1);
  const filters = options['filters'] as number | undefined; // of a separable convolution
  const { count } = layOut(sizes, w);
  const channels = filters ?? depth;
  checkAlone(name, { ...w, ...options }, shape, {
    shape: first ? [channels, ...count] : [...count, channels],
    expected: ([x], weights) => {
      const ordered = first ? moved(x!, kBatch, input, true) : x!;
      const list = products(sizes, input, depth, { ...w, groups: input });
      const bias = weights.at(-1)!;
      const length = sizeOf(count) * depth;
      const own = filters === undefined ? bias : undefined;
      let y = sums(ordered, weights[0]!, own, kBatch, list, length, depth);
      if (filters !== undefined) {
        const one = { kernelSize: count.map(() => 1) };
        const mixed = products(count, depth, filters, one);
        y = sums(y, weights[1]!, bias, kBatch, mixed, sizeOf(count) * filters, filters);
      }
      return first ? moved(y, kBatch, channels, false) : y;
    },
  });
}

checkDepthwise('depthwiseConv1d', {}, { kernelSize: [3] }, [6, 2]);
checkDepthwise(
  'depthwiseConv1d',
  { depthMultiplier: 2 },
  { kernelSize: [2], strides: [2], padding: 'causal' },
  [7, 3],
);
checkDepthwise(
  'depthwiseConv1d',
  { dataFormat: 'channelsFirst' },
  { kernelSize: [3], dilationRate: [2], padding: 'same' },
  [2, 6],
);
checkDepthwise(
  'depthwiseConv2d',
  { depthMultiplier: 2 },
  { kernelSize: [2, 2], dilationRate: [2, 1] },
  [5, 4, 2],
);
checkDepthwise('separableConv1d', { filters: 4 }, { kernelSize: [3], padding: 'same' }, [6, 2]);
checkDepthwise(
  'separableConv1d',
  { filters: 3, depthMultiplier: 2, dataFormat: 'channelsFirst' },
  { kernelSize: [2], dilationRate: [3], padding: 'causal' },
  [2, 7],
);
// TensorFlow.js adds this bias to the wrong axis.
checkDepthwise(
  'separableConv2d',
  { filters: 4, dataFormat: 'channelsFirst' },
  { kernelSize: [2, 3] },
  [3, 4, 5],
);
checkDepthwise(
  'separableConv2d',
  { filters: 2 },
  { kernelSize: [2, 2], dilationRate: [2, 2] },
  [5, 4, 2],
);

/** A transposed convolution sends every product of the convolution of its output the other way. */
function checkTransposed(
  name: string,
  options: Record<string, unknown>,
  w: Window,
  shape: number[],
  sizes: number[],
) {
  const first = options['dataFormat'] === 'channelsFirst';
  const dims = first ? channelsLast(shape) : shape;
  const input = dims.at(-1)!;
  const filters = options['filters'] as number;
  // The sizes given by hand must be those that the convolution takes back.
  it(`${name}: [${sizes}] is convolved to [${dims.slice(0, -1)}]`, () => {
    expect(layOut(sizes, w).count).toEqual(dims.slice(0, -1));
  });
  checkAlone(name, { ...w, ...options }, shape, {
    shape: first ? [filters, ...sizes] : [...sizes, filters],
    expected: ([x], [kernel, bias]) => {
      const ordered = first ? moved(x!, kBatch, input, true) : x!;
      const list = products(sizes, filters, input, w);
      const length = sizeOf(sizes) * filters;
      const y = sums(ordered, kernel!, bias, kBatch, list, length, filters, true);
      return first ? moved(y, kBatch, filters, false) : y;
    },
  });
}

checkTransposed('conv1dTranspose', { filters: 2 }, { kernelSize: [3] }, [4, 3], [6]);
checkTransposed(
  'conv1dTranspose',
  { filters: 2 },
  { kernelSize: [3], strides: [2], padding: 'same' },
  [4, 3],
  [8],
);
checkTransposed(
  'conv1dTranspose',
  { filters: 2, dataFormat: 'channelsFirst' },
  { kernelSize: [2], strides: [3] },
  [3, 3],
  [9],
);
checkTransposed(
  'conv1dTranspose',
  { filters: 2, outputPadding: 1 },
  { kernelSize: [3], strides: [2] },
  [4, 2],
  [10],
);
checkTransposed(
  'conv1dTranspose',
  { filters: 2 },
  { kernelSize: [3], dilationRate: [2] },
  [4, 2],
  [8],
);
checkTransposed(
  'conv2dTranspose',
  { filters: 2, outputPadding: [0, 1] },
  { kernelSize: [3, 3], strides: [2, 2], padding: 'same' },
  [3, 3, 2],
  [5, 6],
);
checkTransposed(
  'conv2dTranspose',
  { filters: 2, dataFormat: 'channelsFirst' },
  { kernelSize: [2, 3], dilationRate: [2, 1] },
  [2, 3, 2],
  [5, 4],
);
checkTransposed(
  'conv3dTranspose',
  { filters: 2, outputPadding: 1 },
  { kernelSize: [1, 2, 2], strides: [2, 2, 2] },
  [2, 1, 2, 2],
  [4, 3, 5],
);
checkTransposed(
  'conv3dTranspose',
  { filters: 1, dataFormat: 'channelsFirst' },
  { kernelSize: [2, 1, 2], dilationRate: [1, 1, 2], padding: 'same' },
  [2, 2, 2, 3],
  [2, 2, 3],
);

checkTransposed(
  'conv3dTranspose',
  { filters: 2 },
  { kernelSize: [2, 3, 1], strides: [2, 1, 2], padding: 'same' },
  [2, 3, 2, 2],
  [4, 3, 4],
);

describe('causal padding', () => {
  it('lets no step see a later one', () => {
    const layer = hd.layers.conv1d({ filters: 1, kernelSize: 3, padding: 'causal' });
    const x = hd.zeros([1, 6, 1]);
    const changed = hd.tensor([0, 0, 0, 1, 0, 0], [1, 6, 1]);
    layer.apply(x);
    layer.setWeights([hd.ones([3, 1, 1]), hd.zeros([1])]);
    expectValues(layer.apply(changed) as hd.Tensor, [0, 0, 0, 1, 1, 1]);
  });
});

describe('a depthwise layer', () => {
  it('dilates, though TensorFlow.js forgets to', () => {
    const layer = hd.layers.depthwiseConv2d({ kernelSize: 2, dilationRate: 2, useBias: false });
    const x = hd.range(0, 9, 1).reshape([1, 3, 3, 1]);
    layer.apply(x);
    layer.setWeights([hd.ones([2, 2, 1, 1])]);
    expect(values(layer.apply(x) as hd.Tensor)).toEqual([0 + 2 + 6 + 8]);
  });
});

describe('rules for the weights', () => {
  const l2 = hd.regularizers.l2({ l2: 0.5 });
  const layers: [string, () => hd.layers.Layer, number][] = [
    [
      'conv1d',
      () =>
        hd.layers.conv1d({
          filters: 2,
          kernelSize: 2,
          kernelConstraint: 'nonNeg',
          kernelRegularizer: l2,
          biasConstraint: 'nonNeg',
          biasRegularizer: l2,
        }),
      2,
    ],
    [
      'separableConv1d',
      () =>
        hd.layers.separableConv1d({
          filters: 2,
          kernelSize: 2,
          depthwiseConstraint: 'nonNeg',
          depthwiseRegularizer: l2,
          pointwiseConstraint: 'nonNeg',
          pointwiseRegularizer: l2,
          biasConstraint: 'nonNeg',
          biasRegularizer: l2,
        }),
      3,
    ],
  ];
  it.each(layers)(
    '%s: penalties join the loss, constraints hold in training',
    async (_, make, count) => {
      const layer = make();
      const input = hd.input({ shape: [4, 2] });
      const outputs = hd.layers.flatten().apply(layer.apply(input) as hd.SymbolicTensor);
      const model = hd.model({ inputs: input, outputs: outputs as hd.SymbolicTensor });
      layer.setWeights(
        layer.weights.map(({ shape }, i) => hd.randomUniform(shape, 0, 0.1, 'float32', i)),
      );
      const x = hd.randomUniform([4, 4, 2], 0, 1, 'float32', 1);
      const y = hd.fill([4, 6], -5); // far below: every weight wants to be negative
      const error = values(hd.losses.meanSquaredError(y, model.predict(x) as hd.Tensor))[0]!;
      const penalty = layer.weights.reduce(
        (sum, weight) => sum + 0.5 * values(weight.read()).reduce((a, b) => a + b * b, 0),
        0,
      );
      model.compile({ optimizer: hd.train.sgd(0.5), loss: 'meanSquaredError' });
      const loss = (await model.trainOnBatch(x, y)) as number;
      expect(loss).toBeCloseTo(error + penalty, 4);
      expect(layer.weights).toHaveLength(count);
      for (const weight of layer.weights) {
        expect(values(weight.read()).every((value) => value === 0)).toBe(true);
      }
    },
  );
});

describe('wrong options', () => {
  const { layers } = hd;
  it.each([
    [() => layers.conv1d({ filters: 0, kernelSize: 3 }), ['Conv1D', 'filters', '0']],
    [() => layers.conv1d({ filters: 1 } as never), ['Conv1D', 'kernelSize', 'undefined']],
    [() => layers.conv1d({ filters: 1, kernelSize: [2, 2] }), ['Conv1D', 'kernelSize', '[2,2]']],
    [
      () => layers.conv3d({ filters: 1, kernelSize: 1, padding: 'causal' }),
      ['Conv3D', 'padding', 'causal'],
    ],
    [
      () => layers.conv1d({ filters: 3, kernelSize: 1, groups: 2 }),
      ['Conv1D', 'groups', 'filters', '3'],
    ],
    [
      () => layers.conv2d({ filters: 3, kernelSize: 1, groups: 2 } as never),
      ['Conv2D', 'groups', 'filters', '3'],
    ],
    [
      () =>
        layers.separableConv2d({ filters: 1, kernelSize: 1, kernelInitializer: 'ones' } as never),
      ['SeparableConv2D', 'kernelInitializer'],
    ],
    [
      () => layers.conv2dTranspose({ filters: 1, kernelSize: 2, strides: 2, outputPadding: 2 }),
      ['Conv2DTranspose', 'outputPadding', '2'],
    ],
  ] as [() => unknown, string[]][])('%#', (make, parts) => expectValueError(make, ...parts));

  it('shapes that do not fit', () => {
    const conv = layers.conv1d({ filters: 2, kernelSize: 4, name: 'wide' });
    expectValueError(() => conv.apply(hd.input({ shape: [3, 1] })), 'wide', '4', '3');
    const grouped = layers.conv1d({ filters: 2, kernelSize: 1, groups: 2, name: 'apart' });
    expectValueError(() => grouped.apply(hd.input({ shape: [3, 5] })), 'apart', '2 groups', '5');
    const images = layers.conv2d({ filters: 2, kernelSize: 1, groups: 2, name: 'parts' } as never);
    expectValueError(() => images.apply(hd.input({ shape: [3, 3, 5] })), 'parts', '2 groups', '5');
    const unknown = layers.depthwiseConv1d({ kernelSize: 1, name: 'depths' });
    expectValueError(() => unknown.apply(hd.input({ shape: [3, null] })), 'depths', 'channels');
    const built = layers.conv1d({ filters: 2, kernelSize: 1, name: 'made' });
    built.apply(hd.zeros([1, 3, 2]));
    expectValueError(() => built.apply(hd.zeros([1, 3, 4])), 'made', '2', '4');
  });
});
