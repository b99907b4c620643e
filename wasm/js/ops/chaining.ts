// The ops as methods of tensors: `a.add(b)` is `add(a, b)`.
import type { DataType, Rank } from '../dtype.js';
import { Tensor, type Scalar, type Tensor1D, type Tensor2D } from '../tensor.js';
import type { Tensor3D, Tensor4D, Tensor5D } from '../tensor.js';
import * as arithmetic from './arithmetic.js';
import * as conv from './conv.js';
import { resizeBilinear, resizeNearestNeighbor } from './image_sampling.js';
import { gather, oneHot, where } from './indexing.js';
import { matMul } from './matmul.js';
import { batchNorm } from './normalization.js';
import type { TensorInput } from './operation.js';
import { cumprod, cumsum, topk } from './order.js';
import { avgPool, maxPool, pool } from './pool.js';
import { dropout } from './random.js';
import * as reduce from './reduce.js';
import * as shape from './shape.js';
import * as unary from './unary.js';

/** Ops whose first argument is the tensor itself. */
const kOps = {
  ...arithmetic,
  ...unary,
  ...reduce,
  ...shape,
  ...conv,
  avgPool,
  batchNorm,
  cumprod,
  cumsum,
  dropout,
  gather,
  matMul,
  maxPool,
  oneHot,
  pool,
  resizeBilinear,
  resizeNearestNeighbor,
  topk,
};

type Method<F> = F extends (x: TensorInput, ...rest: infer A) => infer R
  ? (...rest: A) => R
  : never;
type OpMethods = {
  [K in Exclude<keyof typeof kOps, 'addN' | 'clone' | 'concat' | 'stack'>]: Method<
    (typeof kOps)[K]
  >;
};

/** What tensors can do: every op, with the tensor as its first argument. */
export interface TensorMethods extends OpMethods {
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
  as3D(rows: number, columns: number, depth: number): Tensor3D;
  as4D(rows: number, columns: number, depth: number, depth2: number): Tensor4D;
  as5D(rows: number, columns: number, depth: number, depth2: number, depth3: number): Tensor5D;
  asScalar(): Scalar;
  reshapeAs(x: Tensor): Tensor;
}

declare module '../tensor.js' {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars, @typescript-eslint/no-empty-object-type -- merged
  interface Tensor<R extends Rank = Rank> extends TensorMethods {}
}

type Op = (x: Tensor, ...args: never[]) => unknown;

const asShape = (x: Tensor, ...dims: number[]) => shape.reshape(x, dims);

function methods(): Record<string, Op> {
  return {
    ...kOps,
    asType: unary.cast,
    toFloat: (x: Tensor) => unary.cast(x, 'float32'),
    toInt: (x: Tensor) => unary.cast(x, 'int32'),
    toBool: (x: Tensor) => unary.cast(x, 'bool'),
    flatten: (x: Tensor) => shape.reshape(x, [x.size]),
    as1D: (x: Tensor) => shape.reshape(x, [x.size]),
    as2D: asShape,
    as3D: asShape,
    as4D: asShape,
    as5D: asShape,
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
