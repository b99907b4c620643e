import { inScope } from '../lifetime.js';
import type { Tensor } from '../tensor.js';
import { add, div, mul, pow, sub } from './arithmetic.js';
import { check, checkSameShape, toTensor } from './compose.js';
import type { TensorInput } from './operation.js';

/**
 * The moving average after one value more: v + (x - v) · (1 - decay). v and x have one shape and
 * dtype. With `zeroDebias` the change is divided by 1 - decay^step, which makes up for a v that began
 * at 0 (Kingma & Ba 2015); it needs the number of the step, 1 for the first.
 */
export function movingAverage(
  v: TensorInput,
  x: TensorInput,
  decay: TensorInput,
  step?: TensorInput | null,
  zeroDebias = true,
): Tensor {
  const op = 'movingAverage';
  return inScope(() => {
    const $v = toTensor(op, 'v', v);
    const $x = toTensor(op, 'x', x);
    checkSameShape(op, ['v', 'x'], $v, $x);
    check(
      op,
      $v.dtype === $x.dtype,
      () => `v and x must have the same dtype, got ${$v.dtype} and ${$x.dtype}`,
    );
    const change = mul(sub($x, $v), sub(1, decay));
    if (!zeroDebias) return add($v, change);
    check(op, step !== undefined && step !== null, () => 'zeroDebias needs the step');
    return add($v, div(change, sub(1, pow(decay, step))));
  });
}
