// hd.util: small helpers that TensorFlow.js has too.
import { ValueError } from './errors.js';
import { sizeOf } from './dtype.js';

/** Puts the elements of a list in random order, in place. */
export function shuffle<T>(array: T[] | Uint32Array | Int32Array | Float32Array): void {
  const list = array as T[];
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [list[i], list[j]] = [list[j]!, list[i]!];
  }
}

/** The numbers 0 to n - 1 in random order. */
export function createShuffledIndices(n: number): Uint32Array {
  const indices = Uint32Array.from({ length: n }, (_, i) => i);
  shuffle(indices);
  return indices;
}

/** The number of elements of a shape. */
export const sizeFromShape = (shape: number[]): number => sizeOf(shape);

/** Milliseconds on a clock that only goes forward. */
export const now = (): number => performance.now();

/** Throws ValueError with the message unless `condition` holds. */
export function assert(condition: boolean, message: () => string): void {
  if (!condition) throw new ValueError(message());
}

export function arraysEqual(a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean {
  return a.length === b.length && Array.from(a).every((value, i) => value === b[i]);
}
