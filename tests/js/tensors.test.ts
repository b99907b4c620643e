// Making tensors, reading them, printing them.
import { beforeAll, describe, expect, it, vi } from 'vitest';
import * as hd from 'heddle';
import { expectValueError, start, values } from './support';

beforeAll(start);

describe('tensor()', () => {
  it.each([
    ['a number', 3, [], 'float32', [3]],
    ['a boolean', true, [], 'bool', [1]],
    ['a list', [1, 2, 3], [3], 'float32', [1, 2, 3]],
    [
      'nested lists',
      [
        [1, 2],
        [3, 4],
      ],
      [2, 2],
      'float32',
      [1, 2, 3, 4],
    ],
    ['deep lists', [[[[1]], [[2]]]], [1, 2, 1, 1], 'float32', [1, 2]],
    ['booleans', [[true], [false]], [2, 1], 'bool', [1, 0]],
    ['a Float32Array', new Float32Array([1.5, -2]), [2], 'float32', [1.5, -2]],
    ['an Int32Array', new Int32Array([7, -8]), [2], 'int32', [7, -8]],
    ['a Uint8Array', new Uint8Array([7, 255]), [2], 'int32', [7, 255]],
    ['a Uint8ClampedArray', new Uint8ClampedArray([300, 0]), [2], 'int32', [255, 0]],
    [
      'typed arrays in a list',
      [new Float32Array([1, 2]), new Float32Array([3, 4])],
      [2, 2],
      'float32',
      [1, 2, 3, 4],
    ],
    ['nothing', [], [0], 'float32', []],
  ] as const)('of %s', (_, given, shape, dtype, expected) => {
    const made = hd.tensor(given as hd.TensorLike);
    expect(made.shape).toEqual(shape);
    expect(made.dtype).toBe(dtype);
    expect(values(made)).toEqual(expected);
    expect(made.rank).toBe(shape.length);
    expect(made.size).toBe(expected.length);
  });

  it('takes a shape and a dtype', () => {
    const made = hd.tensor([1.7, 0, -2.2, 3], [2, 2], 'int32');
    expect(made.shape).toEqual([2, 2]);
    expect(values(made)).toEqual([1, 0, -2, 3]);
    expect(values(hd.tensor(new Uint8Array([0, 7]), [2], 'bool'))).toEqual([0, 1]);
  });

  it('copies: what it was made of may change', () => {
    const from = new Float32Array([1, 2]);
    const made = hd.tensor(from);
    from[0] = 9;
    expect(values(made)).toEqual([1, 2]);
    made.dataSync()[0] = 9;
    expect(values(made)).toEqual([1, 2]);
  });

  it('refuses what is no tensor', () => {
    expectValueError(() => hd.tensor([[1, 2], [3]]), 'element [1]', 'length 2', 'length 1');
    expectValueError(() => hd.tensor([[1], 2] as hd.TensorLike), 'element [1]');
    expectValueError(() => hd.tensor([1, 2, 3], [2]), '[2]', '2 values but has 3');
    expectValueError(() => hd.tensor(['a'] as unknown as hd.TensorLike), 'string a');
    expectValueError(() => hd.tensor([1], [1], 'float64' as 'float32'), 'float64');
    expect(() => hd.tensor([1], [1], 'complex64' as 'float32')).toThrow(hd.NotImplementedError);
    expectValueError(() => hd.tensor([1, 2], [-1]), 'shape');
    expectValueError(() => hd.tensor([1, 2], [1.5]), 'shape');
    expectValueError(() => hd.zeros([2, 0.5]), 'shape');
  });

  it('of fixed rank wants values of that rank', () => {
    expect(hd.tensor2d([1, 2, 3, 4], [2, 2]).shape).toEqual([2, 2]);
    expect(hd.tensor3d([[[1], [2]]]).shape).toEqual([1, 2, 1]);
    expect(hd.tensor4d([1, 2], [1, 2, 1, 1]).shape).toEqual([1, 2, 1, 1]);
    expect(hd.tensor1d([true, false]).dtype).toBe('bool');
    expectValueError(() => hd.tensor2d([1, 2]), 'tensor2d');
    expectValueError(() => hd.tensor2d([1, 2], [2]), 'tensor2d', '[2]');
    expectValueError(() => hd.tensor1d([[1, 2]]), 'tensor1d');
    expectValueError(() => hd.scalar([1] as unknown as number), 'scalar');
  });
});

describe('other ways to make one', () => {
  it('fill, zeros, ones and their likes', () => {
    expect(values(hd.fill([2, 2], -1.5))).toEqual([-1.5, -1.5, -1.5, -1.5]);
    expect(values(hd.fill([2], 123456789, 'int32'))).toEqual([123456789, 123456789]);
    expect(values(hd.fill([2], 3, 'bool'))).toEqual([1, 1]);
    const like = hd.zerosLike(hd.tensor([[1, 2]], [1, 2], 'int32'));
    expect([like.shape, like.dtype, values(like)]).toEqual([[1, 2], 'int32', [0, 0]]);
    expect(values(hd.onesLike(like))).toEqual([1, 1]);
  });

  it('eye, linspace, range', () => {
    expect(hd.eye(2, 3).arraySync()).toEqual([
      [1, 0, 0],
      [0, 1, 0],
    ]);
    expect(hd.eye(2, 2, [2]).shape).toEqual([2, 2, 2]);
    expect(values(hd.linspace(0, 1, 5))).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(values(hd.range(1, 8, 3))).toEqual([1, 4, 7]);
    expect(values(hd.range(3, 0))).toEqual([3, 2, 1]);
    expect(hd.range(0, 3, 1, 'int32').dtype).toBe('int32');
    expectValueError(() => hd.range(0, 3, 0), 'step');
  });

  it('random ones follow from their seed', () => {
    const draw = (seed?: number) => values(hd.randomNormal([50], 0, 1, 'float32', seed));
    expect(draw(3)).toEqual(draw(3));
    expect(draw(3)).not.toEqual(draw(4));
    expect(draw()).not.toEqual(draw());
    const whole = values(hd.randomUniform([200], 2, 5, 'int32', 1));
    expect(new Set(whole)).toEqual(new Set([2, 3, 4]));
    expect(values(hd.truncatedNormal([500], 0, 1)).every((x) => Math.abs(x) <= 2)).toBe(true);
    expectValueError(() => hd.randomUniform([2], 0, 1, 'float32', 0.5), 'seed');
  });
});

describe('reading', () => {
  it('data, array and their synchronous forms', async () => {
    const x = hd.tensor([
      [
        [1, 2],
        [3, 4],
      ],
    ]);
    expect(await x.data()).toEqual(new Float32Array([1, 2, 3, 4]));
    expect(await x.array()).toEqual([
      [
        [1, 2],
        [3, 4],
      ],
    ]);
    expect(hd.scalar(7).arraySync()).toBe(7);
    expect(hd.zeros([2, 0]).arraySync()).toEqual([[], []]);
    expect(hd.tensor([1], [1], 'int32').dataSync()).toBeInstanceOf(Int32Array);
    expect(hd.tensor([true]).dataSync()).toBeInstanceOf(Uint8Array);
  });

  it('ids differ', () => {
    expect(hd.scalar(1).id).not.toBe(hd.scalar(1).id);
  });
});

describe('print', () => {
  const shown = (tensor: hd.Tensor, verbose = false) => tensor.toString(verbose).split('\n');

  it('aligns columns', () => {
    expect(
      shown(
        hd.tensor([
          [1.5, 2],
          [3, 4],
        ]),
      ),
    ).toEqual(['Tensor', '    [[1.5, 2],', '     [3  , 4]]']);
  });

  it('scalars, vectors, booleans, rank 3', () => {
    expect(shown(hd.scalar(2))).toEqual(['Tensor', '    2']);
    expect(shown(hd.tensor([1, 2.5]))).toEqual(['Tensor', '    [1, 2.5]']);
    expect(shown(hd.tensor([true, false]))).toEqual(['Tensor', '    [true, false]']);
    expect(shown(hd.tensor([[[1, 2]], [[3, 4]]]))).toEqual([
      'Tensor',
      '    [[[1, 2]],',
      '',
      '     [[3, 4]]]',
    ]);
  });

  it('folds long dimensions', () => {
    const line = shown(hd.range(0, 100))[1];
    expect(line).toBe('    [0, 1, 2, ..., 97, 98, 99]');
    expect(shown(hd.zeros([30, 1]))).toHaveLength(1 + 7);
  });

  it('says more when asked to', () => {
    expect(shown(hd.scalar(2), true)).toEqual([
      'Tensor',
      '  dtype: float32',
      '  rank: 0',
      '  shape: []',
      '  values:',
      '    2',
    ]);
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    hd.tensor([1]).print();
    expect(log).toHaveBeenCalledWith('Tensor\n    [1]');
    log.mockRestore();
  });
});

describe('clone', () => {
  it('lives on its own', () => {
    const x = hd.tensor([1, 2]);
    const y = x.clone();
    x.dispose();
    expect(values(y)).toEqual([1, 2]);
    expect(x.isDisposed).toBe(true);
    expectValueError(() => x.dataSync(), 'disposed');
    expectValueError(() => x.add(1), 'disposed');
    expectValueError(() => hd.relu(x), 'disposed');
    x.dispose(); // a second time does nothing
  });
});
