import type { Shape } from '../../dtype.js';
import type { Tensor } from '../../tensor.js';

/** @internal How whole numbers become vectors. */
export type Encoding = 'oneHot' | 'multiHot' | 'count';
export const kEncodings = ['oneHot', 'multiHot', 'count'] as const;

/** @internal Whether one-hot vectors take the place of the last axis, which is 1. */
const replacesLast = (shape: Shape): boolean => shape.length > 1 && shape.at(-1) === 1;

/** @internal The shape that `encode` gives. */
export function encodedShape(shape: Shape, encoding: Encoding, depth: number): Shape {
  const keeps = encoding === 'oneHot' && !replacesLast(shape);
  return [...(keeps ? shape : shape.slice(0, -1)), depth];
}

/** @internal Whole numbers below `depth` as vectors, float32; others have none. */
export function encode(
  tokens: Tensor,
  encoding: Encoding,
  depth: number,
  weights?: Tensor,
): Tensor {
  let hot = tokens.toInt().oneHot(depth, 1, 0, 'float32');
  if (encoding === 'oneHot')
    return hot.reshape(encodedShape(tokens.shape, encoding, depth) as number[]);
  if (weights) hot = hot.mul(weights.expandDims(-1));
  if (tokens.rank === 0) return hot;
  return encoding === 'count' ? hot.sum(-2) : hot.max(-2);
}
