// Ops of TensorFlow.js core: what they refuse, what they do as methods, and what TensorFlow.js cannot
// do, so that no parity test sees it.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { expectValueError, expectValues, start } from './support';

beforeAll(start);

/** What TypeScript would not let pass. */
const wrong = <T>(value: unknown) => value as T;

describe('arguments', () => {
  const x = () =>
    hd.tensor2d([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  const image = () => hd.ones([1, 4, 4, 2]);

  it('of elementwise ops and reductions', () => {
    expectValueError(() => hd.sin(wrong<number>('x')), 'sin', "'x'", 'string');
    expectValueError(() => hd.leakyRelu(x(), wrong<number>('a')), 'leakyRelu', 'alpha', 'string');
    expectValueError(() => hd.step(x(), wrong<number>(null)), 'step', 'alpha');
    expectValueError(() => hd.prelu(x(), [1, 2]), '[2,3]', '[2]');
    expectValueError(() => hd.atan2(x(), [1, 2]), '[2,3]', '[2]');
    expectValueError(() => hd.all(x()), 'all', 'bool', 'float32');
    expectValueError(() => hd.any(x()), 'any', 'bool', 'float32');
    expectValueError(() => hd.prod(x(), 2), 'prod', '2');
    expectValueError(() => hd.logSumExp(x(), 1.5), 'logSumExp', 'axis', '1.5');
    expectValueError(() => hd.moments(x(), [0, 0]), '0');
  });

  it('of ops of order', () => {
    expectValueError(() => hd.cumsum(x(), 2), 'cumsum', '2');
    expectValueError(() => hd.cumprod(x(), NaN), 'cumprod', 'axis', 'NaN');
    expectValueError(() => hd.topk(x(), 4), 'topk', '4', '3');
    expectValueError(() => hd.topk(x(), -1), 'topk', '-1');
    expectValueError(() => hd.topk(3), 'topk');
    expectValueError(() => hd.searchSorted(x(), [1]), 'searchSorted', '[2,3]', '[1]');
    expectValueError(
      () => hd.searchSorted([1], [1], wrong<'left'>('middle')),
      'side',
      "'left'",
      'middle',
    );
  });

  it('of ops of places', () => {
    expectValueError(() => hd.gatherND(x(), [[2]]), '2');
    expectValueError(() => hd.gatherND(x(), [[0, 0, 0]]), 'gatherND', '[1,3]');
    expectValueError(() => hd.scatterND([[0]], [1, 2], [3]), 'scatterND');
    expectValueError(() => hd.scatterND([[0]], [1], [-3]), 'scatterND', 'shape');
    expectValueError(() => hd.scatterND([[3]], [1], [3]), '3');
    expectValueError(() => hd.tensorScatterUpdate(x(), [[0]], [[1, 2]]), 'tensorScatterUpdate');
  });

  it('of convolutions', () => {
    const filter = hd.ones([2, 2, 2, 3]);
    expectValueError(() => hd.conv2d(image(), filter, 0, 'valid'), 'conv2d', 'strides', '0');
    expectValueError(() => hd.conv2d(image(), filter, [1, 1, 1], 'valid'), 'strides', '[1,1,1]');
    expectValueError(() => hd.conv2d(image(), filter, 1, wrong<'same'>('full')), 'pad', 'full');
    expectValueError(() => hd.conv2d(image(), filter, 1, -1), 'pad', '-1');
    expectValueError(
      () => hd.conv2d(image(), filter, 1, 'same', wrong<'NHWC'>('HWC')),
      'dataFormat',
      "'NHWC'",
      'HWC',
    );
    expectValueError(
      () => hd.conv2d(image(), filter, 1, 'same', 'NHWC', 1, 'ceil'),
      'dimRoundingMode',
      'ceil',
    );
    expectValueError(() => hd.conv2d([1, 2], filter, 1, 'same'), 'conv2d', 'x', '[2]');
    expectValueError(() => hd.conv2d(image(), hd.ones([2, 2, 3, 1]), 1, 'same'), 'conv2d', '3');
    expectValueError(() => hd.conv1d(image(), filter, 1, 'same'), 'conv1d', 'rank');
    expectValueError(() => hd.depthwiseConv2d(image(), hd.ones([2, 2, 3, 1]), 1, 'same'), '3');
    expectValueError(
      () => hd.conv2dTranspose(image(), hd.ones([2, 2, 3, 2]), [1, 9, 9, 3], 1, 'same'),
      'conv2dTranspose',
      '9',
    );
    expectValueError(
      () => hd.conv3d(hd.ones([1, 3, 3, 3, 1]), hd.ones([1, 1, 1, 1, 1]), 1, wrong<'same'>(1)),
      'conv3d',
      'pad',
    );
  });

  it('of pools', () => {
    expectValueError(() => hd.maxPool(image(), 0, 1, 'same'), 'maxPool', 'filterSize', '0');
    expectValueError(() => hd.avgPool(image(), 2, 1.5, 'same'), 'avgPool', 'strides', '1.5');
    expectValueError(() => hd.maxPool3d(image(), 2, [1, 1], 'same'), 'maxPool3d', 'strides');
    expectValueError(() => hd.pool(image(), 2, wrong<'max'>('min'), 'same'), 'poolingType', 'min');
    expectValueError(() => hd.pool(image(), 2, 'max', 'same', 2, 2), 'strides', 'dilations');
    expectValueError(() => hd.pool(image(), 3, 'max', 'valid', 3), 'fit', '[1,4,4,2]');
  });

  it('of images', () => {
    expectValueError(() => hd.image.resizeBilinear(x(), [2, 2]), 'resizeBilinear', '[2,3]');
    expectValueError(() => hd.image.resizeBilinear(image(), [0, 2]), 'size', '[0,2]');
    expectValueError(
      () => hd.image.resizeNearestNeighbor(image(), [2, 2], true, true),
      'halfPixelCenters',
      'alignCorners',
    );
    const box = [[0, 0, 1, 1]];
    expectValueError(() => hd.image.cropAndResize(image(), box, [1], [2, 2]), 'image 1');
    expectValueError(() => hd.image.cropAndResize(image(), [0, 0, 1, 1], [0], [2, 2]), 'boxes');
    expectValueError(
      () => hd.image.cropAndResize(image(), box, [0], [2, 2], wrong<'nearest'>('cubic')),
      'method',
      'cubic',
    );
    expectValueError(() => hd.image.transform(image(), [[1, 0, 0]]), 'transform', '[1,3]');
    expectValueError(
      () =>
        hd.image.transform(image(), [[1, 0, 0, 0, 1, 0, 0, 0]], 'nearest', wrong<'wrap'>('edge')),
      'fillMode',
      'edge',
    );
  });

  it('of products and normalisation', () => {
    expectValueError(() => hd.einsum(wrong<string>(3), x()), 'einsum', 'equation', 'number');
    expectValueError(() => hd.einsum('ij,jk->ik', x()), 'einsum', 'ij,jk->ik');
    expectValueError(() => hd.einsum('ij,jk->ik', x(), x()), 'einsum', 'j');
    expectValueError(() => hd.batchNorm(x(), [1, 2], [1, 2]), '[2,3]', '[2]');
    expectValueError(() => hd.batchNorm2d(image(), [1], [1]), 'batchNorm2d', 'rank 2');
    expectValueError(
      () => hd.fused.matMul({ a: x(), b: x(), transposeB: true, activation: wrong('gelu') }),
      'fused.matMul',
      'activation',
      'gelu',
    );
    expectValueError(() => hd.randomGamma([2], wrong<number>('2')), 'randomGamma', 'alpha');
    expectValueError(() => hd.randomStandardNormal([2], wrong<'int32'>('bool')), 'dtype', 'bool');
  });
});

describe('methods', () => {
  it('are the ops with the tensor first', () => {
    const x = hd.tensor2d([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expectValues(x.cumsum(1), [1, 3, 6, 4, 9, 15]);
    expectValues(x.prod(), [720]);
    expectValues(x.topk(1).values, [3, 6]);
    expectValues(x.greater(1).all(1), [0, 1]);
    expectValues(x.sub(2).leakyRelu(0.5), [-0.5, 0, 1, 2, 3, 4]);
    expectValues(x.floor().mod(2), [1, 0, 1, 0, 1, 0]);
    expect(x.as3D(1, 2, 3).shape).toEqual([1, 2, 3]);
    expect(x.as4D(1, 2, 3, 1).shape).toEqual([1, 2, 3, 1]);
    expect(x.as5D(1, 2, 3, 1, 1).shape).toEqual([1, 2, 3, 1, 1]);
    expect(x.as3D(2, 3, 1).resizeNearestNeighbor([4, 6]).shape).toEqual([4, 6, 1]);
    expect(x.as3D(2, 3, 1).pool(2, 'max', 'valid').shape).toEqual([1, 2, 1]);
  });
});

describe('what TensorFlow.js cannot do', () => {
  it('scans along negative axes', () => {
    const x = [
      [1, 2, 3],
      [4, 5, 6],
    ];
    expectValues(hd.cumsum(x, -2), [1, 2, 3, 5, 7, 9]);
    expectValues(hd.cumprod(x, -1, true, true), [6, 3, 1, 30, 6, 1]);
    const gradient = hd.grad((x) => hd.cumsum(x, 0))(hd.tensor2d(x));
    expectValues(gradient, [2, 2, 2, 1, 1, 1]);
  });

  it('pads sequences by a number of cells', () => {
    const x = hd.tensor2d([1, 2, 3], [3, 1]);
    expectValues(hd.conv1d(x, hd.ones([2, 1, 1]), 1, 1), [1, 3, 5, 3]);
    const sides: [number, number][] = [
      [0, 0],
      [2, 0],
      [0, 0],
    ];
    expectValues(hd.conv1d(x, hd.ones([2, 1, 1]), 1, sides), [0, 1, 3, 5]);
  });

  it('transforms every image of a batch', () => {
    const images = hd.tensor4d([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2, 1]);
    const shift = [
      [1, 0, 1, 0, 1, 0, 0, 0],
      [1, 0, 0, 0, 1, 1, 0, 0],
    ];
    expectValues(hd.image.transform(images, shift), [2, 0, 4, 0, 7, 8, 0, 0]);
  });

  it('has channels first', () => {
    const x = hd.ones([1, 2, 4, 4]);
    expect(hd.conv2d(x, hd.ones([3, 3, 2, 5]), 2, 'same', 'NCHW').shape).toEqual([1, 5, 2, 2]);
    const bias = hd.tensor1d([1, 2, 3, 4, 5]);
    const filter = hd.ones([4, 4, 2, 5]);
    const fused = hd.fused.conv2d({
      x,
      filter,
      strides: 1,
      pad: 'valid',
      dataFormat: 'NCHW',
      bias,
    });
    expect(fused.shape).toEqual([1, 5, 1, 1]);
    expectValues(fused, [33, 34, 35, 36, 37]);
    const volume = hd.ones([1, 2, 3, 3, 3]);
    const pooled = hd.avgPool3d(volume, 2, 1, 'valid', undefined, 'NCDHW');
    expect(pooled.shape).toEqual([1, 2, 2, 2, 2]);
  });

  it('draws gamma with the mean alpha / beta', () => {
    const drawn = hd.randomGamma([4000], 3, 2, 'float32', 5);
    expect(drawn.mean().dataSync()[0]).toBeCloseTo(1.5, 1);
    const again = hd.randomGamma([4000], 3, 2, 'float32', 5);
    expectValues(again, [...drawn.dataSync()]);
    expect(hd.randomGamma([4], 3, 2, 'int32', 5).dtype).toBe('int32');
  });
});

describe('memory', () => {
  it('is given back by ops that are composed', () => {
    const image = hd.ones([1, 5, 5, 2]);
    const [deep, point] = [hd.ones([2, 2, 2, 1]), hd.ones([1, 1, 2, 1])];
    const before = hd.memory().numTensors;
    hd.dispose(hd.pool(image, 2, 'avg', 'same', 2));
    hd.dispose(hd.maxPool3d(image, 2, 1, 1));
    hd.dispose(hd.searchSorted([1, 2], [1]));
    hd.dispose(hd.separableConv2d(image, deep, point, 1, 'same'));
    expect(hd.memory().numTensors).toBe(before);
  });
});
