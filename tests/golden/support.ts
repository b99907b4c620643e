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
const greatestOf = (entries: (Entry | null)[]): number =>
  Math.max(...entries.flatMap((entry) => entry?.values.map(Math.abs) ?? []));

/**
 * Values against PyTorch's: the same shape, and equal within the tolerance. What is 0 throughout
 * has no magnitude of its own, but terms of other tensors' size cancel in it (the gradient for a
 * bias before a softmax): it is measured by those, `kin`.
 */
export function expectGolden(
  what: string,
  actual: hd.Tensor,
  expected: Entry,
  kin: (Entry | null)[] = [],
): void {
  expect(actual.shape, `${what}: shape`).toEqual(expected.shape);
  const got = actual.dataSync();
  const greatest = greatestOf([expected]) || greatestOf(kin);
  expected.values.forEach((wanted, i) => {
    const difference = Math.abs(got[i]! - wanted);
    if (difference <= kTolerance * greatest) return;
    expect.fail(
      `${what}: value ${i} of [${expected.shape}] is ${got[i]}, PyTorch has ${wanted} ` +
        `(difference ${(difference / greatest).toExponential(1)} of the greatest, ${greatest})`,
    );
  });
}
