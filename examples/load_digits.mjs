// Handwritten digits for the examples: MNIST's where they are, else digits that Heddle draws itself.
import * as hd from 'heddle';
import { digitsFolder, readDigits } from './idx.mjs';

const pixels = 28 * 28;

/**
 * Digits to learn from and others kept back, `[{xs: Float32Array [count, 28, 28, 1] in 0..1, labels: Int32Array [count], count}, ...]`.
 * `folder` holds MNIST's t10k files; without it $HEDDLE_DATA/mnist is looked at, then ../shared/data/mnist.
 */
export function loadDigits({ folder, train, test }) {
  let digits = readDigits(digitsFolder(folder));
  const real = digits !== null && digits.count >= train + test;
  if (!real) {
    console.log(`Not enough digits of MNIST in ${digitsFolder(folder)}: Heddle draws its own.`);
    digits = hd.datasets.strokes({ count: train + test, seed: 1 });
  }
  console.log(`${train} ${real ? 'real' : 'drawn'} digits to learn from, ${test} kept back`);
  const part = (from, to) => ({
    xs: digits.xs.subarray(from * pixels, to * pixels),
    labels: digits.labels.subarray(from, to),
    count: to - from,
  });
  return [part(0, train), part(train, train + test)];
}
