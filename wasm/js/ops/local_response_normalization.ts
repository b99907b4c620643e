import { inScope } from '../lifetime.js';
import type { Tensor } from '../tensor.js';
import { add, mul, pow } from './arithmetic.js';
import { checkCount, checkRank, constant, toTensor } from './compose.js';
import { matMul } from './matmul.js';
import { number, type TensorInput } from './operation.js';
import { reshape } from './shape.js';
import { square } from './unary.js';

/**
 * Divides each element of x [batch, height, width, channels], or of one image without the batch, by
 * (bias + alpha Σ x²)^beta, where the sum goes over the channels at most `depthRadius` away
 * (Krizhevsky et al. 2012).
 */
export function localResponseNormalization(
  x: TensorInput,
  depthRadius = 5,
  bias = 1,
  alpha = 1,
  beta = 0.5,
): Tensor {
  const op = 'localResponseNormalization';
  return inScope(() => {
    const $x = toTensor(op, 'x', x);
    checkRank(op, 'x', $x, 3, 4);
    checkCount(op, 'depthRadius', depthRadius);
    for (const [name, value] of Object.entries({ bias, alpha, beta })) number(op, name, value);
    const channels = $x.shape.at(-1)!;
    const near = new Float32Array(channels * channels); // 1 where two channels are neighbours
    for (let i = 0; i < near.length; i++) {
      const row = Math.floor(i / channels);
      near[i] = Number(Math.abs(row - (i - row * channels)) <= depthRadius);
    }
    const rows = reshape(square($x), [$x.size / Math.max(channels, 1), channels]);
    const sums = matMul(rows, constant(near, [channels, channels], 'float32'));
    const factor = pow(add(mul(sums, alpha), bias), -beta);
    return mul($x, reshape(factor, $x.shape));
  });
}
