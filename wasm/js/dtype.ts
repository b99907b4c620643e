import { NotImplementedError, ValueError } from './errors.js';

/** The types of a tensor's elements. */
export type DataType = 'float32' | 'int32' | 'bool';

/** The array that holds the values of each dtype. */
export interface DataTypeMap {
  float32: Float32Array;
  int32: Int32Array;
  bool: Uint8Array;
}

export type TypedArray = Float32Array | Int32Array | Uint8Array;

/** Sizes of dimensions, outermost first; null where not known yet (a batch size). */
export type Shape = (number | null)[];

/** What `array()` gives for a tensor of each rank. */
export interface ArrayMap {
  R0: number;
  R1: number[];
  R2: number[][];
  R3: number[][][];
  R4: number[][][][];
  R5: number[][][][][];
  R6: number[][][][][][];
}
export type Rank = keyof ArrayMap;

/** Nested lists of numbers or booleans. */
export type NestedArray = (number | boolean | NestedArray | TypedArray)[];
/** What stands for a tensor wherever one is wanted: a number, a typed array, nested lists. */
export type TensorLike = number | boolean | TypedArray | Uint8ClampedArray | NestedArray;

/** In the order of the core's numbers. */
const kNames: readonly DataType[] = ['float32', 'int32', 'bool'];

export const dtypeName = (code: number): DataType => kNames[code]!;

/** The core's number of a dtype. Throws for names that are no dtype, or of dtypes not built. */
export function dtypeCode(dtype: string): number {
  const code = kNames.indexOf(dtype as DataType);
  if (code >= 0) return code;
  const message = `dtype must be 'float32', 'int32' or 'bool', got '${dtype}'`;
  if (dtype === 'string' || dtype === 'complex64') throw new NotImplementedError(message);
  throw new ValueError(message);
}

/** An array over part of the module's memory. */
export function arrayOver(
  buffer: ArrayBufferLike,
  address: number,
  size: number,
  dtype: number,
): TypedArray {
  const View = [Float32Array, Int32Array, Uint8Array][dtype]!;
  return new View(buffer as ArrayBuffer, address, size);
}

export const sizeOf = (shape: readonly number[]): number =>
  shape.reduce((size, dim) => size * dim, 1);

/** A shape of the core (-1 for unknown) as users see it. */
export const toShape = (dims: readonly number[]): Shape =>
  dims.map((dim) => (dim < 0 ? null : dim));
