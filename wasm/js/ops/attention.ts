import { core } from '../engine.js';
import { Tensor } from '../tensor.js';
import { borrow, withTemporaries } from './operation.js';

/**
 * @internal Whether `attend` is the better way for sequences of these lengths. It makes the scores
 * twice, which pays where the matrix of all of them no longer fits into a cache; when causal, it
 * leaves half of them out.
 */
export const isLong = (queries: number, keys: number, causal: boolean): boolean =>
  queries * keys >= (causal ? 1 << 16 : 1 << 18);

/**
 * @internal softmax(scale · q kᵀ) v, without the whole matrix of scores: q [batch, queries, size], k
 * [batch, keys, size], v [batch, keys, size of values]. mask: bool [n, 1 or queries, 1 or keys], n
 * dividing the batch; false hides a key, as do keys after the query when `causal`.
 */
export function attend(
  op: string,
  [q, k, v]: [Tensor, Tensor, Tensor],
  mask: Tensor | null,
  scale: number,
  causal: boolean,
): Tensor {
  return withTemporaries((temporary) => {
    const take = (name: string, value: Tensor) => borrow(op, name, value, temporary);
    const inputs = [take('q', q), take('k', k), take('v', v)] as const;
    return new Tensor(core().attention(...inputs, mask && take('mask', mask), scale, causal));
  });
}
