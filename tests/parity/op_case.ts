// What a table of ops holds: inputs, and the op as one program for both libraries.
import type * as tf from '@tensorflow/tfjs';
import type { Library, Values } from './compare';

export interface OpCase {
  name: string;
  inputs: Values[];
  run: (library: Library, ...inputs: tf.Tensor[]) => tf.Tensor;
  /** false where the op has no gradient: its result is not float32, or it is piecewise constant. */
  gradient?: boolean;
  /** The same out of ops whose gradient TensorFlow.js has, where it lacks one for `run`. */
  reference?: OpCase['run'];
}

export type Run = OpCase['run'];

export const real = (...shape: number[]): Values => ({ shape });
export const positive = (...shape: number[]): Values => ({ shape, low: 0.3, high: 3 });
export const whole = (high: number, ...shape: number[]): Values => ({
  shape,
  low: 0,
  high,
  dtype: 'int32',
});
export const truth = (...shape: number[]): Values => ({ shape, dtype: 'bool' });

/** Cases from their parts: the program, then its inputs. */
export function cases(
  table: Record<string, [Run, ...Values[]]>,
  more: Partial<OpCase> = {},
): OpCase[] {
  return Object.entries(table).map(([name, [run, ...inputs]]) => ({ name, inputs, run, ...more }));
}
