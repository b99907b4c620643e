import type { CoreTensor } from '../core.js';
import { core } from '../engine.js';
import { Tensor } from '../tensor.js';
import { borrow, number, shapeOfRank, withTemporaries, type TensorInput } from './operation.js';

function normalize(
  op: string,
  rank: number | undefined,
  x: TensorInput,
  mean: TensorInput,
  variance: TensorInput,
  offset: TensorInput | null | undefined,
  scale: TensorInput | null | undefined,
  varianceEpsilon: number | null | undefined,
): Tensor {
  const epsilon = number(op, 'varianceEpsilon', varianceEpsilon ?? 0.001);
  return withTemporaries((temporary) => {
    const take = (name: string, value: TensorInput): CoreTensor => {
      const handle = borrow(op, name, value, temporary);
      if (rank !== undefined) shapeOfRank(op, name, handle, ...(name === 'x' ? [rank] : [1, rank]));
      return handle;
    };
    const optional = (name: string, value: TensorInput | null | undefined) =>
      value === null || value === undefined ? null : take(name, value);
    return new Tensor(
      core().batchNorm(
        take('x', x),
        take('mean', mean),
        take('variance', variance),
        [optional('offset', offset), optional('scale', scale)],
        epsilon,
      ),
    );
  });
}

type BatchNorm = (
  x: TensorInput,
  mean: TensorInput,
  variance: TensorInput,
  offset?: TensorInput | null,
  scale?: TensorInput | null,
  varianceEpsilon?: number | null,
) => Tensor;

const ofRank =
  (op: string, rank?: number): BatchNorm =>
  (x, mean, variance, offset, scale, varianceEpsilon) =>
    normalize(op, rank, x, mean, variance, offset, scale, varianceEpsilon);

/**
 * (x - mean) / √(variance + varianceEpsilon) · scale + offset (Ioffe & Szegedy 2015). The last four
 * broadcast to x: [channels], or the shape of x. varianceEpsilon is 0.001 by default.
 */
export const batchNorm: BatchNorm = ofRank('batchNorm');
/** batchNorm of a matrix [batch, channels]. */
export const batchNorm2d: BatchNorm = ofRank('batchNorm2d', 2);
/** batchNorm of rank 3. */
export const batchNorm3d: BatchNorm = ofRank('batchNorm3d', 3);
/** batchNorm of images [batch, height, width, channels]. */
export const batchNorm4d: BatchNorm = ofRank('batchNorm4d', 4);
