// What these tests share: starting the engine, values of tensors, what a call throws.
import { expect } from 'vitest';
import * as hd from 'heddle';

/** The build under test. */
export const build = process.env.HEDDLE_BUILD === 'relaxed' ? 'relaxed' : 'simd';

export async function start(): Promise<void> {
  await hd.ready({ threads: 1, build });
}

/** Seeded values, uniform in [-1, 1). */
export const random = (shape: number[], seed: number): hd.Tensor =>
  hd.randomUniform(shape, -1, 1, 'float32', seed);

export const values = (tensor: hd.Tensor): number[] => Array.from(tensor.dataSync());

/** Values of one tensor against numbers, within `tolerance` of the largest. */
export function expectValues(
  tensor: hd.Tensor,
  expected: ArrayLike<number>,
  tolerance = 1e-5,
): void {
  const actual = values(tensor);
  expect(actual).toHaveLength(expected.length);
  const largest = Math.max(1, ...Array.from(expected, Math.abs));
  Array.from(expected).forEach((wanted, i) => {
    expect(
      Math.abs(actual[i]! - wanted),
      `${actual} should be ${Array.from(expected)}`,
    ).toBeLessThanOrEqual(tolerance * largest);
  });
}

/** Runs `work` and returns what it throws; fails if it throws nothing. */
export function errorOf(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error('It should have thrown.');
}

/** The same for what is asynchronous. */
export async function rejectionOf(work: () => Promise<unknown>): Promise<Error> {
  try {
    await work();
  } catch (error) {
    return error as Error;
  }
  throw new Error('It should have thrown.');
}

/** Expects a ValueError whose message contains all of `parts`. */
export function expectValueError(work: () => unknown, ...parts: string[]): void {
  const error = errorOf(work);
  expect(error, error.stack).toBeInstanceOf(hd.ValueError);
  for (const part of parts) expect(error.message).toContain(part);
}
