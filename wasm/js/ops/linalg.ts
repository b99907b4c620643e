// hd.linalg
import { range, scalar } from '../create.js';
import { core } from '../engine.js';
import { inScope } from '../lifetime.js';
import { Tensor } from '../tensor.js';
import { div, greaterEqual, less, lessEqual, logicalAnd, minimum } from './arithmetic.js';
import { mul, sub } from './arithmetic.js';
import { check, checkDtype, checkRank, toTensor } from './compose.js';
import { where } from './indexing.js';
import { borrow, withTemporaries, type TensorInput } from './operation.js';
import { sum } from './reduce.js';
import { reshape, stack, unstack } from './shape.js';
import { neg } from './unary.js';
import { norm } from './vectors.js';

/** How far the band reaches on one side: `count` diagonals, all `size` of them if negative. */
function reach(argument: string, count: number | Tensor, size: number): TensorInput {
  if (count instanceof Tensor) {
    checkDtype('bandPart', argument, count, 'int32');
    const whole = scalar(size, 'int32');
    return where(less(count, scalar(0, 'int32')), whole, minimum(count, whole));
  }
  check(
    'bandPart',
    Number.isInteger(count) && count <= size,
    () => `${argument} must be a whole number of at most ${size}, got ${count}`,
  );
  return scalar(count < 0 ? size : count, 'int32');
}

/**
 * Matrices a [..., rows, columns] where the diagonals from `numLower` below the main one to
 * `numUpper` above it stay; zeros elsewhere. A negative number means all of them on that side; both
 * may be int32 scalars.
 */
export function bandPart(
  a: TensorInput,
  numLower: number | Tensor,
  numUpper: number | Tensor,
): Tensor {
  return inScope(() => {
    const $a = toTensor('bandPart', 'a', a);
    check('bandPart', $a.rank >= 2, () => `a must have rank 2 or more, got shape [${$a.shape}]`);
    const [rows, columns] = $a.shape.slice(-2) as [number, number];
    const lower = reach('numLower', numLower, rows);
    const upper = reach('numUpper', numUpper, columns);
    const row = reshape(range(0, rows, 1, 'int32'), [rows, 1]);
    const below = sub(row, range(0, columns, 1, 'int32')); // [rows, columns]
    const inBand = logicalAnd(lessEqual(below, lower), greaterEqual(below, neg(upper)));
    return where(inBand, $a, scalar(0, $a.dtype));
  });
}

/**
 * Orthonormal vectors that span what the given ones span, by the modified process of Gram and
 * Schmidt: of a matrix [count, size] a matrix, of a list of vectors [size] a list.
 */
export function gramSchmidt<T extends Tensor | Tensor[]>(xs: T): T {
  return inScope(() => {
    const isList = Array.isArray(xs);
    check(
      'gramSchmidt',
      isList ? xs.length > 0 : xs instanceof Tensor,
      () => 'xs must be a tensor of rank 2 or a list of at least one tensor of rank 1',
    );
    if (!isList) checkRank('gramSchmidt', 'xs', xs as Tensor, 2);
    const vectors = isList ? (xs as Tensor[]) : unstack(xs as Tensor);
    vectors.forEach((vector, i) => {
      checkRank('gramSchmidt', `xs[${i}]`, vector, 1);
      check(
        'gramSchmidt',
        vector.size === vectors[0]!.size,
        () => `all vectors must have one length, got ${vectors.map((v) => v.size).join(', ')}`,
      );
    });
    const size = vectors[0]?.size ?? 0;
    check(
      'gramSchmidt',
      vectors.length > 0 && vectors.length <= size,
      () => `${vectors.length} vectors of ${size} elements cannot be orthogonal`,
    );
    const found: Tensor[] = [];
    for (let rest of vectors) {
      for (const y of found) rest = sub(rest, mul(sum(mul(y, rest)), y));
      found.push(div(rest, norm(rest)));
    }
    return (isList ? found : stack(found)) as T;
  });
}

/**
 * x [..., m, n] = q r: [q, r], where q [..., m, k] has orthonormal columns and r [..., k, n] is upper
 * triangular; k is min(m, n), or m with `fullMatrices`. By Householder's reflections. The gradient
 * needs an r without zeros on its diagonal; a full q of m > n has none.
 */
export function qr(x: TensorInput, fullMatrices = false): [Tensor, Tensor] {
  return withTemporaries((temporary) => {
    const handles = core().qr(borrow('qr', 'x', x, temporary), fullMatrices);
    return handles.map((handle) => new Tensor(handle)) as [Tensor, Tensor];
  });
}
