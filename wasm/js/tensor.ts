import type { CoreTensor } from './core.js';
import {
  arrayOver,
  dtypeName,
  sizeOf,
  type ArrayMap,
  type DataType,
  type DataTypeMap,
  type Rank,
  type TypedArray,
} from './dtype.js';
import { core } from './engine.js';
import { ValueError } from './errors.js';
import { kDispose, track, untrack } from './lifetime.js';
import { formatValues } from './tensor_format.js';

let created = 0;

function nest(values: TypedArray, shape: readonly number[], from: number): unknown {
  if (shape.length === 0) return values[from];
  const [count, ...rest] = shape as [number, ...number[]];
  const size = sizeOf(rest);
  if (rest.length === 0) return Array.from(values.subarray(from, from + count));
  return Array.from({ length: count }, (_, i) => nest(values, rest, from + i * size));
}

/**
 * A value: numbers of one dtype in a dense, row-major array of some shape. It never changes. All
 * ops are methods too: `a.add(b).relu()`.
 *
 * Freed by the garbage collector, or at once by `dispose`, `tidy` or `using`.
 */

export class Tensor<R extends Rank = Rank> {
  /** Distinguishes tensors for the life of the program. */
  readonly id: number;
  /** Whether `keep` was called on it. */
  kept = false;
  #handle: CoreTensor | null;
  #shape: number[] | null = null;
  #dtype: DataType | null = null;

  /** @internal Takes the handle over. Variables have none and are not tracked. */
  constructor(handle: CoreTensor | null) {
    this.id = created++;
    this.#handle = handle;
    if (handle !== null) track(this, handle);
  }

  /**
   * @internal The module's tensor, to be used at once. What was made for it alone is added to
   * `temporary`, for the caller to delete.
   */
  borrow(_temporary: CoreTensor[]): CoreTensor {
    if (this.#handle === null) throw new ValueError('Tensor is disposed.');
    return this.#handle;
  }

  /** @internal Runs `use` on the module's tensor. */
  with<T>(use: (handle: CoreTensor) => T): T {
    const temporary: CoreTensor[] = [];
    try {
      return use(this.borrow(temporary));
    } finally {
      for (const handle of temporary) handle.delete();
    }
  }

  /** Sizes of the dimensions, outermost first. */
  get shape(): number[] {
    return (this.#shape ??= this.with((handle) => handle.shape()));
  }

  get dtype(): DataType {
    return (this.#dtype ??= this.with((handle) => dtypeName(handle.dtype())));
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** Number of dimensions. */
  get rank(): number {
    return this.shape.length;
  }

  get isDisposed(): boolean {
    return this.#handle === null;
  }

  /** A copy of the values, row by row. Throws ValueError for a tensor of a traced function. */
  dataSync<D extends DataType = DataType>(): DataTypeMap[D] {
    return this.with((handle) => {
      const { buffer } = core().wasmMemory;
      const view = arrayOver(buffer, handle.address(), this.size, handle.dtype());
      // In V8 this takes half the time of slice().
      const Values = view.constructor as new (values: typeof view) => typeof view;
      return new Values(view) as DataTypeMap[D];
    });
  }

  /** As dataSync. */
  async data<D extends DataType = DataType>(): Promise<DataTypeMap[D]> {
    return this.dataSync<D>();
  }

  /** The values as nested lists; a number for a scalar. Bools are 0 and 1. */
  arraySync(): ArrayMap[R] {
    return nest(this.dataSync(), this.shape, 0) as ArrayMap[R];
  }

  /** As arraySync. */
  async array(): Promise<ArrayMap[R]> {
    return this.arraySync();
  }

  /** Writes the values to the console; `verbose` adds dtype, rank and shape. */
  print(verbose = false): void {
    console.log(this.toString(verbose));
  }

  toString(verbose = false): string {
    const { shape, dtype } = this;
    const values = formatValues(this.dataSync(), shape, dtype === 'bool', '    ');
    if (!verbose) return `Tensor\n${values}`;
    return [
      'Tensor',
      `  dtype: ${dtype}`,
      `  rank: ${shape.length}`,
      `  shape: [${shape}]`,
      '  values:',
      values,
    ].join('\n');
  }

  /** Another handle on the same value, with a life of its own. */
  clone(): Tensor<R> {
    return this.with((handle) => new Tensor<R>(handle.clone()));
  }

  /** Frees the tensor at once. Using it after throws ValueError. */
  dispose(): void {
    if (this.#handle === null) return;
    const handle = this.#handle;
    this.#handle = null;
    untrack(this, handle);
  }

  [kDispose](): void {
    this.dispose();
  }
}

export type Scalar = Tensor<'R0'>;
export type Tensor1D = Tensor<'R1'>;
export type Tensor2D = Tensor<'R2'>;
export type Tensor3D = Tensor<'R3'>;
export type Tensor4D = Tensor<'R4'>;
export type Tensor5D = Tensor<'R5'>;
export type Tensor6D = Tensor<'R6'>;
