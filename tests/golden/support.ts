// What the golden tests share: reading the files, tensors from their entries, the measure of
// agreement.
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import * as hd from 'heddle';

export async function start(): Promise<void> {
  const build = process.env.HEDDLE_BUILD === 'relaxed' ? 'relaxed' : 'simd';
  await hd.ready({ threads: 1, build });
}

/** A tensor as the files hold it: flat, row-major. */
export interface Entry {
  shape: number[];
  values: number[];
  /** float32 unless said. */
  dtype?: 'int32';
}

/** The cases of one file in data/. */
export function readCases<Case>(family: string): Case[] {
  const file = new URL(`./data/${family}.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { cases: Case[] }).cases;
}

export const dtypeOf = (entry: Entry): hd.DataType => entry.dtype ?? 'float32';

export const toTensor = (entry: Entry): hd.Tensor =>
  hd.tensor(entry.values, entry.shape, dtypeOf(entry));

/** Greatest difference allowed, relative to the greatest magnitude of the expected tensor. */
const kTolerance = 1e-5;
/**
 * Below this magnitude only rounding is left: a gradient that is 0 by cancellation (a bias before a
 * softmax) comes out as the rounding of terms near 1.
 */
const kSmallest = 0.02;

/** Values against PyTorch's: the same shape, and equal within the tolerance. */
export function expectGolden(what: string, actual: hd.Tensor, expected: Entry): void {
  expect(actual.shape, `${what}: shape`).toEqual(expected.shape);
  const got = actual.dataSync();
  const greatest = Math.max(kSmallest, ...expected.values.map(Math.abs));
  expected.values.forEach((wanted, i) => {
    const difference = Math.abs(got[i]! - wanted);
    if (difference <= kTolerance * greatest) return;
    expect.fail(
      `${what}: value ${i} of [${expected.shape}] is ${got[i]}, PyTorch has ${wanted} ` +
        `(difference ${(difference / greatest).toExponential(1)} of the greatest, ${greatest})`,
    );
  });
}
