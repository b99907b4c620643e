import type { Tensor } from '../tensor.js';

/** Writes the values of a tensor to the console; `verbose` adds dtype, rank and shape. */
export function print(x: Tensor, verbose = false): void {
  x.print(verbose);
}
