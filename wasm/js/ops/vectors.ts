// Norms, and products of vectors and matrices.
import { inScope } from '../lifetime.js';
import type { Tensor } from '../tensor.js';
import { axisOf, check, checkRank, toTensor } from './compose.js';
import { matMul } from './matmul.js';
import { wholeNumbers, type TensorInput } from './operation.js';
import { max, min, sum } from './reduce.js';
import { pad, reshape, slice } from './shape.js';
import { abs, sqrt, square } from './unary.js';

/**
 * A norm of vectors along one axis (`axis` a number; by default the whole tensor as one vector), or
 * of matrices along two:
 *
 *   ord                        vectors           matrices
 *   'euclidean' (the default)  sqrt(Σ x²)        the same as 'fro'
 *   2                          sqrt(Σ x²)        no such
 *   'fro'                      no such           sqrt(Σ x²)
 *   1                          Σ |x|             the greatest Σ |x| of a column
 *   Infinity                   the greatest |x|  the greatest Σ |x| of a row
 *   -Infinity                  the least |x|     the least Σ |x| of a row
 */
export function norm(
  x: TensorInput,
  ord: number | 'euclidean' | 'fro' = 'euclidean',
  axis: number | readonly number[] | null = null,
  keepDims = false,
): Tensor {
  return inScope(() => {
    const $x = toTensor('norm', 'x', x);
    if ($x.rank === 0) return abs($x);
    const all = $x.shape.map((_, i) => i);
    const axes = axis === null ? all : wholeNumbers('norm', 'axis', axis);
    const [first, second] = axes.map((each) => axisOf('norm', each, $x.rank));
    const isVector = axis === null || axes.length === 1;
    check(
      'norm',
      isVector || (axes.length === 2 && first !== second),
      () => `axis must name one axis or two, got [${axes}]`,
    );
    if (ord === 'euclidean' || ord === (isVector ? 2 : 'fro')) {
      return sqrt(sum(square($x), axes, keepDims));
    }
    check(
      'norm',
      ord === 1 || ord === Infinity || ord === -Infinity,
      () =>
        `ord must be 'euclidean', ${isVector ? 2 : "'fro'"}, 1, Infinity or -Infinity for ` +
        `${isVector ? 'vectors' : 'matrices'}, got ${ord}`,
    );
    const size = abs($x);
    if (isVector) {
      if (ord === 1) return sum(size, axes, keepDims);
      return ord > 0 ? max(size, axes, keepDims) : min(size, axes, keepDims);
    }
    // Sums along one axis, the greatest or least of them along the other.
    const [inner, outer] = (ord === 1 ? [first, second] : [second, first]) as [number, number];
    const sums = sum(size, inner, true);
    const result = ord > 0 ? max(sums, outer, true) : min(sums, outer, true);
    if (keepDims) return result;
    return reshape(
      result,
      $x.shape.filter((_, i) => i !== inner && i !== outer),
    );
  });
}

/** sqrt(Σ x²) along one axis, two, or (by default) all. */
export function euclideanNorm(
  x: TensorInput,
  axis: number | readonly number[] | null = null,
  keepDims = false,
): Tensor {
  return norm(x, 'euclidean', axis, keepDims);
}

/**
 * The product of vectors [n] and matrices [m, n]: of two vectors their scalar product, of a matrix
 * and a vector a vector, of two matrices a matrix.
 */
export function dot(t1: TensorInput, t2: TensorInput): Tensor {
  return inScope(() => {
    const a = toTensor('dot', 't1', t1);
    const b = toTensor('dot', 't2', t2);
    checkRank('dot', 't1', a, 1, 2);
    checkRank('dot', 't2', b, 1, 2);
    check(
      'dot',
      a.shape.at(-1) === b.shape[0],
      () => `the inner dimensions of shapes [${a.shape}] and [${b.shape}] must agree`,
    );
    const left = a.rank === 1 ? reshape(a, [1, a.size]) : a;
    const right = b.rank === 1 ? reshape(b, [b.size, 1]) : b;
    return reshape(matMul(left, right), [...a.shape.slice(0, -1), ...b.shape.slice(1)]);
  });
}

/** Every element of v1 [m] times every element of v2 [n]: [m, n]. */
export function outerProduct(v1: TensorInput, v2: TensorInput): Tensor {
  return inScope(() => {
    const a = toTensor('outerProduct', 'v1', v1);
    const b = toTensor('outerProduct', 'v2', v2);
    checkRank('outerProduct', 'v1', a, 1);
    checkRank('outerProduct', 'v2', b, 1);
    return matMul(reshape(a, [a.size, 1]), reshape(b, [1, b.size]));
  });
}

/**
 * The elements of x on the diagonal of a tensor of twice its rank, zeros elsewhere: [n] gives
 * [n, n], and [a, b] gives [a, b, a, b].
 */
export function diag(x: TensorInput): Tensor {
  return inScope(() => {
    const $x = toTensor('diag', 'x', x);
    const n = $x.size;
    const shape = [...$x.shape, ...$x.shape];
    if (n === 0) return reshape($x, shape);
    // [n, 1] and n zeros after each: read in rows of n, element i stands at place i.
    const padded = pad(reshape($x, [n, 1]), [
      [0, 0],
      [0, n],
    ]);
    return reshape(slice(reshape(padded, [n * (n + 1)]), [0], [n * n]), shape);
  });
}
