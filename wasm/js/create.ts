import type { CoreTensor } from './core.js';
import {
  arrayOver,
  dtypeCode,
  sizeOf,
  type DataType,
  type Rank,
  type TensorLike,
} from './dtype.js';
import { core } from './engine.js';
import { ValueError } from './errors.js';
import { Tensor, type Scalar, type Tensor1D, type Tensor2D } from './tensor.js';
import type { Tensor3D, Tensor4D, Tensor5D, Tensor6D } from './tensor.js';

const isTyped = (values: unknown): values is Float32Array =>
  ArrayBuffer.isView(values) && !(values instanceof DataView);

/** The shape of nested lists. Throws ValueError where they are not all of one length. */
function inferShape(values: TensorLike, where: string): number[] {
  const shape: number[] = [];
  for (let at: unknown = values; Array.isArray(at) || isTyped(at); at = at[0]) {
    shape.push((at as ArrayLike<unknown>).length);
    if (isTyped(at)) break;
  }
  const check = (at: unknown, axis: number, path: number[]): void => {
    const isList = Array.isArray(at) || isTyped(at);
    if (axis === shape.length ? isList : !isList || at.length !== shape[axis]) {
      const got = isList ? `a list of length ${(at as ArrayLike<unknown>).length}` : 'no list';
      const wanted = axis === shape.length ? 'a number' : `a list of length ${shape[axis]}`;
      throw new ValueError(`${where}: element [${path}] must be ${wanted}, but is ${got}`);
    }
    if (Array.isArray(at)) at.forEach((item, i) => check(item, axis + 1, [...path, i]));
  };
  check(values, 0, []);
  return shape;
}

function firstElement(values: unknown): unknown {
  while (Array.isArray(values)) values = values[0];
  return values;
}

function inferDtype(values: unknown): DataType {
  const first = firstElement(values);
  if (first instanceof Int32Array || first instanceof Uint8Array) return 'int32';
  if (first instanceof Uint8ClampedArray) return 'int32';
  return typeof first === 'boolean' ? 'bool' : 'float32';
}

/** Writes nested values one after the other; returns where it stopped. */
function flatten(values: unknown, out: Record<number, number>, at: number, where: string): number {
  if (Array.isArray(values)) {
    for (const item of values) at = flatten(item, out, at, where);
  } else if (isTyped(values)) {
    for (const item of values) out[at++] = item;
  } else if (typeof values === 'number' || typeof values === 'boolean') {
    out[at++] = Number(values);
  } else {
    throw new ValueError(`${where} takes numbers, booleans and lists of them, got ${say(values)}`);
  }
  return at;
}

function say(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'object') return `an object of class ${value.constructor?.name ?? 'Object'}`;
  return typeof value === 'function' ? 'a function' : `the ${typeof value} ${String(value)}`;
}

/** @internal A tensor of the module whose values `fill` writes into its memory. */
export function makeHandle(
  shape: readonly number[],
  dtype: number,
  fill: (memory: Float32Array | Int32Array | Uint8Array) => void,
): CoreTensor {
  const handle = core().emptyTensor([...shape], dtype);
  try {
    fill(arrayOver(core().wasmMemory.buffer, handle.address(), sizeOf(shape), dtype));
  } catch (error) {
    handle.delete();
    throw error;
  }
  return handle;
}

/** @internal A tensor of the module from a number, a typed array or nested lists: one copy. */
export function handleOf(
  values: TensorLike,
  shape: readonly number[] | undefined,
  dtype: DataType | undefined,
  where: string,
): CoreTensor {
  const code = dtypeCode(dtype ?? inferDtype(values));
  const own = inferShape(values, where);
  const dims = shape ?? own;
  checkShape(dims, where);
  if (sizeOf(dims) !== sizeOf(own)) {
    throw new ValueError(
      `${where}: Based on the provided shape, [${dims}], the tensor should have ` +
        `${sizeOf(dims)} values but has ${sizeOf(own)}`,
    );
  }
  return makeHandle(dims, code, (memory) => {
    if (isTyped(values)) memory.set(values as ArrayLike<number>);
    else flatten(values, memory, 0, where);
    // A bool is 0 or 1, whatever number it was made of.
    if (code === 2) for (let i = 0; i < memory.length; i++) memory[i] = memory[i] === 0 ? 0 : 1;
  });
}

/** @internal Throws ValueError unless all are whole numbers of at least 0. */
export function checkShape(shape: readonly number[], where: string): void {
  if (!Array.isArray(shape) || !shape.every((dim) => Number.isInteger(dim) && dim >= 0)) {
    throw new ValueError(
      `${where}: shape must be a list of whole numbers, got ${JSON.stringify(shape)}`,
    );
  }
}

/**
 * A tensor from a number, a typed array or nested lists. `shape` is read off nested lists; a flat
 * list or typed array takes any shape of its size. `dtype` is float32, but int32 for Int32Array and
 * Uint8Array, and bool for booleans. Throws ValueError for lists of different lengths and for a
 * shape of another size.
 */
export function tensor<R extends Rank>(
  values: TensorLike,
  shape?: readonly number[],
  dtype?: DataType,
): Tensor<R> {
  return new Tensor<R>(handleOf(values, shape, dtype, 'tensor()'));
}

function ofRank(
  values: TensorLike,
  shape: readonly number[] | undefined,
  dtype: DataType | undefined,
  rank: number,
): Tensor {
  const where = `tensor${rank}d()`;
  shape ??= undefined;
  const own = inferShape(values, where);
  if (shape !== undefined && shape.length !== rank) {
    throw new ValueError(`${where} needs a shape of ${rank} dimensions, got [${shape}]`);
  }
  if (own.length !== rank && (own.length !== 1 || shape === undefined)) {
    throw new ValueError(
      `${where} needs values nested ${rank} deep, or a flat list and a shape; got values nested ` +
        `${own.length} deep${shape === undefined ? ' and no shape' : ''}`,
    );
  }
  return new Tensor(handleOf(values, shape ?? own, dtype, where));
}

/** A tensor of shape []. */
export function scalar(value: number | boolean, dtype?: DataType): Scalar {
  if (typeof value !== 'number' && typeof value !== 'boolean') {
    throw new ValueError(`scalar() takes one number or boolean, got ${say(value)}`);
  }
  return new Tensor(handleOf(value, [], dtype, 'scalar()'));
}

/** A tensor of one dimension. */
export function tensor1d(values: TensorLike, dtype?: DataType): Tensor1D {
  return ofRank(values, undefined, dtype, 1) as Tensor1D;
}

/** A tensor of two dimensions, from nested lists or from a flat list and a shape. */
export function tensor2d(values: TensorLike, shape?: number[], dtype?: DataType): Tensor2D {
  return ofRank(values, shape, dtype, 2) as Tensor2D;
}

/** As tensor2d, with three dimensions. */
export function tensor3d(values: TensorLike, shape?: number[], dtype?: DataType): Tensor3D {
  return ofRank(values, shape, dtype, 3) as Tensor3D;
}

/** As tensor2d, with four dimensions. */
export function tensor4d(values: TensorLike, shape?: number[], dtype?: DataType): Tensor4D {
  return ofRank(values, shape, dtype, 4) as Tensor4D;
}

/** As tensor2d, with five dimensions. */
export function tensor5d(values: TensorLike, shape?: number[], dtype?: DataType): Tensor5D {
  return ofRank(values, shape, dtype, 5) as Tensor5D;
}

/** As tensor2d, with six dimensions. */
export function tensor6d(values: TensorLike, shape?: number[], dtype?: DataType): Tensor6D {
  return ofRank(values, shape, dtype, 6) as Tensor6D;
}

/** A tensor that holds one value everywhere. */
export function fill<R extends Rank>(
  shape: readonly number[],
  value: number,
  dtype: DataType = 'float32',
): Tensor<R> {
  checkShape(shape, 'fill()');
  const code = dtypeCode(dtype);
  const element = code === 2 ? Number(value !== 0) : value;
  return new Tensor<R>(makeHandle(shape, code, (memory) => memory.fill(element)));
}

export function zeros<R extends Rank>(
  shape: readonly number[],
  dtype: DataType = 'float32',
): Tensor<R> {
  return fill(shape, 0, dtype);
}

export function ones<R extends Rank>(
  shape: readonly number[],
  dtype: DataType = 'float32',
): Tensor<R> {
  return fill(shape, 1, dtype);
}

function given<R extends Rank>(op: string, x: Tensor<R>): Tensor<R> {
  if (x instanceof Tensor) return x;
  throw new ValueError(`Argument 'x' passed to '${op}' must be a Tensor, but got ${String(x)}`);
}

/** Zeros of the shape and dtype of x. */
export function zerosLike<R extends Rank>(x: Tensor<R>): Tensor<R> {
  return fill(given('zerosLike', x).shape, 0, x.dtype);
}

/** Ones of the shape and dtype of x. */
export function onesLike<R extends Rank>(x: Tensor<R>): Tensor<R> {
  return fill(given('onesLike', x).shape, 1, x.dtype);
}

/** The identity matrix [numRows, numColumns], repeated for each of `batchShape`. */
export function eye(
  numRows: number,
  numColumns = numRows,
  batchShape: readonly number[] = [],
  dtype: DataType = 'float32',
): Tensor2D {
  if (!Array.isArray(batchShape)) {
    throw new ValueError(`eye(): batchShape must be a list of sizes, got ${String(batchShape)}`);
  }
  const shape = [...(batchShape as readonly number[]), numRows, numColumns];
  checkShape(shape, 'eye()');
  const handle = makeHandle(shape, dtypeCode(dtype), (memory) => {
    memory.fill(0);
    const diagonal = Math.min(numRows, numColumns);
    for (let from = 0; from < memory.length; from += numRows * numColumns) {
      for (let i = 0; i < diagonal; i++) memory[from + i * (numColumns + 1)] = 1;
    }
  });
  return new Tensor(handle);
}

/** `num` numbers from start to stop, both included, in equal steps. */
export function linspace(start: number, stop: number, num: number): Tensor1D {
  if (!Number.isInteger(num) || num < 1) {
    throw new ValueError(`linspace(): num must be a positive integer, got ${num}`);
  }
  const step = num === 1 ? 0 : (stop - start) / (num - 1);
  const handle = makeHandle([num], 0, (memory) => {
    for (let i = 0; i < num; i++) memory[i] = start + i * step;
  });
  return new Tensor(handle);
}

/** start, start + step, ... up to, not including, stop. */
export function range(
  start: number,
  stop: number,
  step = 1,
  dtype: 'float32' | 'int32' = 'float32',
): Tensor1D {
  if (step === 0) throw new ValueError('range(): step must not be 0');
  const direction = start <= stop ? Math.abs(step) : -Math.abs(step);
  if (start !== stop && direction !== step && step !== 1) {
    throw new ValueError(`range(): a step of ${step} does not lead from ${start} to ${stop}`);
  }
  const count = Math.max(0, Math.ceil((stop - start) / direction));
  const handle = makeHandle([count], dtypeCode(dtype), (memory) => {
    for (let i = 0; i < count; i++) memory[i] = start + i * direction;
  });
  return new Tensor(handle);
}
