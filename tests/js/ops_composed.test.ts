// Ops composed in TypeScript where TensorFlow.js cannot be the measure: what it lacks or gets wrong,
// empty tensors, random draws, wrong arguments, tensors without values.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { expectValueError, expectValues, rejectionOf, start, values } from './support';

beforeAll(start);

const ints = (list: number[], shape: number[] = [list.length]) => hd.tensor(list, shape, 'int32');
const count = (...shape: number[]) =>
  hd
    .range(
      0,
      shape.reduce((a, b) => a * b, 1),
    )
    .reshape(shape);

describe('stridedSlice', () => {
  it('of nothing', () => {
    expect(hd.stridedSlice(count(5), [4], [2]).shape).toEqual([0]);
    expect(hd.stridedSlice(count(5), [1], [3], [-1]).shape).toEqual([0]);
    expect(hd.stridedSlice(hd.zeros([0, 3]), [0], [5], [2]).shape).toEqual([0, 3]);
  });

  it('one place of an axis, steps along another', () => {
    expectValues(hd.stridedSlice(count(3, 4), [1, 0], [0, 4], [1, 2], 0, 0, 0, 0, 1), [4, 6]);
    const x = count(3, 4, 5);
    // x[1, ..., new axis, 3::-2]
    const y = hd.stridedSlice(x, [1, 9, 9, 3], [9, 9, 9, 9], [1, 1, 1, -2], 0, 8, 2, 4, 1);
    expect(y.shape).toEqual([4, 1, 2]);
    expectValues(y, [23, 21, 28, 26, 33, 31, 38, 36]);
  });

  it('as a method, with its gradient', () => {
    const f = (x: hd.Tensor) => x.stridedSlice([-1], [0], [-2]).square();
    expectValues(hd.grad(f)([1, 2, 3, 4, 5]), [0, 0, 6, 0, 10]);
  });

  it('misuse', () => {
    const slice = (...masks: [number[], number[], number[]?, ...number[]]) => {
      return () => hd.stridedSlice(count(3, 4), ...masks);
    };
    expectValueError(slice([0], [1], [0]), 'stridedSlice', 'strides[0] must not be 0');
    expectValueError(slice([0, 1], [1]), 'one length', '2, 1');
    expectValueError(slice([0, 0, 0], [1, 1, 1]), '3 axes', '[3,4]');
    expectValueError(slice([0, 0], [1, 1], [1, 1], 0, 0, 3), 'ellipsisMask', '3');
    expectValueError(slice([3], [4], [1], 0, 0, 0, 0, 1), 'begin[0] = 3', '[3,4]');
    expectValueError(slice([1], [2], [-1], 0, 0, 0, 0, 1), 'must be positive');
  });
});

describe('spaces', () => {
  it('depthToSpace with channels in front', () => {
    const last = count(2, 2, 3, 8);
    const first = last.transpose([0, 3, 1, 2]);
    const expected = hd.depthToSpace(last, 2).transpose([0, 3, 1, 2]);
    const y = hd.depthToSpace(first, 2, 'NCHW');
    expect(y.shape).toEqual([2, 2, 4, 6]);
    expectValues(y, values(expected));
  });

  it('batchToSpaceND undoes spaceToBatchND', () => {
    const x = count(2, 5, 4, 3);
    const pairs: [number, number][] = [
      [1, 0],
      [2, 2],
    ];
    const y = x.spaceToBatchND([3, 2], pairs);
    expect(y.shape).toEqual([12, 2, 4, 3]);
    expectValues(y.batchToSpaceND([3, 2], pairs), values(x));
  });

  it('misuse', () => {
    expectValueError(
      () => hd.spaceToBatchND(count(1, 3), [2], [[0, 0]]),
      'divisible',
      '[3]',
      '[2]',
    );
    expectValueError(() => hd.spaceToBatchND(count(4), [2], [[0, 0]]), 'spaceToBatchND', '[4]');
    expectValueError(() => hd.spaceToBatchND(count(1, 4), [0], [[0, 0]]), 'blockShape[0]', '0');
    expectValueError(() => hd.spaceToBatchND(count(1, 4), [2], [[0, -1]]), 'paddings', '-1');
    expectValueError(() => hd.batchToSpaceND(count(3, 4), [2], [[0, 0]]), 'divisible', '[3,4]');
    expectValueError(() => hd.batchToSpaceND(count(2, 1), [2], [[2, 1]]), 'crops', '[2]');
    expectValueError(() => hd.depthToSpace(count(1, 2, 2, 3), 2), 'divisible', '[1,2,2,3]');
    expectValueError(() => hd.depthToSpace(count(1, 2, 2, 4), 1), 'blockSize', '1');
    expectValueError(() => hd.depthToSpace(count(4), 2), 'rank 4', '[4]');
  });
});

describe('gather with batchDims', () => {
  it('has a gradient', () => {
    const f = (x: hd.Tensor) => hd.gather(x, ints([1, 1, 0, 2], [2, 2]), 1, 1).square();
    const x = [
      [1, 2, 3],
      [4, 5, 6],
    ];
    expectValues(hd.grad(f)(x), [0, 8, 0, 8, 0, 12]);
  });

  it('misuse', () => {
    const x = count(2, 3);
    expectValueError(() => hd.gather(x, ints([0, 3], [2, 1]), 1, 1), '3');
    expectValueError(() => hd.gather(x, ints([0], [1, 1]), 1, 1), 'must agree', '[2,3]', '[1,1]');
    expectValueError(() => hd.gather(x, ints([0, 1], [2, 1]), 0, 1), 'batchDims', 'got 1');
  });
});

describe('counting', () => {
  it('denseBincount of a vector, binary', () => {
    expectValues(hd.denseBincount(ints([3, 1, 1, 9]), ints([]), 4, true), [0, 1, 0, 1]);
    expect(hd.denseBincount(ints([3]), ints([]), 4).dtype).toBe('int32');
  });

  it('gradients go to weights and to what is summed', () => {
    const weighted = (w: hd.Tensor) => hd.bincount(ints([0, 2, 0, 7]), w, 3).square();
    expectValues(hd.grad(weighted)([1, 2, 3, 4]), [8, 4, 8, 0]);
    const sums = (x: hd.Tensor) => hd.unsortedSegmentSum(x, ints([1, 5, 1]), 2).square();
    expectValues(hd.grad(sums)([1, 2, 3]), [8, 0, 8]);
  });

  it('keeps whole numbers, and ids of several axes', () => {
    const sums = hd.unsortedSegmentSum(ints([1, 2, 3, 4], [2, 2]), ints([0, 1, 1, 1], [2, 2]), 2);
    expect(sums.dtype).toBe('int32');
    expectValues(sums, [1, 9]);
  });

  it('of nothing', () => {
    expectValues(hd.bincount(ints([]), [], 3), [0, 0, 0]);
    expectValues(hd.unsortedSegmentSum(hd.zeros([0, 2]), ints([]), 2), [0, 0, 0, 0]);
    expect(hd.math.confusionMatrix(ints([]), ints([]), 2).shape).toEqual([2, 2]);
  });

  it('misuse', () => {
    expectValueError(() => hd.bincount(ints([0, -1]), [], 3), '-1');
    expectValueError(() => hd.bincount(hd.tensor1d([1]), [], 3), 'x must be int32', 'float32');
    expectValueError(() => hd.bincount(ints([1]), [1, 2], 3), 'weights', '[2]', '[1]');
    expectValueError(() => hd.bincount(ints([1]), [], -1), 'size', '-1');
    expectValueError(() => hd.denseBincount(ints([1], [1, 1, 1]), [], 2), 'rank 1 or 2', '[1,1,1]');
    expectValueError(() => hd.unsortedSegmentSum(count(3), ints([0]), 2), '[1]', '[3]');
    const { confusionMatrix } = hd.math;
    expectValueError(() => confusionMatrix([0], [0, 1], 2), 'same shape', '[1]', '[2]');
    expectValueError(() => confusionMatrix([0], [1], 0), 'numClasses', '0');
  });
});

describe('linear algebra', () => {
  it('of nothing', () => {
    expect(hd.diag(hd.zeros([0])).shape).toEqual([0, 0]);
    expect(hd.linalg.bandPart(hd.zeros([0, 2, 2]), 0, 0).shape).toEqual([0, 2, 2]);
    expect(hd.linalg.qr(hd.zeros([2, 0]))[1].shape).toEqual([0, 0]);
    expect(values(hd.norm(hd.zeros([0])))).toEqual([0]);
    expect(hd.dot(hd.zeros([2, 0]), hd.zeros([0, 3])).arraySync()).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
  });

  it('qr of many, not square', () => {
    const x = hd.randomNormal([2, 3, 4, 2], 0, 1, 'float32', 7);
    const [q, r] = hd.linalg.qr(x);
    expect([q.shape, r.shape]).toEqual([
      [2, 3, 4, 2],
      [2, 3, 2, 2],
    ]);
    expectValues(q.matMul(r), values(x));
    const gradient = hd.grad((t) => hd.linalg.qr(t)[1].square().sum())(x);
    expectValues(gradient, values(x.mul(2)), 1e-4); // the sum of squares of r is that of x
  });

  it('misuse', () => {
    const { bandPart, gramSchmidt, qr } = hd.linalg;
    expectValueError(() => hd.norm([1, 2], 3), 'ord', 'got 3');
    expectValueError(() => hd.norm(count(2, 2), 2, [0, 1]), "'fro'", 'got 2');
    expectValueError(() => hd.norm(count(2, 2), 'fro', 0), 'got fro');
    expectValueError(() => hd.norm(count(2, 2), 1, [0, 0]), 'axis', '[0,0]');
    expectValueError(() => hd.norm(count(2, 2), 1, 2), 'axis', 'got 2');
    expectValueError(() => hd.dot(count(3), count(2)), 'inner dimensions', '[3]', '[2]');
    expectValueError(() => hd.dot(count(3), hd.scalar(1)), 't2', 'rank 1 or 2', '[]');
    expectValueError(() => hd.outerProduct(count(3), count(2, 2)), 'v2', '[2,2]');
    expectValueError(() => bandPart(count(3), 0, 0), 'rank 2 or more', '[3]');
    expectValueError(() => bandPart(count(2, 2), 3, 0), 'numLower', 'at most 2', 'got 3');
    expectValueError(() => bandPart(count(2, 2), 0, hd.scalar(1)), 'numUpper', 'float32');
    expectValueError(() => gramSchmidt(count(3, 2)), '3 vectors of 2 elements');
    expectValueError(() => gramSchmidt([count(3), count(2)]), 'one length', '3, 2');
    expectValueError(() => gramSchmidt([]), 'at least one');
    expectValueError(() => qr(count(3)), 'qr', 'rank 2');
  });
});

describe('padding and shapes', () => {
  it('mirrorPad keeps the dtype, and has a gradient', () => {
    expect(hd.mirrorPad(ints([1, 2]), [[1, 1]], 'reflect').dtype).toBe('int32');
    expectValues(hd.grad((x) => x.mirrorPad([[0, 2]], 'symmetric'))([1, 2, 3]), [1, 2, 2]);
  });

  it('misuse', () => {
    const pad =
      (pairs: unknown, mode: unknown = 'reflect') =>
      () =>
        hd.mirrorPad([1, 2, 3], pairs as [number, number][], mode as 'reflect');
    expectValueError(pad([[3, 0]]), 'at most 2', '[3,0]');
    expectValueError(pad([[1, 0]], 'wrap'), "'reflect' or 'symmetric'", "'wrap'");
    expectValueError(pad([[1]]), 'paddings', '[[1]]');
    expectValueError(() => hd.mirrorPad(1, [], 'reflect'), 'scalar');
    expectValueError(() => hd.pad2d([1, 2], [[0, 0]]), 'pad2d', 'rank 2', '[2]');
    expectValueError(() => hd.pad1d([1, 2], [1, -1]), 'pad1d', '-1');
    expectValueError(() => hd.slice2d(count(4), [0], [1]), 'slice2d', '[4]');
    expectValueError(() => hd.reverse3d(count(4)), 'reverse3d', '[4]');
    expectValueError(() => hd.ensureShape(count(2, 3), [2, 4]), '[2,4]', '[2,3]');
    expect(hd.ensureShape(count(2, 3), [null, 3]).shape).toEqual([2, 3]);
    expectValueError(
      () => hd.broadcastArgs(ints([2]), ints([3])),
      'do not broadcast',
      '[2]',
      '[3]',
    );
    expectValueError(() => hd.meshgrid([1], [2], { indexing: 'yx' as 'xy' }), 'indexing', 'yx');
  });

  it('tensors of five and six dimensions', () => {
    expect(hd.tensor5d([1, 2], [1, 1, 2, 1, 1]).rank).toBe(5);
    expect(hd.tensor6d([[[[[[3]]]]]]).shape).toEqual([1, 1, 1, 1, 1, 1]);
    expectValueError(() => hd.tensor5d([1, 2]), 'tensor5d()');
  });

  it('dtypes of results', () => {
    expect(hd.upcastType('bool', 'int32')).toBe('int32');
    expect(hd.sumOutType('bool')).toBe('int32');
    expectValueError(() => hd.upcastType('int8' as 'bool', 'int32'), 'int8');
  });
});

describe('random draws', () => {
  it('multinomial follows the probabilities', () => {
    const rows = [
      [0.1, 0.6, 0.3],
      [0, 0, 1],
    ];
    const drawn = hd.multinomial(rows, 4000, 5, true);
    expect(drawn.shape).toEqual([2, 4000]);
    expect(drawn.dtype).toBe('int32');
    const frequency = hd.denseBincount(drawn, [], 3).div(4000);
    expectValues(frequency, rows.flat(), 0.03);
    expect(values(hd.multinomial(rows, 4000, 5, true))).toEqual(values(drawn));
    const logits = hd.multinomial([0, Math.log(3)], 4000, 6);
    expect(logits.shape).toEqual([4000]);
    expectValues(logits.mean(), [0.75], 0.03);
  });

  it('rand and randomUniformInt', () => {
    let next = 0;
    expectValues(
      hd.rand([2, 2], () => next++),
      [0, 1, 2, 3],
    );
    expectValues(
      hd.rand([2], () => 7, 'bool'),
      [1, 1],
    );
    const drawn = hd.randomUniformInt([500], -2, 3, 4);
    expect(drawn.dtype).toBe('int32');
    expect(new Set(values(drawn))).toEqual(new Set([-2, -1, 0, 1, 2]));
  });

  it('misuse', () => {
    expectValueError(() => hd.multinomial([1], 3), '2 classes', 'got 1');
    expectValueError(() => hd.multinomial(count(1, 1, 2), 3), 'rank 1 or 2');
    expectValueError(() => hd.multinomial([1, 2], 1.5), 'numSamples', '1.5');
    expectValueError(() => hd.rand([2], 3 as never), 'randFunction');
  });
});

describe('the rest', () => {
  it('misuse of images', () => {
    const { image } = hd;
    expectValueError(() => image.flipLeftRight(count(2, 2, 3)), 'rank 4', '[2,2,3]');
    expectValueError(() => image.rotateWithOffset(count(4), 1), 'rank 4');
    expectValueError(() => image.rotateWithOffset(count(1, 2, 2, 1), 'x' as never), 'radians');
    expectValueError(() => image.grayscaleToRGB(count(2, 3)), 'one channel', '[2,3]');
    expectValueError(() => image.rgbToGrayscale(count(2, 4)), 'three channels', '[2,4]');
    expectValueError(() => image.threshold(count(2, 2, 2)), '1 or 3 channels', '[2,2,2]');
    expectValueError(() => image.threshold(count(2, 2, 1), 'mean' as 'otsu'), "'mean'");
    const boxes = hd.zeros([2, 4]);
    expectValueError(() => image.nonMaxSuppression(boxes, [1], 3), '[1,4]', '[2,4]');
    expectValueError(() => image.nonMaxSuppression(boxes, [1, 2], 3, 2), 'iouThreshold', 'got 2');
    expectValueError(() => image.nonMaxSuppression(boxes, [1, 2], -1), 'maxOutputSize', '-1');
    expectValues(image.threshold(hd.fill([2, 2, 1], 9), 'otsu'), [255, 255, 255, 255]);
  });

  it('misuse of losses', () => {
    const { losses } = hd;
    expectValueError(() => losses.hingeLoss([1], [1, 2]), 'hingeLoss', '[1]', '[2]');
    expectValueError(() => losses.softmaxCrossEntropy([[1, 0]], [[1, 2, 3]]), '[1,2]', '[1,3]');
    expectValueError(() => losses.computeWeightedLoss([1], [1], 9 as never), 'reduction 9');
    expectValueError(() => losses.huberLoss([1], [1], null, 'x' as never), 'delta');
  });

  it('misuse of signals, cells and averages', () => {
    expectValueError(() => hd.signal.frame([1, 2], 0, 1), 'frameLength', 'got 0');
    expectValueError(() => hd.signal.frame([1, 2], 1, 0), 'frameStep', 'got 0');
    expectValueError(() => hd.signal.hannWindow(-1), 'windowLength', '-1');
    expect(hd.signal.frame([1, 2], 3, 1).shape).toEqual([0, 3]);
    expectValueError(() => hd.movingAverage([1], [1], 0.9), 'zeroDebias needs the step');
    expectValueError(() => hd.movingAverage([1], [1, 2], 0.9, 1), '[1]', '[2]');
    const [kernel, bias] = [count(3, 8), count(8)];
    const cell = (columns: number) => () =>
      hd.basicLSTMCell(1, kernel, bias, count(1, columns), count(1, 2), count(1, 2));
    expectValueError(cell(2), 'lstmKernel', '[4,8]', '[3,8]');
    expectValueError(() => hd.multiRNNCell([], [[1]], [[1]], []), '0 cells', '1 in c');
    expectValueError(() => hd.localResponseNormalization(count(4)), 'rank 3 or 4');
    expectValueError(() => hd.localResponseNormalization(count(1, 1, 2), 1.5), 'depthRadius');
  });

  it('misuse of sparse tensors', () => {
    const { sparse } = hd;
    const data = count(3, 2);
    expectValueError(() => hd.sparseToDense(ints([9]), [1], [3]), '9');
    expectValueError(() => hd.sparseToDense(ints([0, 1]), [1, 2, 3], [3]), '[2]', '[3]');
    expectValueError(() => hd.sparseToDense(ints([0, 1], [1, 2]), [1], [3]), '2 dimensions');
    expectValueError(() => sparse.sparseSegmentSum(data, ints([0, 1]), ints([1, 0])), 'ascend');
    expectValueError(() => sparse.sparseSegmentSum(data, ints([0]), ints([0, 0])), '1 and 2');
    const from = ints([0, 0], [1, 2]);
    expectValueError(() => sparse.sparseReshape(from, ints([2, 3]), ints([4])), '6', '4');
    expectValueError(
      () => sparse.sparseFillEmptyRows(ints([5, 0], [1, 2]), [1], ints([2, 2]), 0),
      'row 5',
    );
    const values = (v: hd.Tensor) =>
      sparse.sparseFillEmptyRows(ints([1, 0], [1, 2]), v, ints([2, 2]), -1).outputValues.square();
    expectValues(hd.grad(values)([3]), [6]);
  });

  it('misuse of what reads values', async () => {
    const wrong = async (work: () => Promise<unknown>, ...parts: string[]) => {
      const error = await rejectionOf(work);
      expect(error).toBeInstanceOf(hd.ValueError);
      for (const part of parts) expect(error.message).toContain(part);
    };
    const mask = hd.tensor1d([1, 0], 'bool');
    await wrong(() => hd.booleanMaskAsync([1, 2, 3], mask), '[3]', '[2]');
    await wrong(() => hd.booleanMaskAsync([1, 2], hd.tensor1d([1, 0])), 'mask', 'float32');
    await wrong(() => hd.booleanMaskAsync([1, 2], true), 'scalar');
    await wrong(() => hd.whereAsync(hd.tensor1d([1])), 'condition', 'float32');
    await wrong(() => hd.setdiff1dAsync([1], ints([1])), 'float32 and int32');
    await wrong(() => hd.setdiff1dAsync([[1]], [1]), 'rank 1', '[1,1]');
    await wrong(() => hd.inTopKAsync([[1, 2]], ints([0]), 3), 'from 1 to 2', 'got 3');
    await wrong(() => hd.inTopKAsync([[1, 2]], ints([0, 0])), '[1,2]', '[2]');
    expectValueError(() => hd.unique(3), 'scalar');
  });

  it('of nothing', async () => {
    const none = hd.zeros([0, 2], 'bool');
    expect((await hd.whereAsync(none)).shape).toEqual([0, 2]);
    expect((await hd.booleanMaskAsync(hd.zeros([0, 2]), none)).shape).toEqual([0]);
    const { values, indices } = hd.unique(hd.zeros([0]));
    expect([values.shape, indices.shape]).toEqual([[0], [0]]);
    const boxes = hd.zeros([0, 4]);
    expect(hd.image.nonMaxSuppression(boxes, hd.zeros([0]), 3).shape).toEqual([0]);
  });

  it('the gradient of unique goes to the first of each', () => {
    expectValues(hd.grad((x) => x.unique().values.square())([3, 1, 3]), [6, 2, 0]);
  });
});

describe('while a function is traced', () => {
  const train = async (loss: hd.LossFunction) => {
    const model = hd.sequential({ layers: [hd.layers.dense({ units: 2, inputShape: [2] })] });
    model.compile({ optimizer: 'sgd', loss });
    await model.fit(hd.ones([2, 2]), hd.ones([2, 2]));
  };

  it('what reads values says so', async () => {
    const error = await rejectionOf(() => train((_, p) => hd.unique(p.reshape([4])).values));
    expect(error).toBeInstanceOf(hd.ValueError);
    expect(error.message).toContain('runEagerly');
  });

  it('what does not runs', async () => {
    await train((y, p) => {
      const picked = hd.gather(p, ints([0, 1], [2, 1]), 1, 1);
      const sums = hd.unsortedSegmentSum(p, ints([1, 1]), 2).mirrorPad(
        [
          [0, 1],
          [0, 1],
        ],
        'reflect',
      );
      const sliced = p.stridedSlice([0, 1], [2, -3], [1, -1], 0, 2);
      return hd.losses
        .huberLoss(y, p)
        .add(hd.norm(picked))
        .add(sums.norm(1))
        .add(sliced.euclideanNorm());
    });
  });
});

describe('memory', () => {
  it('composed ops leave nothing but their result', () => {
    const x = hd.randomUniform([4, 4], 0.1, 1, 'float32', 3);
    const i = ints([0, 1, 2, 3]);
    const ops: (() => hd.Tensor | hd.Tensor[])[] = [
      () => hd.norm(x, 1, [0, 1]),
      () => hd.diag(x),
      () => hd.linalg.bandPart(x, 1, -1),
      () => hd.linalg.gramSchmidt(x),
      () => hd.linalg.qr(x),
      () => hd.mirrorPad(x, [[1, 1], [0, 2]], 'reflect'), // prettier-ignore
      () => hd.stridedSlice(x, [0], [4], [2]),
      () => hd.spaceToBatchND(x, [2], [[0, 0]]),
      () => hd.gather(x, i, 1, 1),
      () => hd.denseBincount(i, x.flatten().slice(0, 4), 3),
      () => hd.multinomial(x, 3),
      () => hd.losses.huberLoss(x, x),
      () => hd.image.threshold(x.reshape([4, 4, 1]), 'otsu'),
      () => Object.values(hd.unique(x)),
    ];
    for (const op of ops) {
      const before = hd.memory().numTensors;
      const made = hd.tidy(op);
      const count = Array.isArray(made) ? made.length : 1;
      expect(hd.memory().numTensors, String(op)).toBe(before + count);
      hd.dispose(made);
    }
  });
});
