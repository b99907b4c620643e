// The ops as methods of tensors: `a.add(b)` is `add(a, b)`.
import type { DataType, Rank } from '../dtype.js';
import { Tensor, type Scalar, type Tensor1D, type Tensor2D } from '../tensor.js';
import * as arithmetic from './arithmetic.js';
import * as conv from './conv.js';
import type { Pad } from './conv.js';
import { gather, oneHot, where } from './indexing.js';
import { matMul } from './matmul.js';
import type { TensorInput } from './operation.js';
import { dropout } from './random.js';
import * as reduce from './reduce.js';
import * as shape from './shape.js';
import * as unary from './unary.js';

/** What tensors can do: every op, with the tensor as its first argument. */
export interface TensorMethods {
  add(b: TensorInput): Tensor;
  sub(b: TensorInput): Tensor;
  mul(b: TensorInput): Tensor;
  div(b: TensorInput): Tensor;
  floorDiv(b: TensorInput): Tensor;
  mod(b: TensorInput): Tensor;
  pow(b: TensorInput): Tensor;
  maximum(b: TensorInput): Tensor;
  minimum(b: TensorInput): Tensor;
  squaredDifference(b: TensorInput): Tensor;
  equal(b: TensorInput): Tensor;
  notEqual(b: TensorInput): Tensor;
  less(b: TensorInput): Tensor;
  lessEqual(b: TensorInput): Tensor;
  greater(b: TensorInput): Tensor;
  greaterEqual(b: TensorInput): Tensor;
  logicalAnd(b: TensorInput): Tensor;
  logicalOr(b: TensorInput): Tensor;
  logicalXor(b: TensorInput): Tensor;
  neg(): Tensor;
  abs(): Tensor;
  sign(): Tensor;
  exp(): Tensor;
  expm1(): Tensor;
  log(): Tensor;
  log1p(): Tensor;
  sqrt(): Tensor;
  rsqrt(): Tensor;
  square(): Tensor;
  reciprocal(): Tensor;
  relu(): Tensor;
  relu6(): Tensor;
  sigmoid(): Tensor;
  tanh(): Tensor;
  softplus(): Tensor;
  logicalNot(): Tensor;
  sum(axis?: number | readonly number[] | null, keepDims?: boolean): Tensor;
  mean(axis?: number | readonly number[] | null, keepDims?: boolean): Tensor;
  max(axis?: number | readonly number[] | null, keepDims?: boolean): Tensor;
  min(axis?: number | readonly number[] | null, keepDims?: boolean): Tensor;
  argMax(axis?: number): Tensor;
  argMin(axis?: number): Tensor;
  softmax(dim?: number): Tensor;
  logSoftmax(axis?: number): Tensor;
  clipByValue(min: number, max: number): Tensor;
  cast(dtype: DataType): Tensor;
  matMul(b: TensorInput, transposeA?: boolean, transposeB?: boolean): Tensor;
  reshape(shape: readonly number[]): Tensor;
  transpose(perm?: readonly number[] | null): Tensor;
  expandDims(axis?: number): Tensor;
  squeeze(axis?: number | readonly number[]): Tensor;
  reverse(axis?: number | readonly number[]): Tensor;
  tile(reps: readonly number[]): Tensor;
  broadcastTo(shape: readonly number[]): Tensor;
  slice(begin: number | readonly number[], size?: number | readonly number[]): Tensor;
  pad(paddings: readonly (readonly [number, number])[], constantValue?: number): Tensor;
  split(numOrSizeSplits: number | readonly number[], axis?: number): Tensor[];
  unstack(axis?: number): Tensor[];
  gather(indices: TensorInput, axis?: number): Tensor;
  oneHot(depth: number, onValue?: number, offValue?: number, dtype?: DataType): Tensor;
  conv2d(
    filter: TensorInput,
    strides: number | readonly number[],
    pad: Pad,
    dataFormat?: 'NHWC' | 'NCHW',
    dilations?: number | readonly number[],
  ): Tensor;
  maxPool(
    filterSize: number | readonly number[],
    strides: number | readonly number[],
    pad: Pad,
  ): Tensor;
  avgPool(
    filterSize: number | readonly number[],
    strides: number | readonly number[],
    pad: Pad,
  ): Tensor;
  dropout(rate: number, noiseShape?: readonly number[] | null, seed?: number): Tensor;
  /** Joined with one tensor or several along an axis. */
  concat(others: TensorInput | readonly Tensor[], axis?: number): Tensor;
  stack(others: Tensor | readonly Tensor[], axis?: number): Tensor;
  /** This tensor where the condition holds, else x. */
  where(condition: TensorInput, x: TensorInput): Tensor;
  asType(dtype: DataType): Tensor;
  toFloat(): Tensor;
  toInt(): Tensor;
  toBool(): Tensor;
  flatten(): Tensor1D;
  as1D(): Tensor1D;
  as2D(rows: number, columns: number): Tensor2D;
  asScalar(): Scalar;
  reshapeAs(x: Tensor): Tensor;
}

declare module '../tensor.js' {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars, @typescript-eslint/no-empty-object-type -- merged
  interface Tensor<R extends Rank = Rank> extends TensorMethods {}
}

type Op = (x: Tensor, ...args: never[]) => unknown;

/** @internal Ops whose first argument is the tensor itself. */
function methods(): Record<string, Op> {
  return {
    ...arithmetic,
    ...unary,
    ...reduce,
    ...shape,
    ...conv,
    matMul,
    gather,
    oneHot,
    dropout,
    asType: unary.cast,
    toFloat: (x: Tensor) => unary.cast(x, 'float32'),
    toInt: (x: Tensor) => unary.cast(x, 'int32'),
    toBool: (x: Tensor) => unary.cast(x, 'bool'),
    flatten: (x: Tensor) => shape.reshape(x, [x.size]),
    as1D: (x: Tensor) => shape.reshape(x, [x.size]),
    as2D: (x: Tensor, rows: number, columns: number) => shape.reshape(x, [rows, columns]),
    asScalar: (x: Tensor) => shape.reshape(x, []),
    reshapeAs: (x: Tensor, other: Tensor) => shape.reshape(x, other.shape),
    where: (x: Tensor, condition: TensorInput, other: TensorInput) => where(condition, x, other),
    concat: (x: Tensor, others: Tensor | Tensor[], axis?: number) =>
      shape.concat([x, ...(Array.isArray(others) ? others : [others])], axis),
    stack: (x: Tensor, others: Tensor | Tensor[], axis?: number) =>
      shape.stack([x, ...(Array.isArray(others) ? others : [others])], axis),
  } as unknown as Record<string, Op>;
}

/** @internal Gives tensors their methods. */
export function installMethods(): void {
  for (const [name, op] of Object.entries(methods())) {
    if (name === 'addN' || name in Tensor.prototype) continue; // tensors have a clone() already
    Object.defineProperty(Tensor.prototype, name, {
      configurable: true,
      writable: true,
      value: function (this: Tensor, ...args: never[]) {
        return op(this, ...args);
      },
    });
  }
}
