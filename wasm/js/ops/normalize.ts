import { core } from '../engine.js';
import { Tensor } from '../tensor.js';
import { borrow, withTemporaries } from './operation.js';

/**
 * @internal x brought to mean 0 and variance 1, then scaled and shifted. `sizes` are [outer,
 * positions, groups, size], in which every group of every outer index is normalised by itself;
 * gamma and beta have groups · size elements, mean and variance (of x) [outer, groups].
 */
export function normalize(
  op: string,
  x: Tensor,
  sizes: number[],
  gamma: Tensor | null,
  beta: Tensor | null,
  epsilon: number,
): { y: Tensor; mean: Tensor; variance: Tensor } {
  return withTemporaries((temporary) => {
    const optional = (name: string, value: Tensor | null) =>
      value && borrow(op, name, value, temporary);
    const [y, mean, variance] = core().normalize(
      borrow(op, 'x', x, temporary),
      sizes,
      [optional('gamma', gamma), optional('beta', beta)],
      epsilon,
    );
    return { y: new Tensor(y), mean: new Tensor(mean), variance: new Tensor(variance) };
  });
}
