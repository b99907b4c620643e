// Small helpers: hd.util, nextFrame, datasets.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { expectValueError, start } from './support';

const { util } = hd;

beforeAll(start);

describe('util: order', () => {
  const list = Array.from({ length: 100 }, (_, i) => i);

  it('shuffle keeps every element', () => {
    const shuffled = [...list];
    util.shuffle(shuffled);
    expect(shuffled).not.toEqual(list);
    expect(shuffled.sort((a, b) => a - b)).toEqual(list);
    expect(new Set(util.createShuffledIndices(50)).size).toBe(50);
  });

  it('shuffleCombo moves both lists alike', () => {
    const [a, b] = [[...list], Float32Array.from(list)];
    util.shuffleCombo(a, b);
    expect(a).not.toEqual(list);
    expect(Array.from(b)).toEqual(a);
    expectValueError(() => util.shuffleCombo([1], [1, 2]), '1', '2', 'must match');
  });

  it('swap and randUniform', () => {
    const pair = ['a', 'b'];
    util.swap(pair, 0, 1);
    expect(pair).toEqual(['b', 'a']);
    for (let i = 0; i < 50; i++) {
      const drawn = util.randUniform(-2, 3);
      expect(drawn).toBeGreaterThanOrEqual(-2);
      expect(drawn).toBeLessThan(3);
    }
  });
});

describe('util: numbers and shapes', () => {
  it.each([
    [util.sizeFromShape([2, 3, 4]), 24],
    [util.sizeFromShape([]), 1],
    [util.clamp(1, 5, 3), 3],
    [util.clamp(1, -5, 3), 1],
    [util.nearestLargerEven(7), 8],
    [util.nearestLargerEven(8), 8],
    [util.nearestDivisor(12, 5), 6],
    [util.nearestDivisor(13, 5), 13],
    [util.sum([1, 2, 3.5]), 6.5],
    [util.tanh(0.5), Math.tanh(0.5)],
    [util.distSquared([1, 2], [4, 6]), 25],
    [util.sizeToSquarishShape(12), [4, 3]],
    [util.computeStrides([2, 3, 4]), [12, 4]],
    [util.computeStrides([5]), []],
    [util.locToIndex([1, 2, 3], 3, [12, 4]), 23],
    [util.locToIndex([4], 1, []), 4],
    [util.locToIndex([], 0, []), 0],
    [util.indexToLoc(23, 3, [12, 4]), [1, 2, 3]],
    [util.indexToLoc(4, 1, []), [4]],
    [util.indexToLoc(0, 0, []), []],
    [util.inferFromImplicitShape([2, -1, 3], 24), [2, 4, 3]],
    [util.inferFromImplicitShape([2, 3], 6), [2, 3]],
    [util.parseAxisParam(-1, [2, 3]), [1]],
    [util.parseAxisParam([0, -1], [2, 3]), [0, 1]],
    [util.parseAxisParam(null, [2, 3]), [0, 1]],
    [util.squeezeShape([1, 3, 1]), { newShape: [3], keptDims: [1] }],
    [util.squeezeShape([1, 3, 1], [2]), { newShape: [1, 3], keptDims: [0, 1] }],
    [util.rightPad('ab', 4), 'ab  '],
  ])('%j is %j', (actual, expected) => expect(actual).toEqual(expected));

  it('shapes that do not fit', () => {
    expectValueError(() => util.inferFromImplicitShape([-1, -1], 4), 'only have 1 implicit size');
    expectValueError(() => util.inferFromImplicitShape([-1, 3], 4), 'fractional', '4 / 3');
    expectValueError(() => util.inferFromImplicitShape([-1, 0], 0), '0 elements');
    expectValueError(() => util.inferFromImplicitShape([2, 3], 7), 'Size(7)');
    expectValueError(() => util.parseAxisParam(2, [2, 3]), 'range [-2, 2)');
    expectValueError(() => util.squeezeShape([1, 3], [1]), "its dim '3' is not 1");
  });
});

describe('util: values and dtypes', () => {
  it('arrays of dtypes', () => {
    expect(util.getTypedArrayFromDType('float32', 2)).toEqual(new Float32Array(2));
    expect(util.makeZerosTypedArray(2, 'int32')).toEqual(new Int32Array(2));
    expect(util.makeOnesTypedArray(2, 'bool')).toEqual(new Uint8Array([1, 1]));
    expect(util.bytesPerElement('float32')).toBe(4);
    expect(util.bytesPerElement('bool')).toBe(1);
    expect(util.toTypedArray([[1, 2.5], [-3]], 'int32')).toEqual(new Int32Array([1, 2, -3]));
    expect(util.toTypedArray([0, 0.2, 3], 'bool')).toEqual(new Uint8Array([0, 0, 1]));
    expect(util.createScalarValue(true, 'int32')).toEqual(new Int32Array([1]));
    expect(() => util.getTypedArrayFromDType('string' as never, 1)).toThrow(hd.NotImplementedError);
    expectValueError(() => util.getTypedArrayFromDType('float64' as never, 1), 'float64');
  });

  it('nested lists', () => {
    expect(util.flatten([1, [2, [3, 4]], new Float32Array([5, 6])])).toEqual([1, 2, 3, 4, 5, 6]);
    const typed = new Float32Array([1]);
    expect(util.flatten([typed, [2]], [], true)).toEqual([typed, 2]);
    expect(util.toNestedArray([2, 1, 2], [1, 2, 3, 4])).toEqual([[[1, 2]], [[3, 4]]]);
    expect(util.toNestedArray([], [7])).toBe(7);
    expect(util.makeZerosNestedTypedArray([2, 1], 'int32')).toEqual([[0], [0]]);
    expectValueError(() => util.toNestedArray([2, 2], [1, 2, 3]), '[2,2]', '3');
  });

  it('what values are', () => {
    expect(util.inferDtype([[true]])).toBe('bool');
    expect(util.inferDtype(3)).toBe('float32');
    expect(util.inferDtype(new Int32Array(1))).toBe('int32');
    expect(util.inferDtype('x')).toBe('string');
    expect([util.isInt(3), util.isInt(3.5)]).toEqual([true, false]);
    expect([util.isNumber(3), util.isBoolean(false), util.isString('')]).toEqual([
      true,
      true,
      true,
    ]);
    expect([util.isFunction(() => 0), util.isPromise(Promise.resolve())]).toEqual([true, true]);
    expect([util.isPromise(null), util.isTypedArray([1])]).toEqual([false, false]);
    expect(util.isTypedArray(new Uint8ClampedArray(1))).toBe(true);
    expect([util.isScalarShape([]), util.isScalarShape([1])]).toEqual([true, false]);
    expect([util.isValidDtype('int32'), util.isValidDtype('int8')]).toEqual([true, false]);
    expect(util.hasEncodingLoss('float32', 'int32')).toBe(true);
    expect(util.hasEncodingLoss('bool', 'float32')).toBe(false);
  });

  it('equality', () => {
    expect(util.arraysEqual([1, 2], new Float32Array([1, 2]))).toBe(true);
    expect(util.arraysEqual([1, 2], [1])).toBe(false);
    expect(util.arraysEqualWithNull([null, 2], [1, 2])).toBe(true);
    expect(util.arraysEqualWithNull([null, 2], [1, 3])).toBe(false);
    expect(util.arraysEqualWithNull(null, [1])).toBe(false);
  });

  it('text', () => {
    const bytes = util.encodeString('héddle');
    expect(bytes.length).toBe(7);
    expect(util.decodeString(bytes)).toBe('héddle');
    expect(util.bytesFromStringArray([bytes, bytes])).toBe(14);
    expectValueError(() => util.encodeString('x', 'utf-16'), 'utf-16');
  });
});

describe('util: the rest', () => {
  it('asserts', () => {
    util.assert(true, () => 'no');
    expectValueError(() => util.assert(false, () => 'said so'), 'said so');
    expectValueError(() => util.assert(false, 'as text'), 'as text');
    expectValueError(() => util.assertShapesMatch([1], [2], 'Here:'), 'Here:', '1', '2');
    expectValueError(() => util.assertNonNull(null), 'null');
    expectValueError(() => util.assertNonNegativeIntegerDimensions([1, -2]), '-2');
    expectValueError(() => util.checkConversionForErrors([1, NaN], 'int32'), 'int32', 'NaN');
  });

  it('time', async () => {
    const from = util.now();
    expect(util.now()).toBeGreaterThanOrEqual(from);
    let tries = 0;
    await util.repeatedTry(() => ++tries === 3);
    expect(tries).toBe(3);
    await expect(util.repeatedTry(() => false, undefined, 2)).rejects.toThrow('2 tries');
  });
});

describe('nextFrame', () => {
  it('lets other tasks run first', async () => {
    const order: string[] = [];
    setImmediate(() => order.push('task'));
    await hd.nextFrame();
    order.push('frame');
    expect(order).toEqual(['task', 'frame']);
  });
});

describe('datasets', () => {
  it('strokes go straight into a model', () => {
    const { xs, labels, shape } = hd.datasets.strokes({ count: 8, seed: 2 });
    const images = hd.tensor4d(xs, shape);
    expect(images.shape).toEqual([8, 28, 28, 1]);
    const classes = hd.oneHot(hd.tensor1d(labels, 'int32'), 10);
    expect(classes.sum(1).arraySync()).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
  });
});
