// What ops that are composed of other ops share: their arguments as tensors, and checks of them.
import { makeHandle } from '../create.js';
import { dtypeCode, type DataType } from '../dtype.js';
import { ValueError } from '../errors.js';
import { Tensor } from '../tensor.js';
import { operate, type TensorInput } from './operation.js';

/**
 * @internal The tensor of an argument: itself, or one that is made of its values in the scope in
 * progress. `dtype` is for values; a tensor keeps its own.
 */
export function toTensor(
  op: string,
  argument: string,
  value: TensorInput,
  dtype?: DataType,
): Tensor {
  if (value instanceof Tensor) return value;
  return operate(op, { [argument]: value }, (t) => t[argument]!.clone(), { [argument]: dtype });
}

/** @internal Throws ValueError, which names the op, unless `holds`. */
export function check(op: string, holds: boolean, message: () => string): asserts holds {
  if (!holds) throw new ValueError(`${op}(): ${message()}`);
}

/** @internal Throws ValueError unless x has one of the ranks. */
export function checkRank(op: string, argument: string, x: Tensor, ...ranks: number[]): void {
  check(
    op,
    ranks.includes(x.rank),
    () => `${argument} must have rank ${ranks.join(' or ')}, got shape [${x.shape}]`,
  );
}

/** @internal Throws ValueError unless both have one shape. */
export function checkSameShape(op: string, names: [string, string], a: Tensor, b: Tensor): void {
  check(
    op,
    String(a.shape) === String(b.shape),
    () => `${names[0]} and ${names[1]} must have the same shape, got [${a.shape}] and [${b.shape}]`,
  );
}

/** @internal Throws ValueError unless x has one of the dtypes. */
export function checkDtype(op: string, argument: string, x: Tensor, ...dtypes: DataType[]): void {
  check(
    op,
    dtypes.includes(x.dtype),
    () => `${argument} must be ${dtypes.join(' or ')}, got ${x.dtype}`,
  );
}

/** @internal Throws ValueError unless the number is whole and at least `least`. */
export function checkCount(op: string, argument: string, value: number, least = 0): void {
  check(
    op,
    Number.isInteger(value) && value >= least,
    () => `${argument} must be a whole number of at least ${least}, got ${value}`,
  );
}

/** @internal An axis counted from the front. */
export function axisOf(op: string, axis: number, rank: number): number {
  check(
    op,
    Number.isInteger(axis) && axis >= -rank && axis < rank,
    () => `axis must be a whole number from ${-rank} to ${rank - 1}, got ${axis}`,
  );
  return axis < 0 ? axis + rank : axis;
}

/** @internal A tensor of numbers that JavaScript has computed. */
export function constant(
  values: ArrayLike<number>,
  shape: readonly number[],
  dtype: DataType,
): Tensor {
  return new Tensor(makeHandle(shape, dtypeCode(dtype), (memory) => memory.set(values)));
}
