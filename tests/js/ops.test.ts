// The ops by hand-computed values: shapes, dtypes, conventions at the edges, what they refuse.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { expectValueError, expectValues, random, start, values } from './support';

beforeAll(start);

const ints = (list: number[]) => hd.tensor(list, [list.length], 'int32');

describe('arithmetic', () => {
  it('takes angles as large as they come', () => {
    const angles = Float32Array.of(5e8, 1e9, -1e9, 2 ** 29 + 64, 1e15, 1.2345e20, -7e30, 3.4e38);
    for (const op of ['sin', 'cos', 'tan'] as const) {
      const found = hd[op](hd.tensor(angles)).dataSync();
      angles.forEach((angle, i) => {
        const expected = Math[op](angle);
        expect(Math.abs(found[i]! - expected)).toBeLessThan(1e-7 * Math.abs(expected));
      });
    }
    expect([...hd.sin([Infinity, -Infinity, NaN]).dataSync()]).toEqual([NaN, NaN, NaN]);
  });

  it('broadcasts', () => {
    const sum = hd.add([[1], [2]], [10, 20]);
    expect(sum.arraySync()).toEqual([
      [11, 21],
      [12, 22],
    ]);
    expectValueError(() => hd.add([1, 2], [1, 2, 3]), 'add', '[2]', '[3]');
  });

  it.each([
    ['int32 and int32', () => ints([7]).add(ints([2])), 'int32', [9]],
    ['int32 and a number', () => ints([7]).add(1.5), 'float32', [8.5]],
    ['bool and int32', () => hd.tensor([true]).mul(ints([5])), 'int32', [5]],
    ['bool and float32', () => hd.tensor([true]).sub(0.5), 'float32', [0.5]],
    ['comparison', () => ints([7]).greater(2), 'bool', [1]],
    ['floor division of int32', () => ints([7, -7]).div(ints([2, 2])), 'int32', [3, -4]],
    ['division of float32', () => hd.div(7, 2), 'float32', [3.5]],
    ['mod', () => hd.mod([-7, 7], [3, 3]), 'float32', [2, 1]],
    ['pow', () => hd.pow([2, 3], 2), 'float32', [4, 9]],
    ['squaredDifference', () => hd.squaredDifference([1, 5], [3, 2]), 'float32', [4, 9]],
    ['maximum', () => hd.maximum([1, 5], 3), 'float32', [3, 5]],
    ['minimum', () => hd.minimum([1, 5], 3), 'float32', [1, 3]],
    ['logicalAnd', () => hd.logicalAnd([true, true], [true, false]), 'bool', [1, 0]],
    ['logicalOr', () => hd.logicalOr([false, true], [false, false]), 'bool', [0, 1]],
    ['logicalXor', () => hd.logicalXor([true, true], [true, false]), 'bool', [0, 1]],
    ['logicalNot', () => hd.logicalNot([true, false]), 'bool', [0, 1]],
    ['addN', () => hd.addN([hd.tensor([1, 2]), [3, 4], [5, 6]]), 'float32', [9, 12]],
  ] as const)('%s', (_, work, dtype, expected) => {
    const result = work();
    expect(result.dtype).toBe(dtype);
    expectValues(result, expected);
  });
});

describe('one operand', () => {
  const x = [-2.5, -1, 0, 0.5, 7];
  const each = (f: (x: number) => number) => x.map(f);
  it.each([
    ['neg', each((v) => -v)],
    ['abs', each(Math.abs)],
    ['sign', each(Math.sign)],
    ['exp', each(Math.exp)],
    ['expm1', each(Math.expm1)],
    ['square', each((v) => v * v)],
    ['relu', each((v) => Math.max(0, v))],
    ['relu6', each((v) => Math.min(6, Math.max(0, v)))],
    ['sigmoid', each((v) => 1 / (1 + Math.exp(-v)))],
    ['tanh', each(Math.tanh)],
    ['softplus', each((v) => Math.log1p(Math.exp(v)))],
  ] as const)('%s', (op, expected) => {
    expectValues(hd[op](x), expected);
    expectValues(hd.tensor(x)[op](), expected);
  });

  it.each([
    ['log', Math.log],
    ['log1p', Math.log1p],
    ['sqrt', Math.sqrt],
    ['rsqrt', (v: number) => 1 / Math.sqrt(v)],
    ['reciprocal', (v: number) => 1 / v],
  ] as const)('%s of what is positive', (op, f) => {
    const positive = [0.1, 1, 2.5, 40];
    expectValues(hd[op](positive), positive.map(f));
  });

  it('clipByValue', () => {
    expectValues(hd.clipByValue(x, -1, 0.25), [-1, -1, 0, 0.25, 0.25]);
    expectValueError(() => hd.clipByValue(x, 1, 0), 'clipByValue', '(1)', '(0)');
  });

  it('keeps int32 where whole numbers stay whole', () => {
    for (const op of ['neg', 'abs', 'square', 'relu'] as const) {
      expect(hd[op](ints([-3, 2])).dtype).toBe('int32');
    }
    expect(hd.exp(ints([0])).dtype).toBe('float32');
  });

  it('cast', () => {
    expect(values(hd.cast([1.9, -1.9, 0], 'int32'))).toEqual([1, -1, 0]);
    expect(values(hd.cast([1.9, -1.9, 0], 'bool'))).toEqual([1, 1, 0]);
    expect(hd.tensor([true]).toFloat().dtype).toBe('float32');
    expectValueError(() => hd.cast([1], 'double' as 'int32'), 'double');
  });
});

describe('reductions', () => {
  const x = () =>
    hd.tensor([
      [1, 2, 3],
      [4, 5, 9],
    ]);

  it.each([
    ['all', undefined, false, [], [24]],
    ['axis 0', 0, false, [3], [5, 7, 12]],
    ['axis -1', -1, false, [2], [6, 18]],
    ['axis 1, kept', 1, true, [2, 1], [6, 18]],
    ['both axes', [0, 1], false, [], [24]],
  ] as const)('sum over %s', (_, axis, keepDims, shape, expected) => {
    const result = hd.sum(x(), axis, keepDims);
    expect(result.shape).toEqual(shape);
    expectValues(result, expected);
  });

  it('mean, max, min', () => {
    expectValues(x().mean(), [4]);
    expectValues(x().max(0), [4, 5, 9]);
    expectValues(x().min(1), [1, 4]);
    expect(hd.mean(ints([1, 2])).dtype).toBe('float32');
    expect(hd.sum(hd.tensor([true, true])).dtype).toBe('int32');
  });

  it('argMax and argMin take the first of equals', () => {
    expect(
      values(
        hd.argMax(
          [
            [1, 5, 5],
            [7, 0, 7],
          ],
          1,
        ),
      ),
    ).toEqual([1, 0]);
    expect(
      values(
        hd.argMin(
          [
            [1, 5, 1],
            [7, 0, 0],
          ],
          -1,
        ),
      ),
    ).toEqual([0, 1]);
    expect(hd.argMax([1, 2]).dtype).toBe('int32');
  });

  it('refuses axes that are not there', () => {
    expectValueError(() => x().sum(2), 'sum', '2');
    expectValueError(() => x().sum([0, 0]), 'sum');
    expectValueError(() => x().mean(0.5), 'mean', 'axis', '0.5');
    expectValueError(() => x().argMax(5), '5');
  });
});

describe('softmax', () => {
  it('rows sum to one, however large the logits', () => {
    const rows = hd.softmax([
      [1, 2, 3],
      [1000, 1000, -1000],
    ]);
    expectValues(rows.sum(-1), [1, 1]);
    expectValues(rows, [0.09003, 0.24473, 0.66524, 0.5, 0.5, 0]);
    expectValues(hd.logSoftmax([[0, 0]]), [-Math.LN2, -Math.LN2]);
  });
});

describe('products', () => {
  it('matMul with transposes and batches', () => {
    const a = [
      [1, 2],
      [3, 4],
    ];
    const b = [
      [5, 6],
      [7, 8],
    ];
    expect(hd.matMul(a, b).arraySync()).toEqual([
      [19, 22],
      [43, 50],
    ]);
    expect(hd.matMul(a, b, true).arraySync()).toEqual([
      [26, 30],
      [38, 44],
    ]);
    expect(hd.matMul(a, b, false, true).arraySync()).toEqual([
      [17, 23],
      [39, 53],
    ]);
    expect(hd.matMul(random([3, 2, 4], 1), random([4, 5], 2)).shape).toEqual([3, 2, 5]);
    expectValueError(() => hd.matMul([[1, 2, 3]], [[1, 2]]), 'matMul', '[1,3]', '[1,2]');
    expectValueError(() => hd.matMul([1, 2], [[1, 2]]), 'matMul');
  });
});

describe('moving elements', () => {
  const x = () =>
    hd.tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);

  it.each([
    ['reshape', () => x().reshape([3, -1]), [3, 2], [1, 2, 3, 4, 5, 6]],
    ['flatten', () => x().flatten(), [6], [1, 2, 3, 4, 5, 6]],
    ['transpose', () => x().transpose(), [3, 2], [1, 4, 2, 5, 3, 6]],
    ['expandDims', () => x().expandDims(1), [2, 1, 3], [1, 2, 3, 4, 5, 6]],
    ['squeeze', () => x().expandDims(0).expandDims(-1).squeeze(), [2, 3], [1, 2, 3, 4, 5, 6]],
    ['squeeze of one', () => x().reshape([1, 6, 1]).squeeze([0]), [6, 1], [1, 2, 3, 4, 5, 6]],
    ['reverse', () => x().reverse(1), [2, 3], [3, 2, 1, 6, 5, 4]],
    ['tile', () => hd.tile([[1, 2]], [2, 2]), [2, 4], [1, 2, 1, 2, 1, 2, 1, 2]],
    ['broadcastTo', () => hd.broadcastTo([[1], [2]], [2, 2]), [2, 2], [1, 1, 2, 2]],
    ['slice', () => x().slice([0, 1], [2, 2]), [2, 2], [2, 3, 5, 6]],
    ['slice to the end', () => x().slice([1, 0], [-1, 2]), [1, 2], [4, 5]],
    ['slice by one number', () => x().slice(1), [1, 3], [4, 5, 6]],
    [
      'pad',
      () =>
        hd.pad(
          [[1, 2]],
          [
            [1, 0],
            [0, 1],
          ],
          9,
        ),
      [2, 3],
      [9, 9, 9, 1, 2, 9],
    ],
    ['concat', () => hd.concat([x(), [[7, 8, 9]]]), [3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9]],
    ['concat over 1', () => x().concat(hd.tensor([[7], [8]]), 1), [2, 4], [1, 2, 3, 7, 4, 5, 6, 8]],
    [
      'stack',
      () =>
        hd.stack(
          [
            [1, 2],
            [3, 4],
          ],
          1,
        ),
      [2, 2],
      [1, 3, 2, 4],
    ],
    ['gather', () => hd.gather(x(), [1, 0, 1]), [3, 3], [4, 5, 6, 1, 2, 3, 4, 5, 6]],
    ['gather over 1', () => x().gather(ints([2]), 1), [2, 1], [3, 6]],
    ['oneHot', () => hd.oneHot([1, 0, 5], 2), [3, 2], [0, 1, 1, 0, 0, 0]],
    ['oneHot with values', () => hd.oneHot([1], 3, 5, -1), [1, 3], [-1, 5, -1]],
    ['where', () => hd.where([[true], [false]], x(), 0), [2, 3], [1, 2, 3, 0, 0, 0]],
  ] as const)('%s', (_, work, shape, expected) => {
    const result = work();
    expect(result.shape).toEqual(shape);
    expectValues(result, expected);
  });

  it('split and unstack', () => {
    const list = (tensors: hd.Tensor[]) => tensors.map((each) => each.arraySync());
    expect(list(hd.split([1, 2, 3, 4], 2))).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(list(x().split([1, 2], 1))).toEqual([
      [[1], [4]],
      [
        [2, 3],
        [5, 6],
      ],
    ]);
    expect(list(x().unstack())).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(list(hd.unstack(x(), -1))).toEqual([
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
    expectValueError(() => hd.split([1, 2, 3], 2), 'split', '3', '2');
  });

  it('refuses what does not fit, and says what came', () => {
    expectValueError(() => x().reshape([4, 2]), 'reshape', '[2,3]', '[4,2]');
    expectValueError(() => x().transpose([0, 0]), 'transpose');
    expectValueError(() => x().slice([0, 2], [1, 2]), 'slice');
    expectValueError(() => hd.concat([x(), [[1]]]), 'concat');
    expectValueError(() => hd.concat([]), 'concat');
    expectValueError(() => hd.gather(x(), [2]), 'gather', '2');
    expectValueError(() => hd.squeeze(x(), [0]), 'squeeze');
    expectValueError(() => hd.pad(x(), [[1, 0]]), 'pad');
    expectValueError(() => hd.reshape(x(), [1.5]), 'reshape', 'shape');
    expectValueError(() => hd.gather(x(), [0], 0, 1), 'gather', 'batchDims', 'got 1');
  });

  it('names an argument that is no tensor', () => {
    expectValueError(() => hd.relu('x' as unknown as number), "'x'", "'relu'", 'string');
    expectValueError(() => hd.add(1, undefined as unknown as number), "'b'", "'add'", 'undefined');
    expectValueError(() => hd.add(1, null as unknown as number), 'null');
  });
});

describe('convolution and pooling', () => {
  const image = () => hd.tensor4d([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]);

  it('conv2d', () => {
    const ones = hd.ones([2, 2, 1, 1]);
    const valid = hd.conv2d(image(), ones, 1, 'valid');
    expect(valid.shape).toEqual([1, 2, 2, 1]);
    expectValues(valid, [12, 16, 24, 28]);
    expect(image().conv2d(ones, 1, 'same').shape).toEqual([1, 3, 3, 1]);
    expect(image().conv2d(ones, [2, 1], 1).shape).toEqual([1, 2, 4, 1]);
    expect(hd.conv2d(image().squeeze([0]), ones, 1, 'valid').shape).toEqual([2, 2, 1]);
    const first = hd.transpose(image(), [0, 3, 1, 2]);
    expectValues(hd.conv2d(first, ones, 1, 'valid', 'NCHW'), [12, 16, 24, 28]);
    expectValues(hd.conv2d(image(), ones, 1, 'valid', 'NHWC', 2), [20]);
    expectValueError(() => hd.conv2d(image(), hd.ones([2, 2, 3, 1]), 1, 'valid'), 'conv2d');
    expectValueError(() => hd.conv2d(image(), ones, 0, 'valid'), 'conv2d');
    expectValueError(() => hd.conv2d(image(), ones, 1, 'full' as 'same'), 'pad', 'full');
    expectValueError(() => hd.conv2d(image(), hd.ones([4, 4, 1, 1]), 1, 'valid'), 'conv2d');
  });

  it('maxPool and avgPool', () => {
    expectValues(hd.maxPool(image(), 2, 1, 'valid'), [5, 6, 8, 9]);
    expectValues(hd.avgPool(image(), 2, 1, 'valid'), [3, 4, 6, 7]);
    // Cells outside the image do not count.
    expectValues(image().avgPool([2, 2], 2, 'same'), [3, 4.5, 7.5, 9]);
    expect(hd.maxPool(image().squeeze([0]), 2, 2, 'same').shape).toEqual([2, 2, 1]);
  });
});

describe('dropout', () => {
  it('keeps the mean, and repeats with its seed', () => {
    const x = hd.ones([100, 100]);
    const drop = (seed?: number) => values(hd.dropout(x, 0.4, undefined, seed));
    const dropped = drop(5);
    expect(dropped).toEqual(drop(5));
    expect(drop()).not.toEqual(drop());
    const kept = dropped.filter((value) => value > 0);
    expect(kept.length / 1e4).toBeCloseTo(0.6, 1);
    expect(kept.every((value) => Math.abs(value - 1 / 0.6) < 1e-6)).toBe(true);
    expect(drop(5).length).toBe(1e4);
    expectValueError(() => hd.dropout(x, 1), 'rate');
  });
});

describe('losses', () => {
  it('are weighted and reduced', () => {
    const labels = hd.tensor([1, 2, 3]);
    const predictions = hd.tensor([1, 4, 0]);
    expectValues(hd.losses.absoluteDifference(labels, predictions), [5 / 3]);
    expectValues(hd.losses.meanSquaredError(labels, predictions), [13 / 3]);
    const weights = hd.tensor([1, 0, 1]);
    expectValues(hd.losses.meanSquaredError(labels, predictions, weights), [9 / 2]);
    const { SUM, MEAN, NONE } = hd.Reduction;
    expectValues(hd.losses.meanSquaredError(labels, predictions, 2, SUM), [26]);
    expectValues(hd.losses.meanSquaredError(labels, predictions, weights, MEAN), [9 / 2]);
    expectValues(hd.losses.meanSquaredError(labels, predictions, undefined, NONE), [0, 4, 9]);
    expectValues(hd.losses.softmaxCrossEntropy([[0, 1]], [[0, 0]]), [Math.LN2]);
    expectValues(hd.losses.sigmoidCrossEntropy([1, 0], [0, 0]), [Math.LN2]);
    expectValues(hd.losses.logLoss([1, 0], [0.5, 0.5]), [Math.LN2]);
  });
});
