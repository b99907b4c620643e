// Layers that move cells about, and options of them, that TensorFlow.js lacks.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { checkAlone, type Numbers } from './layer_alone';
import { expectValueError, start, values } from './support';

beforeAll(start);

/** The output of a layer that moves cells: `from` says where each cell of the output comes from. */
function gathered(
  x: Numbers,
  shape: number[],
  outShape: number[],
  from: (place: number[]) => number[] | null,
): number[] {
  const count = (dims: number[]) => dims.reduce((a, b) => a * b, 1);
  const batch = x.length / count(shape);
  const result: number[] = [];
  for (let n = 0; n < batch; n++) {
    for (let i = 0; i < count(outShape); i++) {
      let rest = i;
      const place = outShape.map(() => 0);
      for (let axis = outShape.length - 1; axis >= 0; axis--) {
        place[axis] = rest % outShape[axis]!;
        rest = Math.floor(rest / outShape[axis]!);
      }
      const source = from(place);
      const inside = source?.every((at, axis) => at >= 0 && at < shape[axis]!);
      const index = source?.reduce((sum, at, axis) => sum * shape[axis]! + at, 0);
      result.push(inside ? x[n * count(shape) + index!]! : 0);
    }
  }
  return result;
}

type Case = [name: string, options: object, shape: number[], out: number[], shift: number[]];
const shifts: Case[] = [
  ['cropping1D', { cropping: 1 }, [5, 2], [3, 2], [1, 0]],
  ['cropping1D', { cropping: [0, 2] }, [5, 2], [3, 2], [0, 0]],
  ['cropping3D', { cropping: 1 }, [3, 4, 5, 1], [1, 2, 3, 1], [1, 1, 1, 0]],
  ['cropping3D', { cropping: [0, 1, 2] }, [2, 3, 5, 1], [2, 1, 1, 1], [0, 1, 2, 0]],
  [
    'cropping3D',
    {
      cropping: [
        [0, 1],
        [1, 0],
        [2, 1],
      ],
      dataFormat: 'channelsFirst',
    },
    [2, 2, 2, 4],
    [2, 1, 1, 1],
    [0, 0, 1, 2],
  ],
  ['zeroPadding1d', {}, [3, 2], [5, 2], [-1, 0]],
  ['zeroPadding1d', { padding: [2, 0] }, [3, 2], [5, 2], [-2, 0]],
  ['zeroPadding3d', {}, [1, 2, 2, 2], [3, 4, 4, 2], [-1, -1, -1, 0]],
  [
    'zeroPadding3d',
    {
      padding: [
        [0, 1],
        [2, 0],
        [0, 0],
      ],
      dataFormat: 'channelsFirst',
    },
    [2, 1, 2, 2],
    [2, 2, 4, 2],
    [0, 0, -2, 0],
  ],
];
for (const [name, options, shape, out, shift] of shifts) {
  checkAlone(name, options as Record<string, unknown>, shape, {
    shape: out,
    expected: ([x]) =>
      gathered(x!, shape, out, (place) => place.map((at, axis) => at + shift[axis]!)),
  });
}

const factors: Case[] = [
  ['upSampling1d', {}, [3, 2], [6, 2], [2, 1]],
  ['upSampling1d', { size: 3 }, [2, 2], [6, 2], [3, 1]],
  ['upSampling2d', { size: [3, 2] }, [2, 3, 2], [6, 6, 2], [3, 2, 1]],
  ['upSampling2d', { dataFormat: 'channelsFirst' }, [2, 3, 2], [2, 6, 4], [1, 2, 2]],
  ['upSampling3d', {}, [1, 2, 2, 2], [2, 4, 4, 2], [2, 2, 2, 1]],
  [
    'upSampling3d',
    { size: [1, 2, 3], dataFormat: 'channelsFirst' },
    [2, 2, 1, 2],
    [2, 2, 2, 6],
    [1, 1, 2, 3],
  ],
];
for (const [name, options, shape, out, factor] of factors) {
  checkAlone(name, options as Record<string, unknown>, shape, {
    shape: out,
    expected: ([x]) =>
      gathered(x!, shape, out, (place) => place.map((at, axis) => Math.floor(at / factor[axis]!))),
  });
}

/** Linear between the cells, whose corners lie on a grid of `factor` (nothing beyond the last). */
const between = (size: number, factor: number) =>
  Array.from({ length: size * factor }, (_, i) => {
    const low = Math.floor(i / factor);
    return [low, Math.min(low + 1, size - 1), i / factor - low] as const;
  });
checkAlone('upSampling2d', { size: [3, 2], interpolation: 'bilinear' }, [2, 3, 1], {
  shape: [6, 6, 1],
  expected: ([x]) =>
    [0, 1, 2].flatMap((n) =>
      between(2, 3).flatMap(([top, bottom, down]) =>
        between(3, 2).map(([left, right, across]) => {
          const at = (row: number, column: number) => x![n * 6 + row * 3 + column]!;
          const above = at(top, left) * (1 - across) + at(top, right) * across;
          const below = at(bottom, left) * (1 - across) + at(bottom, right) * across;
          return above * (1 - down) + below * down;
        }),
      ),
    ),
});

describe('what moves cells keeps the dtype', () => {
  const { layers } = hd;
  it.each([
    ['repeatVector', () => layers.repeatVector({ n: 2 }), [2]],
    ['permute', () => layers.permute({ dims: [2, 1] }), [2, 3]],
    ['cropping1D', () => layers.cropping1D({ cropping: 1 }), [3, 1]],
    ['zeroPadding1d', () => layers.zeroPadding1d(), [2, 1]],
    ['upSampling1d', () => layers.upSampling1d(), [2, 1]],
  ] as [string, () => hd.layers.Layer, number[]][])('%s', (_, make, shape) => {
    const input = hd.input({ shape, dtype: 'int32' });
    const output = make().apply(input) as hd.SymbolicTensor;
    expect(output.dtype).toBe('int32');
    const model = hd.model({ inputs: input, outputs: output });
    const x = hd.ones([2, ...shape], 'int32');
    const y = model.predict(x) as hd.Tensor;
    expect(y.dtype).toBe('int32');
    expect(values(y)).toEqual(values(make().apply(x) as hd.Tensor));
  });
});

describe('unknown sizes', () => {
  const { layers } = hd;
  it.each([
    ['cropping2D', () => layers.cropping2D({ cropping: 1 }), [null, 5, 2], [null, 3, 2]],
    ['zeroPadding3d', () => layers.zeroPadding3d(), [null, 2, null, 1], [null, 4, null, 1]],
    ['upSampling1d', () => layers.upSampling1d(), [null, 3], [null, 3]],
    ['permute', () => layers.permute({ dims: [2, 1] }), [null, 3], [3, null]],
  ] as [string, () => hd.layers.Layer, (number | null)[], (number | null)[]][])(
    '%s',
    (_, make, shape, expected) => {
      const output = make().apply(hd.input({ shape })) as hd.SymbolicTensor;
      expect(output.shape).toEqual([null, ...expected]);
    },
  );
});

describe('wrong options and shapes', () => {
  const { layers } = hd;
  it.each([
    [() => layers.cropping2D({ cropping: -1 }), ['Cropping2D', 'cropping', '-1']],
    [() => layers.cropping3D({ cropping: [1, 2] }), ['Cropping3D', 'cropping', '[1,2]']],
    [() => layers.zeroPadding2d({ padding: [[1]] }), ['ZeroPadding2D', 'padding', '[[1]]']],
    [() => layers.zeroPadding1d({ padding: [1, 2, 3] }), ['ZeroPadding1D', 'padding', '[1,2,3]']],
    [() => layers.upSampling2d({ size: 0 }), ['UpSampling2D', 'size', '0']],
    [
      () => layers.upSampling2d({ interpolation: 'bicubic' } as never),
      ['UpSampling2D', 'interpolation', 'bicubic'],
    ],
    [() => layers.permute({ dims: [1, 3] }), ['Permute', 'dims', '[1,3]']],
    [() => layers.permute({ dims: [0, 1] }), ['Permute', 'dims', '[0,1]']],
    [() => layers.repeatVector({ n: 0 }), ['RepeatVector', 'n', '0']],
    [() => layers.repeatVector({ n: 1, m: 1 } as never), ['RepeatVector', 'm']],
  ] as [() => unknown, string[]][])('%#', (make, parts) => expectValueError(make, ...parts));

  it('nothing would remain', () => {
    const crop = layers.cropping1D({ cropping: 2, name: 'all' });
    expectValueError(() => crop.apply(hd.input({ shape: [4, 1] })), 'all', '4');
  });

  it('inputs of another rank', () => {
    const repeat = layers.repeatVector({ n: 2, name: 'again' });
    expectValueError(() => repeat.apply(hd.zeros([1, 2, 3])), 'again', '2', '3');
    const permute = layers.permute({ dims: [2, 1], name: 'swap' });
    expectValueError(() => permute.computeOutputShape([null, 3]), 'swap', '3');
  });
});
