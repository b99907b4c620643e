// Everything the parity tests share: the two libraries, seeded values, the measure of agreement, twin models.
import * as tf from '@tensorflow/tfjs';
import * as heddle from 'heddle';

/** The names of TensorFlow.js are the contract, so one program, typed for TensorFlow.js, runs in both. */
export type Library = typeof tf;
export const hd = heddle as unknown as Library;
export { tf };

/** Greatest difference allowed, relative to the largest magnitude of the expected tensor. */
export const kTolerance = 1e-4;

export async function startBoth(): Promise<void> {
  const build = process.env.HEDDLE_BUILD === 'relaxed' ? 'relaxed' : 'simd';
  await heddle.ready({ threads: 1, build });
  await tf.setBackend('cpu');
  await tf.ready();
}

/** A generator of numbers in [0, 1): mulberry32. */
export function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export const sizeOf = (shape: number[]): number => shape.reduce((a, b) => a * b, 1);

export interface Values {
  shape: number[];
  /** Where the values come from; default [-2, 2), float32. int32 and bool are drawn from whole numbers. */
  low?: number;
  high?: number;
  dtype?: 'float32' | 'int32' | 'bool';
}

/** Seeded values for `spec`, the same at every call. */
export function draw(spec: Values, seed: number): number[] {
  const { low = -2, high = 2, dtype = 'float32' } = spec;
  const next = uniform(seed * 7919 + 17);
  return Array.from({ length: sizeOf(spec.shape) }, () => {
    const value = low + (high - low) * next();
    if (dtype === 'bool') return next() < 0.5 ? 0 : 1;
    return dtype === 'int32' ? Math.floor(value) : Math.fround(value);
  });
}

/** `values` as a tensor of `library`. */
export function toTensor(library: Library, values: ArrayLike<number>, spec: Values): tf.Tensor {
  const { shape, dtype = 'float32' } = spec;
  const typed = {
    float32: () => Float32Array.from(values),
    int32: () => Int32Array.from(values),
    bool: () => Uint8Array.from(values),
  }[dtype]();
  return library.tensor(typed, shape, dtype);
}

/** Values on their way from one library to the other. */
export interface Snapshot {
  shape: number[];
  dtype: string;
  values: number[];
}

export function snapshot(tensor: tf.Tensor): Snapshot {
  return { shape: [...tensor.shape], dtype: tensor.dtype, values: Array.from(tensor.dataSync()) };
}

/**
 * Throws unless both have the same shape and dtype and differ nowhere by more than `tolerance` times the largest
 * magnitude of `expected`. NaN equals NaN and an infinity equals itself.
 */
export function expectClose(
  what: string,
  actual: Snapshot,
  expected: Snapshot,
  tolerance = kTolerance,
): void {
  const say = (problem: string) => new Error(`${what}: ${problem}`);
  if (actual.dtype !== expected.dtype) {
    throw say(`dtype is ${actual.dtype}, TensorFlow.js has ${expected.dtype}`);
  }
  if (actual.shape.join() !== expected.shape.join()) {
    throw say(`shape is [${actual.shape}], TensorFlow.js has [${expected.shape}]`);
  }
  if (actual.values.length !== expected.values.length) {
    throw say(`${actual.values.length} values, TensorFlow.js has ${expected.values.length}`);
  }
  const finite = expected.values.filter(Number.isFinite).map(Math.abs);
  const largest = finite.reduce((a, b) => Math.max(a, b), 1e-6);
  expected.values.forEach((wanted, i) => {
    const got = actual.values[i]!;
    if (Object.is(got, wanted) || got === wanted) return;
    if (Math.abs(got - wanted) <= tolerance * largest) return;
    throw say(
      `value ${i} of [${expected.shape}] is ${got}, TensorFlow.js has ${wanted} ` +
        `(allowed difference ${tolerance * largest})`,
    );
  });
}

/** Runs `program` in both libraries and compares what it returns, tensor by tensor. */
export function expectSame(
  what: string,
  program: (library: Library) => tf.Tensor | tf.Tensor[],
  tolerance = kTolerance,
): void {
  const [actual, expected] = [hd, tf].map((library) => {
    const result = program(library);
    return (Array.isArray(result) ? result : [result]).map(snapshot);
  });
  if (actual!.length !== expected!.length) {
    throw new Error(`${what}: ${actual!.length} results, TensorFlow.js has ${expected!.length}`);
  }
  expected!.forEach((wanted, i) => {
    expectClose(expected!.length > 1 ? `${what} [${i}]` : what, actual![i]!, wanted, tolerance);
  });
}

export interface Twins {
  hd: tf.LayersModel;
  tf: tf.LayersModel;
}

/** Gives `model` weights drawn from `seed`: kernels scaled by their fan-in, small biases. */
export function seedWeights(library: Library, model: tf.LayersModel, seed: number): void {
  const weights = model.getWeights().map((weight, i) => {
    const limit = weight.rank > 1 ? Math.sqrt(3 / sizeOf(weight.shape.slice(0, -1))) : 0.1;
    const spec = { shape: [...weight.shape], low: -limit, high: limit };
    return toTensor(library, draw(spec, seed + i), spec);
  });
  model.setWeights(weights);
}

/** The same model in both libraries with the same weights. */
export function twins(build: (library: Library) => tf.LayersModel, seed = 1): Twins {
  const pair = { hd: build(hd), tf: build(tf) };
  seedWeights(hd, pair.hd, seed);
  seedWeights(tf, pair.tf, seed);
  return pair;
}

/** Compares every weight of the twins. */
export function expectSameWeights(what: string, pair: Twins, tolerance = kTolerance): void {
  const expected = pair.tf.getWeights();
  const actual = pair.hd.getWeights();
  if (actual.length !== expected.length) {
    throw new Error(`${what}: ${actual.length} weights, TensorFlow.js has ${expected.length}`);
  }
  expected.forEach((weight, i) => {
    const name = `${what}, weight ${i}`;
    expectClose(name, snapshot(actual[i]!), snapshot(weight), tolerance);
  });
}

/** One-hot rows [count, classes] for seeded labels. */
export function oneHotLabels(count: number, classes: number, seed: number): number[] {
  const labels = draw({ shape: [count], low: 0, high: classes, dtype: 'int32' }, seed);
  return labels.flatMap((label) => Array.from({ length: classes }, (_, c) => +(c === label)));
}
