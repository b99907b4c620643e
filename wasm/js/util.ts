// hd.util: small helpers that TensorFlow.js has too.
import { sizeOf, type DataType, type TypedArray } from './dtype.js';
import { NotImplementedError, ValueError } from './errors.js';

type AnyList = unknown[] | Uint32Array | Int32Array | Float32Array;

// Checks -----------------------------------------------------------------------------------------

/** Throws ValueError with the message unless `condition` holds. */
export function assert(condition: boolean, message: string | (() => string)): void {
  if (!condition) throw new ValueError(typeof message === 'string' ? message : message());
}

/** Throws ValueError unless the shapes are equal. */
export function assertShapesMatch(
  shapeA: readonly number[],
  shapeB: readonly number[],
  errorMessagePrefix = '',
): void {
  assert(
    arraysEqual(shapeA, shapeB),
    () => `${errorMessagePrefix} Shapes ${shapeA} and ${shapeB} must match`,
  );
}

/** Throws ValueError for null and undefined. */
export function assertNonNull(a: unknown): void {
  assert(a !== null && a !== undefined, () => `A value must be given, got ${String(a)}`);
}

/** Throws ValueError unless all sizes are whole numbers of at least 0. */
export function assertNonNegativeIntegerDimensions(shape: readonly number[]): void {
  assert(
    shape.every((size) => Number.isInteger(size) && size >= 0),
    () => `Tensor must have a shape comprised of positive integers but got shape [${shape}].`,
  );
}

export const isInt = (a: number): boolean => a % 1 === 0;
export const isNumber = (value: unknown): value is number => typeof value === 'number';
export const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';
export const isString = (value: unknown): value is string =>
  typeof value === 'string' || value instanceof String;
export const isFunction = (f: unknown): boolean => typeof f === 'function';

export function isPromise(object: unknown): object is Promise<unknown> {
  return typeof (object as Promise<unknown> | null)?.then === 'function';
}

/** Whether a is one of the arrays that tensors are made of. */
export function isTypedArray(
  a: unknown,
): a is Float32Array | Int32Array | Uint8Array | Uint8ClampedArray {
  return (
    a instanceof Float32Array ||
    a instanceof Int32Array ||
    a instanceof Uint8Array ||
    a instanceof Uint8ClampedArray
  );
}

export const isScalarShape = (shape: readonly number[]): boolean => shape.length === 0;

/** Whether the name is one of a dtype, also of those that Heddle does not have. */
export const isValidDtype = (dtype: string): boolean =>
  ['float32', 'int32', 'bool', 'complex64', 'string'].includes(dtype);

export function arraysEqual(a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean {
  if (a === b) return true;
  if (a == null || b == null || a.length !== b.length) return false;
  return Array.from(a).every((value, i) => value === b[i]);
}

/** As arraysEqual, where a null equals anything. */
export function arraysEqualWithNull(
  n1: readonly (number | null)[] | null,
  n2: readonly (number | null)[] | null,
): boolean {
  if (n1 === n2) return true;
  if (n1 == null || n2 == null || n1.length !== n2.length) return false;
  return n1.every((value, i) => value === null || n2[i] === null || value === n2[i]);
}

// Random order -----------------------------------------------------------------------------------

/** Swaps two elements of a list. */
export function swap(object: AnyList, left: number, right: number): void {
  const list = object as unknown[];
  [list[left], list[right]] = [list[right], list[left]];
}

/** Puts the elements of a list in random order, in place. */
export function shuffle(array: AnyList): void {
  for (let i = array.length - 1; i > 0; i--) swap(array, i, Math.floor(Math.random() * (i + 1)));
}

/** Puts two lists of one length in the same random order, in place. */
export function shuffleCombo(array: AnyList, array2: AnyList): void {
  assert(
    array.length === array2.length,
    () =>
      'Array sizes must match to be shuffled together: the first has length ' +
      `${array.length}, the second ${array2.length}`,
  );
  for (let i = array.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    swap(array, i, j);
    swap(array2, i, j);
  }
}

/** The numbers 0 to n - 1 in random order. */
export function createShuffledIndices(n: number): Uint32Array {
  const indices = Uint32Array.from({ length: n }, (_, i) => i);
  shuffle(indices);
  return indices;
}

/** A random number between a and b. */
export function randUniform(a: number, b: number): number {
  return a + (b - a) * Math.random();
}

// Numbers ----------------------------------------------------------------------------------------

/** x held to [min, max]. */
export const clamp = (min: number, x: number, max: number): number =>
  Math.max(min, Math.min(x, max));

/** The next even number, or the number itself. */
export const nearestLargerEven = (value: number): number => (value % 2 === 0 ? value : value + 1);

/** The least divisor of `size` that is not less than `start`, or `size`. */
export function nearestDivisor(size: number, start: number): number {
  for (let i = start; i < size; i++) if (size % i === 0) return i;
  return size;
}

export const sum = (array: ArrayLike<number>): number =>
  Array.from(array).reduce((total, value) => total + value, 0);

export const tanh = (x: number): number => Math.tanh(x);

/** The square of the distance between two vectors. */
export function distSquared(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((total, value, i) => total + (value - b[i]!) ** 2, 0);
}

// Shapes -----------------------------------------------------------------------------------------

/** The number of elements of a shape. */
export const sizeFromShape = (shape: readonly number[]): number => sizeOf(shape);

/** [width, height] of nearly a square that has room for `size`. */
export function sizeToSquarishShape(size: number): [number, number] {
  const width = Math.ceil(Math.sqrt(size));
  return [width, Math.ceil(size / width)];
}

/** How far apart neighbours along each axis but the last are: a list one shorter than the shape. */
export function computeStrides(shape: readonly number[]): number[] {
  return shape.slice(1).map((_, i) => sizeOf(shape.slice(i + 1)));
}

/** Where the element at a place is in the row of all elements. */
export function locToIndex(locs: number[], rank: number, strides: number[]): number {
  if (rank === 0) return 0;
  return locs.reduce((index, loc, i) => index + loc * (strides[i] ?? 1), 0);
}

/** The place of an element of the row of all elements. */
export function indexToLoc(index: number, rank: number, strides: number[]): number[] {
  return Array.from({ length: rank }, (_, i) => {
    const stride = strides[i] ?? 1;
    const loc = Math.floor(index / stride);
    index -= loc * stride;
    return loc;
  });
}

/** A shape of `size` elements, in which one -1 is worked out. */
export function inferFromImplicitShape(shape: number[], size: number): number[] {
  shape.forEach((dim, i) => {
    assert(dim >= -1, () => `Shapes can not be < 0. Found ${dim} at dim ${i}`);
  });
  const open = shape.indexOf(-1);
  assert(
    open === shape.lastIndexOf(-1),
    () =>
      `Shapes can only have 1 implicit size. Found -1 at dim ${open} and dim ` +
      `${shape.lastIndexOf(-1)}`,
  );
  const known = sizeOf(shape.filter((dim) => dim !== -1));
  if (open < 0) {
    assert(
      size <= 0 || size === known,
      () => `Size(${size}) must match the product of shape ${shape}`,
    );
    return shape;
  }
  assert(known > 0, () => `Cannot infer the missing size in [${shape}] when there are 0 elements`);
  assert(
    size % known === 0,
    () => `The implicit shape can't be a fractional number. Got ${size} / ${known}`,
  );
  return shape.map((dim) => (dim === -1 ? size / known : dim));
}

/** Axes counted from the front: all of them by default. */
export function parseAxisParam(
  axis: number | readonly number[] | null | undefined,
  shape: readonly number[],
): number[] {
  const rank = shape.length;
  if (axis === null || axis === undefined) return shape.map((_, i) => i);
  const axes = typeof axis === 'number' ? [axis] : [...axis];
  assert(
    axes.every((each) => each >= -rank && each < rank),
    () => `All values in axis param must be in range [-${rank}, ${rank}) but got axis ${axis}`,
  );
  assert(axes.every(isInt), () => `All values in axis param must be integers but got axis ${axis}`);
  return axes.map((each) => (each < 0 ? each + rank : each));
}

/** A shape without its dimensions of 1 (or those that are named), and which axes stay. */
export function squeezeShape(
  shape: readonly number[],
  axis?: number | readonly number[] | null,
): { newShape: number[]; keptDims: number[] } {
  const isAll = axis === null || axis === undefined || (Array.isArray(axis) && axis.length === 0);
  const named = isAll ? null : parseAxisParam(axis, shape);
  for (const each of named ?? []) {
    assert(
      shape[each] === 1,
      () => `Can't squeeze axis ${each} since its dim '${shape[each]}' is not 1`,
    );
  }
  const keptDims = shape
    .map((_, i) => i)
    .filter((i) => (named === null ? shape[i] !== 1 : !named.includes(i)));
  return { newShape: keptDims.map((i) => shape[i]!), keptDims };
}

// Values and dtypes ------------------------------------------------------------------------------

const unknownDtype = (dtype: string): Error =>
  dtype === 'string' || dtype === 'complex64'
    ? new NotImplementedError(`There are no tensors of dtype ${dtype}`)
    : new ValueError(`Unknown data type ${dtype}`);

/** An array of zeros that holds the values of a dtype. */
export function getTypedArrayFromDType(dtype: DataType, size: number): TypedArray {
  switch (dtype) {
    case 'float32':
      return new Float32Array(size);
    case 'int32':
      return new Int32Array(size);
    case 'bool':
      return new Uint8Array(size);
    default:
      throw unknownDtype(dtype);
  }
}

/** As getTypedArrayFromDType. */
export const getArrayFromDType = getTypedArrayFromDType;

/** As getTypedArrayFromDType, with the size first. */
export const makeZerosTypedArray = (size: number, dtype: DataType): TypedArray =>
  getTypedArrayFromDType(dtype, size);

/** An array of ones that holds the values of a dtype. */
export const makeOnesTypedArray = (size: number, dtype: DataType): TypedArray =>
  getTypedArrayFromDType(dtype, size).fill(1);

/** Zeros as nested lists. */
export const makeZerosNestedTypedArray = (
  shape: readonly number[],
  dtype: DataType = 'float32',
): unknown => toNestedArray(shape, getTypedArrayFromDType(dtype, sizeOf(shape)));

/** Bytes of an element of a dtype. */
export const bytesPerElement = (dtype: DataType): number =>
  getTypedArrayFromDType(dtype, 0).BYTES_PER_ELEMENT;

/** Bytes of encoded strings. */
export const bytesFromStringArray = (array: readonly Uint8Array[] | null): number =>
  (array ?? []).reduce((bytes, each) => bytes + each.length, 0);

/** Whether a conversion of dtypes may lose something. */
export function hasEncodingLoss(oldType: string, newType: string): boolean {
  const order = ['bool', 'int32', 'float32', 'complex64'];
  return order.indexOf(newType) < order.indexOf(oldType);
}

/** Throws ValueError for a value that a dtype cannot hold. */
export function checkConversionForErrors(values: ArrayLike<number>, dtype: DataType): void {
  for (const value of Array.from(values)) {
    assert(
      !Number.isNaN(value) && Number.isFinite(value),
      () => `A tensor of type ${dtype} being uploaded contains ${value}.`,
    );
  }
}

/** The dtype that a tensor of such values has. */
export function inferDtype(values: unknown): DataType | 'string' {
  if (Array.isArray(values)) return inferDtype(values[0]);
  if (values instanceof Float32Array) return 'float32';
  if (values instanceof Int32Array || isTypedArray(values)) return 'int32';
  if (isString(values)) return 'string';
  return isBoolean(values) ? 'bool' : 'float32';
}

/** All values of nested lists, one after the other, behind `result`. */
export function flatten<T = number>(
  values: unknown,
  result: T[] = [],
  skipTypedArray = false,
): T[] {
  if (Array.isArray(values) || (isTypedArray(values) && !skipTypedArray)) {
    for (let i = 0; i < values.length; i++) flatten(values[i], result, skipTypedArray);
  } else {
    result.push(values as T);
  }
  return result;
}

/** Nested lists as the array that holds values of a dtype. */
export function toTypedArray(values: unknown, dtype: DataType): TypedArray {
  const list = (Array.isArray(values) ? flatten(values) : values) as ArrayLike<number>;
  switch (dtype) {
    case 'float32':
      return list instanceof Float32Array ? list : Float32Array.from(list);
    case 'int32':
      return list instanceof Int32Array ? list : Int32Array.from(list);
    case 'bool':
      if (list instanceof Uint8Array) return list;
      return Uint8Array.from(list, (value) => Number(Math.round(value) !== 0));
    default:
      throw unknownDtype(dtype);
  }
}

/** One value as the array that holds values of a dtype. */
export const createScalarValue = (value: number | boolean, dtype: DataType): TypedArray =>
  toTypedArray([Number(value)], dtype);

/** A row of values as nested lists of a shape; a single value for the shape []. */
export function toNestedArray(shape: readonly number[], values: ArrayLike<number>): unknown {
  const size = sizeOf(shape);
  if (shape.length === 0) return values[0];
  if (size === 0) return [];
  assert(
    size === values.length,
    () => `[${shape}] does not match the input size ${values.length}.`,
  );
  const nest = (axis: number, from: number, length: number): unknown => {
    if (axis === shape.length - 1) return Array.from({ length }, (_, i) => values[from + i]);
    const count = shape[axis]!;
    const step = length / count;
    return Array.from({ length: count }, (_, i) => nest(axis + 1, from + i * step, step));
  };
  return nest(0, 0, size);
}

// Text, time, network ----------------------------------------------------------------------------

/** Fills a text up with spaces to `size` characters. */
export const rightPad = (a: string, size: number): string => a.padEnd(size);

/** The bytes of a text in UTF-8. */
export function encodeString(text: string, encoding = 'utf-8'): Uint8Array {
  assert(
    /^utf-?8$/i.test(encoding),
    () => `encodeString() knows the encoding 'utf-8', got '${encoding}'`,
  );
  return new TextEncoder().encode(text);
}

/** The text of bytes. */
export function decodeString(bytes: Uint8Array, encoding = 'utf-8'): string {
  return new TextDecoder(encoding).decode(bytes);
}

/** Milliseconds on a clock that only goes forward. */
export const now = (): number => performance.now();

/** What the platform fetches. */
export function fetch(path: string, requestInits?: RequestInit): Promise<Response> {
  return globalThis.fetch(path, requestInits);
}

/**
 * Tries until `checkFn` gives true; waits delayFn(number of tries) milliseconds in between. Rejects
 * after `maxCounter` tries.
 */
export function repeatedTry(
  checkFn: () => boolean,
  delayFn: (counter: number) => number = () => 0,
  maxCounter?: number | null,
  scheduleFn: (again: () => void, delay: number) => void = setTimeout,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let tries = 0;
    const attempt = () => {
      if (checkFn()) {
        resolve();
        return;
      }
      tries++;
      if (maxCounter != null && tries >= maxCounter) {
        reject(new ValueError(`repeatedTry(): no success in ${tries} tries`));
        return;
      }
      scheduleFn(attempt, delayFn(tries));
    };
    attempt();
  });
}
