// Pooling layers and options that TensorFlow.js lacks.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { checkAlone, type Numbers } from './layer_alone';
import { expectValueError, expectValues, start, values } from './support';

beforeAll(start);

const mean = (list: number[]) => list.reduce((a, b) => a + b, 0) / list.length;
const max = (list: number[]) => Math.max(...list);
const reductions = { Max: max, Average: mean };

/** `reduce` of each window of cells, for each channel: x [batch, cells, channels]. */
function windows(
  x: Numbers,
  cells: number,
  channels: number,
  list: number[][],
  reduce: (list: number[]) => number,
): number[] {
  const batch = x.length / cells / channels;
  const result: number[] = [];
  for (let n = 0; n < batch; n++) {
    for (const window of list) {
      for (let c = 0; c < channels; c++) {
        result.push(reduce(window.map((cell) => x[(n * cells + cell) * channels + c]!)));
      }
    }
  }
  return result;
}

/** [begin, end) of the windows that cut `size` cells into `count`. */
const cuts = (size: number, count: number) =>
  Array.from({ length: count }, (_, i) => {
    const begin = Math.floor((i * size) / count);
    const end = Math.ceil(((i + 1) * size) / count);
    return Array.from({ length: end - begin }, (_, j) => begin + j);
  });

/** The boxes of cells that windows along each axis make. */
const product = (sizes: number[], axes: number[][][]) =>
  axes.reduce<number[][]>(
    (list, axis, i) =>
      list.flatMap((box) =>
        axis.map((window) =>
          box.flatMap((cell) => window.map((place) => cell * sizes[i]! + place)),
        ),
      ),
    [[0]],
  );
const boxes = (sizes: number[], counts: number[]) =>
  product(
    sizes,
    sizes.map((size, i) => cuts(size, counts[i]!)),
  );

for (const [kind, reduce] of Object.entries(reductions)) {
  for (const [size, count] of [
    [6, 3],
    [7, 3],
    [5, 4],
    [3, 5],
    [4, 1],
  ] as const) {
    checkAlone(`adaptive${kind}Pooling1d`, { outputSize: count }, [size, 2], {
      shape: [count, 2],
      expected: ([x]) => windows(x!, size, 2, cuts(size, count), reduce),
    });
  }

  checkAlone(`adaptive${kind}Pooling2d`, { outputSize: [2, 3] }, [5, 6, 2], {
    shape: [2, 3, 2],
    expected: ([x]) => windows(x!, 30, 2, boxes([5, 6], [2, 3]), reduce),
  });
  checkAlone(`adaptive${kind}Pooling3d`, { outputSize: [2, 2, 1] }, [3, 4, 3, 2], {
    shape: [2, 2, 1, 2],
    expected: ([x]) => windows(x!, 36, 2, boxes([3, 4, 3], [2, 2, 1]), reduce),
  });
  checkAlone(
    `adaptive${kind}Pooling2d`,
    { outputSize: 2, dataFormat: 'channelsFirst' },
    [1, 3, 4],
    {
      shape: [1, 2, 2],
      expected: ([x]) => windows(x!, 12, 1, boxes([3, 4], [2, 2]), reduce),
    },
  );

  const all = (cells: number) => [Array.from({ length: cells }, (_, i) => i)];
  checkAlone(`global${kind}Pooling1d`, { keepDims: true }, [5, 2], {
    shape: [1, 2],
    expected: ([x]) => windows(x!, 5, 2, all(5), reduce),
  });
  checkAlone(`global${kind}Pooling1d`, { dataFormat: 'channelsFirst' }, [1, 4], {
    shape: [1],
    expected: ([x]) => windows(x!, 4, 1, all(4), reduce),
  });
  checkAlone(`global${kind}Pooling2d`, { keepDims: true, dataFormat: 'channelsFirst' }, [1, 2, 3], {
    shape: [1, 1, 1],
    expected: ([x]) => windows(x!, 6, 1, all(6), reduce),
  });
  checkAlone(`global${kind}Pooling3d`, {}, [2, 3, 2, 2], {
    shape: [2],
    expected: ([x]) => windows(x!, 12, 2, all(12), reduce),
  });
  checkAlone(`global${kind}Pooling3d`, { keepDims: true }, [2, 1, 2, 3], {
    shape: [1, 1, 1, 3],
    expected: ([x]) => windows(x!, 4, 3, all(4), reduce),
  });

  const prefix = kind === 'Max' ? 'max' : 'average';
  // Windows of three cells around each second one of seven: the outer ones reach over the edge.
  const parts = [
    [0, 1],
    [1, 2, 3],
    [3, 4, 5],
    [5, 6],
  ];
  checkAlone(`${prefix}Pooling1d`, { poolSize: 3, strides: 2, padding: 'same' }, [7, 2], {
    shape: [4, 2],
    expected: ([x]) => windows(x!, 7, 2, parts, reduce),
  });
  checkAlone(
    `${prefix}Pooling3d`,
    { poolSize: [2, 3, 1], strides: [1, 2, 1], padding: 'same' },
    [3, 7, 1, 2],
    {
      shape: [3, 4, 1, 2],
      expected: ([x]) => {
        const list = product([3, 7, 1], [[[0, 1], [1, 2], [2]], parts, [[0]]]);
        return windows(x!, 21, 2, list, reduce);
      },
    },
  );
  checkAlone(`${prefix}Pooling1d`, { dataFormat: 'channelsFirst', poolSize: 2 }, [1, 6], {
    shape: [1, 3],
    expected: ([x]) => windows(x!, 6, 1, cuts(6, 3), reduce),
  });
}

describe('globalAveragePooling1d with a mask', () => {
  it('is the mean of the steps that count', () => {
    const layer = hd.layers.globalAveragePooling1d();
    const x = hd.tensor([1, 10, 3, 20, 50, 60, 5, 6, 7, 8, 9, 10], [2, 3, 2]);
    const mask = hd.tensor([true, true, false, false, true, false], [2, 3]);
    expectValues(layer.apply(x, { mask }) as hd.Tensor, [2, 15, 7, 8]);
  });

  it('takes the mask of a layer before it, and passes none on', () => {
    const input = hd.input({ shape: [3, 2] });
    const masked = hd.layers.masking({ maskValue: 0 }).apply(input) as never;
    const pooled = hd.layers.globalAveragePooling1d().apply(masked) as never;
    const model = hd.model({ inputs: input, outputs: pooled });
    const x = hd.tensor([1, 10, 3, 20, 0, 0, 0, 0, 7, 8, 9, 10], [2, 3, 2]);
    expectValues(model.predict(x) as hd.Tensor, [2, 15, 8, 9]);
  });
});

describe('wrong options and shapes', () => {
  const { layers } = hd;
  it.each([
    [() => layers.maxPooling1d({ poolSize: 0 }), ['MaxPooling1D', 'poolSize', '0']],
    [() => layers.maxPooling3d({ strides: [1, 1] }), ['MaxPooling3D', 'strides', '[1,1]']],
    [
      () => layers.averagePooling1d({ padding: 'causal' } as never),
      ['AveragePooling1D', 'padding', 'causal'],
    ],
    [
      () => layers.adaptiveMaxPooling1d({} as never),
      ['AdaptiveMaxPooling1D', 'outputSize', 'undefined'],
    ],
    [
      () => layers.globalMaxPooling2d({ keepdims: true } as never),
      ['GlobalMaxPooling2D', 'keepdims'],
    ],
  ] as [() => unknown, string[]][])('%#', (make, parts) => expectValueError(make, ...parts));

  it('a window wider than the input', () => {
    const pool = layers.maxPooling1d({ poolSize: 5, name: 'wide' });
    expectValueError(() => pool.apply(hd.input({ shape: [4, 1] })), 'wide', '5', '4');
  });

  it('an input of another rank', () => {
    const pool = layers.globalMaxPooling1d({ name: 'flat' });
    expectValueError(() => pool.apply(hd.zeros([2, 3])), 'flat', '3', '2');
  });
});

it('cells outside do not count for an average', () => {
  const layer = hd.layers.averagePooling1d({ poolSize: 3, strides: 1, padding: 'same' });
  const y = layer.apply(hd.tensor([2, 4, 6], [1, 3, 1])) as hd.Tensor;
  expect(values(y)).toEqual([3, 4, 5]);
});
