import { core } from '../engine.js';
import type { Tensor } from '../tensor.js';
import { operate, type TensorInput } from './operation.js';

/**
 * The matrix product of the last two dimensions: [..., m, k] × [..., k, n] → [..., m, n]. The flags
 * transpose an operand first; dimensions before the last two broadcast. Throws ValueError for ranks
 * below 2 and for inner dimensions that differ.
 */
export function matMul(
  a: TensorInput,
  b: TensorInput,
  transposeA = false,
  transposeB = false,
): Tensor {
  return operate('matMul', { a, b }, (t) => core().matMul(t.a, t.b, transposeA, transposeB));
}
