import { describe, expect, it } from 'vitest';
import { strokes } from '../../wasm/js/datasets/strokes.js';

const image = (xs: Float32Array, i: number, size = 28) =>
  xs.subarray(i * size * size, (i + 1) * size * size);
const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);

/** How alike two images are: the cosine of the angle between them. */
function cosine(p: Float32Array, q: Float32Array): number {
  let [pq, pp, qq] = [0, 0, 0];
  for (let i = 0; i < p.length; i++) {
    pq += p[i]! * q[i]!;
    pp += p[i]! * p[i]!;
    qq += q[i]! * q[i]!;
  }
  return pq / Math.sqrt(pp * qq);
}

describe('strokes', () => {
  it('has the shape it says', () => {
    const { xs, labels, shape } = strokes({ count: 12, size: 20 });
    expect(shape).toEqual([12, 20, 20, 1]);
    expect(xs.length).toBe(12 * 20 * 20);
    expect(labels.length).toBe(12);
  });

  it('gives the same digits for the same seed, others for another', () => {
    const first = strokes({ count: 50, seed: 7 });
    const again = strokes({ count: 50, seed: 7 });
    const other = strokes({ count: 50, seed: 8 });
    expect(again.xs).toEqual(first.xs);
    expect(again.labels).toEqual(first.labels);
    expect(other.labels).not.toEqual(first.labels);
    expect(other.xs).not.toEqual(first.xs);
  });

  it('draws digit i the same whatever the count is', () => {
    const few = strokes({ count: 10, seed: 3 });
    const many = strokes({ count: 40, seed: 3 });
    expect(many.labels.slice(0, 10)).toEqual(few.labels);
    expect(many.xs.slice(0, few.xs.length)).toEqual(few.xs);
  });

  it('draws the classes asked for in equal numbers', () => {
    const counts = new Array<number>(10).fill(0);
    for (const label of strokes({ count: 205 }).labels) counts[label]!++;
    expect(Math.max(...counts) - Math.min(...counts)).toBe(1);
    const some = new Set(strokes({ count: 30, classes: [3, 8] }).labels);
    expect([...some].sort()).toEqual([3, 8]);
  });

  it('keeps ink between 0 and 1, in the 256 levels of an image', () => {
    const { xs } = strokes({ count: 100 });
    expect(Math.min(...xs.slice(0, 784 * 20))).toBe(0);
    expect(xs.every((v) => v >= 0 && v <= 1)).toBe(true);
    expect(xs.every((v) => Math.abs(v * 255 - Math.round(v * 255)) < 1e-4)).toBe(true);
  });

  it('has the ink statistics of handwriting', () => {
    const count = 1000;
    const { xs, labels } = strokes({ count, seed: 5 });
    // MNIST: 12 % to 13 % ink on average, a one has the least, a zero nearly the most.
    expect(sum(xs) / xs.length).toBeGreaterThan(0.1);
    expect(sum(xs) / xs.length).toBeLessThan(0.15);
    const ink = new Array<number>(10).fill(0);
    let offCentre = 0;
    for (let i = 0; i < count; i++) {
      const one = image(xs, i);
      ink[labels[i]!]! += sum(one);
      expect(Math.max(...one)).toBeGreaterThan(0.5);
      let [mx, my] = [0, 0];
      one.forEach((v, at) => {
        mx += v * ((at % 28) - 13.5);
        my += v * (Math.floor(at / 28) - 13.5);
      });
      offCentre += Math.hypot(mx, my) / sum(one) / count;
      // As in MNIST no digit is cut off by the rim; the blur may leave a trace there.
      const rim = one.filter((_, at) => at % 28 === 0 || at % 28 === 27 || at < 28 || at >= 756);
      expect(sum(rim)).toBeLessThan(0.1);
    }
    expect(offCentre).toBeLessThan(1);
    expect(ink.indexOf(Math.min(...ink))).toBe(1);
  });

  it('makes digits that vary, and are told apart by their class means', () => {
    const learn = strokes({ count: 1500, seed: 1 });
    const means = Array.from({ length: 10 }, () => new Float32Array(784));
    learn.labels.forEach((label, i) => {
      image(learn.xs, i).forEach((v, at) => (means[label]![at]! += v));
    });
    const check = strokes({ count: 500, seed: 2 });
    let right = 0;
    check.labels.forEach((label, i) => {
      const alike = means.map((mean) => cosine(mean, image(check.xs, i)));
      if (alike.indexOf(Math.max(...alike)) === label) right++;
    });
    // The nearest class mean reads about 80 % of MNIST: neither noise nor ten fixed stamps.
    expect(right / 500).toBeGreaterThan(0.7);
    expect(right / 500).toBeLessThan(0.99);
  });

  it('refuses what it cannot draw', () => {
    expect(() => strokes({ count: -1 })).toThrow(/count is -1/);
    expect(() => strokes({ size: 4 })).toThrow(/size is 4/);
    expect(() => strokes({ classes: [10] })).toThrow(/digits from 0 to 9/);
    expect(() => strokes({ classes: [] })).toThrow(/digits from 0 to 9/);
  });
});
