// Real digits for the scenarios that need them: MNIST in HEDDLE_DATA.
import type { TestContext } from 'vitest';
import * as hd from 'heddle';
import { digitsFolder, readDigits } from '../../../examples/idx.mjs';

const kPixels = 28 * 28;

export interface Digits {
  xs: Float32Array;
  labels: Int32Array;
}

/** The digits; where they are missing the test is skipped, and says so. */
export function realDigits(context: TestContext): Digits {
  const digits = readDigits();
  if (digits === null) console.log(`skipped: no MNIST in ${digitsFolder()} (set HEDDLE_DATA)`);
  context.skip(digits === null, 'the digits are missing');
  return digits!;
}

/** The images at `places`, [count, 28, 28, 1]. */
export function images({ xs }: Digits, places: readonly number[]): hd.Tensor4D {
  const chosen = new Float32Array(places.length * kPixels);
  places.forEach((at, i) => {
    chosen.set(xs.subarray(at * kPixels, (at + 1) * kPixels), i * kPixels);
  });
  return hd.tensor4d(chosen, [places.length, 28, 28, 1]);
}

/** from, from + 1, ..., to − 1. */
export const places = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i);

/** One-hot labels [count, 10] of the digits at `places`. */
export const classes = ({ labels }: Digits, at: readonly number[]): hd.Tensor =>
  hd.oneHot(
    hd.tensor1d(
      at.map((i) => labels[i]!),
      'int32',
    ),
    10,
  );
