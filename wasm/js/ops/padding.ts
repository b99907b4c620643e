// Padding beyond pad(): by mirror images, and of tensors of a known rank.
import { inScope } from '../lifetime.js';
import type { Tensor } from '../tensor.js';
import { check, checkRank, constant, toTensor } from './compose.js';
import { gather } from './indexing.js';
import { wholeNumbers, type TensorInput } from './operation.js';
import { pad } from './shape.js';
import { clone } from './unary.js';

type Pair = readonly [number, number];

/** @internal Throws ValueError unless `pairs` has a pair of whole numbers ≥ 0 for each of `count`. */
export function checkPairs(
  op: string,
  argument: string,
  pairs: readonly Pair[],
  count: number,
): void {
  const isPair = (pair: unknown) =>
    Array.isArray(pair) &&
    pair.length === 2 &&
    pair.every((each) => Number.isInteger(each) && each >= 0);
  check(
    op,
    Array.isArray(pairs) && pairs.length === count && pairs.every(isPair),
    () =>
      `${argument} must be ${count} pairs [before, after] of whole numbers of at least 0, got ` +
      JSON.stringify(pairs),
  );
}

/**
 * x with paddings[i] = [before, after] cells around axis i that mirror what is inside: 'reflect'
 * leaves the edge itself out, 'symmetric' repeats it. Throws ValueError for paddings wider than what
 * there is to mirror.
 */
export function mirrorPad(
  x: TensorInput,
  paddings: readonly Pair[],
  mode: 'reflect' | 'symmetric',
): Tensor {
  return inScope(() => {
    const $x = toTensor('mirrorPad', 'x', x);
    check(
      'mirrorPad',
      mode === 'reflect' || mode === 'symmetric',
      () => `mode must be 'reflect' or 'symmetric', got '${mode}'`,
    );
    check('mirrorPad', $x.rank > 0, () => 'a scalar has nothing to mirror');
    checkPairs('mirrorPad', 'paddings', paddings, $x.rank);
    const edge = mode === 'reflect' ? 1 : 0;
    let result = clone($x);
    $x.shape.forEach((size, axis) => {
      const [before, after] = paddings[axis]!;
      if (before === 0 && after === 0) return;
      const most = Math.max(size - edge, 0);
      check(
        'mirrorPad',
        before <= most && after <= most,
        () =>
          `paddings[${axis}] must be at most ${most} in mode '${mode}' for shape [${$x.shape}], ` +
          `got [${paddings[axis]}]`,
      );
      const places = Int32Array.from({ length: before + size + after }, (_, i) => {
        const at = i - before;
        if (at < 0) return -at - 1 + edge;
        return at < size ? at : 2 * size - 1 - edge - at;
      });
      result = gather(result, constant(places, [places.length], 'int32'), axis);
    });
    return result;
  });
}

function padOfRank(
  rank: number,
  x: TensorInput,
  paddings: readonly Pair[],
  constantValue: number,
): Tensor {
  return inScope(() => {
    const op = `pad${rank}d`;
    const $x = toTensor(op, 'x', x);
    checkRank(op, 'x', $x, rank);
    checkPairs(op, 'paddings', paddings, rank);
    return pad($x, paddings, constantValue);
  });
}

/** x [n] with `paddings` = [before, after] cells of `constantValue`. */
export function pad1d(x: TensorInput, paddings: Pair, constantValue = 0): Tensor {
  return padOfRank(1, x, [wholeNumbers('pad1d', 'paddings', paddings) as never], constantValue);
}

/** pad() of a tensor of rank 2. */
export function pad2d(x: TensorInput, paddings: readonly Pair[], constantValue = 0): Tensor {
  return padOfRank(2, x, paddings, constantValue);
}

/** pad() of a tensor of rank 3. */
export function pad3d(x: TensorInput, paddings: readonly Pair[], constantValue = 0): Tensor {
  return padOfRank(3, x, paddings, constantValue);
}

/** pad() of a tensor of rank 4. */
export function pad4d(x: TensorInput, paddings: readonly Pair[], constantValue = 0): Tensor {
  return padOfRank(4, x, paddings, constantValue);
}
