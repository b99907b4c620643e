import { core } from '../engine.js';
import { ValueError } from '../errors.js';
import { Tensor } from '../tensor.js';
import { operate, operateOnList, type TensorInput } from './operation.js';

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

/**
 * Sums of products by letters: 'ij,jk->ik' is the matrix product. Each letter names an axis; one
 * that is not in the result is summed over; '...' stands for axes without names. Without '->', the
 * result has all letters that occur once, in alphabetical order. Takes any number of tensors.
 */
export function einsum(equation: string, ...tensors: TensorInput[]): Tensor {
  if (typeof equation !== 'string') {
    throw new ValueError(`einsum(): equation must be a string, got ${typeof equation}`);
  }
  return operateOnList('einsum', tensors, (list) => new Tensor(core().einsum(equation, list)));
}
