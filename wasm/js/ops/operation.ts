import type { CoreTensor } from '../core.js';
import { handleOf } from '../create.js';
import type { DataType, TensorLike } from '../dtype.js';
import { ValueError } from '../errors.js';
import { Tensor } from '../tensor.js';

/** What every op takes where it wants a tensor. */
export type TensorInput = Tensor | TensorLike;

/** @internal The module's tensor of an argument. What is made for it is added to `temporary`. */
export function borrow(
  op: string,
  argument: string,
  value: TensorInput,
  temporary: CoreTensor[],
  dtype?: DataType,
): CoreTensor {
  if (value instanceof Tensor) return value.borrow(temporary);
  const isValue = typeof value === 'number' || typeof value === 'boolean';
  if (!isValue && !Array.isArray(value) && !ArrayBuffer.isView(value)) {
    const got = value === null ? 'null' : typeof value;
    throw new ValueError(
      `Argument '${argument}' passed to '${op}' must be a Tensor, a number, a typed array or ` +
        `nested lists, but got ${got}`,
    );
  }
  const handle = handleOf(value, undefined, dtype, `${op}(): ${argument}`);
  temporary.push(handle);
  return handle;
}

/** @internal Runs `work` with a list; all handles in the list are deleted after. */
export function withTemporaries<T>(work: (temporary: CoreTensor[]) => T): T {
  const temporary: CoreTensor[] = [];
  try {
    return work(temporary);
  } finally {
    for (const handle of temporary) handle.delete();
  }
}

/** @internal Borrows arguments by name for `run`. */
export function withInputs<K extends string, T>(
  op: string,
  inputs: Record<K, TensorInput>,
  run: (handles: Record<K, CoreTensor>) => T,
  dtypes: Partial<Record<K, DataType>> = {},
): T {
  return withTemporaries((temporary) => {
    const handles = {} as Record<K, CoreTensor>;
    for (const name in inputs) {
      handles[name] = borrow(op, name, inputs[name], temporary, dtypes[name]);
    }
    return run(handles);
  });
}

/** @internal Applies an op to arguments by name, and wraps its result. */
export function operate<K extends string>(
  op: string,
  inputs: Record<K, TensorInput>,
  run: (handles: Record<K, CoreTensor>) => CoreTensor,
  dtypes?: Partial<Record<K, DataType>>,
): Tensor {
  return withInputs(op, inputs, (handles) => new Tensor(run(handles)), dtypes);
}

/** @internal Applies an op to a list of tensors. */
export function operateOnList<T>(
  op: string,
  tensors: readonly TensorInput[],
  run: (handles: CoreTensor[]) => T,
): T {
  if (!Array.isArray(tensors) || tensors.length === 0) {
    throw new ValueError(`${op}() needs a list of at least one tensor`);
  }
  return withTemporaries((temporary) =>
    run(tensors.map((value, i) => borrow(op, `tensors[${i}]`, value, temporary))),
  );
}

/** @internal A list of whole numbers; one number is a list of one, nothing is an empty list. */
export function wholeNumbers(
  op: string,
  argument: string,
  value: number | readonly number[] | null | undefined,
): number[] {
  if (value === null || value === undefined) return [];
  const list = typeof value === 'number' ? [value] : value;
  if (!Array.isArray(list) || !list.every((item) => Number.isInteger(item))) {
    throw new ValueError(
      `${op}(): ${argument} must be a whole number or a list of them, got ${JSON.stringify(value)}`,
    );
  }
  return [...list];
}

/** @internal One whole number. */
export function wholeNumber(op: string, argument: string, value: number): number {
  if (!Number.isInteger(value)) {
    throw new ValueError(`${op}(): ${argument} must be a whole number, got ${value}`);
  }
  return value;
}

/** @internal `count` whole numbers of at least `least`; one number stands for all. */
export function wholeTuple(
  op: string,
  argument: string,
  value: number | readonly number[],
  count: number,
  least = 1,
): number[] {
  const list = wholeNumbers(op, argument, value);
  if ((list.length !== 1 && list.length !== count) || list.some((item) => item < least)) {
    throw new ValueError(
      `${op}(): ${argument} must be ${count === 1 ? 'a whole number' : `one whole number or ${count}`} ` +
        `of at least ${least}, got ${JSON.stringify(value)}`,
    );
  }
  return list.length === count ? list : new Array<number>(count).fill(list[0]!);
}

/** @internal One of the words that an option knows: its place in the list. */
export function wordOf(
  op: string,
  argument: string,
  value: string,
  words: readonly string[],
): number {
  const at = words.indexOf(value);
  if (at < 0) {
    const known = words.map((word) => `'${word}'`).join(', ');
    throw new ValueError(
      `${op}(): ${argument} must be one of ${known}, got ${JSON.stringify(value)}`,
    );
  }
  return at;
}

/** @internal The shape of a tensor. Throws ValueError unless it has one of the ranks. */
export function shapeOfRank(
  op: string,
  argument: string,
  handle: CoreTensor,
  ...ranks: number[]
): number[] {
  const shape = handle.shape();
  if (!ranks.includes(shape.length)) {
    throw new ValueError(
      `${op}(): ${argument} must have rank ${ranks.join(' or ')}, got shape [${shape}]`,
    );
  }
  return shape;
}

/** @internal Any number. */
export function number(op: string, argument: string, value: number): number {
  if (typeof value !== 'number') {
    throw new ValueError(`${op}(): ${argument} must be a number, got ${typeof value}`);
  }
  return value;
}

/** @internal A seed for the core: NaN where none is given. */
export function seedOf(op: string, seed: number | undefined | null): number {
  return seed === undefined || seed === null ? NaN : wholeNumber(op, 'seed', seed);
}
