// What the scenarios share: starting the engine, seeded values, comparing weights bit by bit.
import { expect } from 'vitest';
import * as hd from 'heddle';

export async function start(): Promise<void> {
  const build = process.env.HEDDLE_BUILD === 'relaxed' ? 'relaxed' : 'simd';
  await hd.ready({ threads: 1, build });
}

/** Seeded values, uniform in [-1, 1). */
export const random = (shape: number[], seed: number): hd.Tensor =>
  hd.randomUniform(shape, -1, 1, 'float32', seed);

/** One-hot rows [count, classes], the classes in turn. */
export function classRows(count: number, classes: number): hd.Tensor {
  const labels = Int32Array.from({ length: count }, (_, i) => i % classes);
  return hd.oneHot(hd.tensor1d(labels, 'int32'), classes).asType('float32');
}

export const values = (tensor: hd.Tensor): Float32Array =>
  Float32Array.from(tensor.dataSync() as ArrayLike<number>);

interface Weighted {
  getWeights(): hd.Tensor[];
}

/** Copies of the weights of a layer or model as they are now. */
export const weightsOf = (of: Weighted): Float32Array[] => of.getWeights().map(values);

/** Whether two lists of arrays agree in every bit. */
export function sameBits(a: Float32Array[], b: Float32Array[]): boolean {
  const bits = (list: Float32Array[]) => list.map((each) => new Uint32Array(each.slice().buffer));
  const [left, right] = [bits(a), bits(b)];
  return (
    left.length === right.length &&
    left.every(
      (each, i) => each.length === right[i]!.length && each.every((v, j) => v === right[i]![j]),
    )
  );
}

/** The greatest difference, relative to the largest magnitude of `expected`. */
export function difference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  let [largest, worst] = [1e-12, 0];
  for (let i = 0; i < expected.length; i++) {
    largest = Math.max(largest, Math.abs(expected[i]!));
    worst = Math.max(worst, Math.abs(actual[i]! - expected[i]!));
  }
  return worst / largest;
}

/** The lines of a model's summary. */
export function summaryOf(model: hd.LayersModel): string[] {
  const lines: string[] = [];
  model.summary(undefined, undefined, (line) => lines.push(...String(line).split('\n')));
  return lines;
}

/** The number after `label` in a summary, as in "Trainable params: 1,234 (4.8 KB)". */
export function summaryCount(model: hd.LayersModel, label: string): number {
  const line = summaryOf(model).find((each) => each.trim().startsWith(label));
  expect(line, `a line "${label}" in\n${summaryOf(model).join('\n')}`).toBeDefined();
  return Number(
    /([\d,]+)/.exec(line!.slice(line!.indexOf(label) + label.length))![1]!.replaceAll(',', ''),
  );
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
