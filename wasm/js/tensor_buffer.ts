import { checkShape } from './create.js';
import { dtypeCode, sizeOf, type DataType, type DataTypeMap, type Rank } from './dtype.js';
import { ValueError } from './errors.js';
import { constant } from './ops/compose.js';
import type { Tensor } from './tensor.js';
import { computeStrides, getTypedArrayFromDType, indexToLoc, locToIndex } from './util.js';

/** 4 GB of four bytes each. */
const kMostElements = 2 ** 30;

/** Numbers of a shape that can be set one by one, to make a tensor of them. */
export class TensorBuffer<R extends Rank = Rank, D extends DataType = DataType> {
  readonly dtype: D;
  readonly size: number;
  readonly shape: number[];
  /** How far apart neighbours along each axis but the last are. */
  readonly strides: number[];
  /** The numbers, row by row. */
  readonly values: DataTypeMap[D];

  constructor(shape: readonly number[], dtype: D, values?: DataTypeMap[D]) {
    checkShape(shape, 'buffer()');
    dtypeCode(dtype);
    this.dtype = dtype;
    this.shape = [...shape];
    this.size = sizeOf(shape);
    if (this.size > kMostElements) {
      throw new ValueError(`buffer(): shape [${shape}] has more elements than fit into memory`);
    }
    this.strides = computeStrides(this.shape);
    if (values !== undefined && values.length !== this.size) {
      throw new ValueError(
        `buffer(): a buffer of shape [${shape}] needs ${this.size} values, got ${values.length}`,
      );
    }
    this.values = values ?? (getTypedArrayFromDType(dtype, this.size) as DataTypeMap[D]);
  }

  get rank(): number {
    return this.shape.length;
  }

  /** Throws ValueError for a place outside. */
  private at(locs: readonly number[]): number {
    const place = this.rank === 0 && locs.length === 1 && locs[0] === 0 ? [] : locs;
    if (
      place.length !== this.rank ||
      !place.every((loc, i) => Number.isInteger(loc) && loc >= 0 && loc < this.shape[i]!)
    ) {
      throw new ValueError(
        `buffer(): no element at [${locs}] of a buffer of shape [${this.shape}]`,
      );
    }
    return locToIndex([...place], this.rank, this.strides);
  }

  /** Sets the element at a place, one number for each axis. */
  set(value: number | boolean, ...locs: number[]): void {
    const number = Number(value);
    this.values[this.at(locs)] = this.dtype === 'bool' ? Number(number !== 0) : number;
  }

  /** The element at a place. */
  get(...locs: number[]): number {
    return this.values[this.at(locs)]!;
  }

  /** Where in `values` the element at a place is. */
  locToIndex(locs: number[]): number {
    return this.at(locs);
  }

  /** The place of an element of `values`. */
  indexToLoc(index: number): number[] {
    return indexToLoc(index, this.rank, this.strides);
  }

  /** A tensor with a copy of the values. */
  toTensor(): Tensor<R> {
    return constant(this.values, this.shape, this.dtype) as Tensor<R>;
  }
}

/** A TensorBuffer: of zeros, or over the values given. */
export function buffer<R extends Rank = Rank, D extends DataType = 'float32'>(
  shape: readonly number[],
  dtype: D = 'float32' as D,
  values?: DataTypeMap[D],
): TensorBuffer<R, D> {
  return new TensorBuffer<R, D>(shape, dtype, values);
}
