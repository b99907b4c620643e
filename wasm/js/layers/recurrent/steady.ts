import { customGrad } from '../../custom_grad.js';
import type { Tensor } from '../../tensor.js';

/** Smaller gradients than this do nothing in float32, whose smallest normal number is 1.2e-38. */
const kNothing = 1e-30;

/**
 * @internal x itself, with a gradient in which numbers too small to matter are zeros. Through long
 * sequences gradients shrink to subnormal numbers, with which processors compute many times slower.
 */
export const steady = customGrad((input) => {
  const x = input as Tensor;
  return {
    value: x.clone(),
    gradFunc: (dy: Tensor) => dy.mul(dy.abs().greater(kNothing).toFloat()),
  };
});
