// Losses of pairs and triplets of examples, for networks that learn distances.
import { inScope } from './lifetime.js';
import { add, mul, squaredDifference, sub } from './ops/arithmetic.js';
import { check, checkSameShape, toTensor } from './ops/compose.js';
import { computeWeightedLoss, type Reduction } from './ops/losses.js';
import { number, type TensorInput } from './ops/operation.js';
import { sum } from './ops/reduce.js';
import { relu, square } from './ops/unary.js';
import type { Tensor } from './tensor.js';

/**
 * Draws pairs of the same kind together and pushes others apart until their distance is `margin`
 * (Hadsell, Chopra & LeCun 2006): for labels 1 (same) and 0 (different) of any shape, and distances
 * of that shape,
 *
 *   label · distance² + (1 − label) · max(0, margin − distance)²
 *
 * Weighted and reduced as the other losses are, by default to the mean.
 */
export function contrastiveLoss(
  labels: TensorInput,
  distances: TensorInput,
  weights?: TensorInput | null,
  margin = 1,
  reduction?: Reduction,
): Tensor {
  const op = 'contrastiveLoss';
  checkMargin(op, margin);
  return inScope(() => {
    const same = toTensor(op, 'labels', labels);
    const distance = toTensor(op, 'distances', distances);
    checkSameShape(op, ['labels', 'distances'], same, distance);
    const near = mul(same, square(distance));
    const far = mul(sub(1, same), square(relu(sub(margin, distance))));
    return computeWeightedLoss(add(near, far), weights, reduction);
  });
}

/**
 * Wants each anchor nearer to its positive (of the same kind) than to its negative (of another), by
 * `margin` at least (Schroff, Kalenichenko & Philbin 2015): for embeddings [..., features], all three
 * of one shape,
 *
 *   max(0, |anchor − positive|² − |anchor − negative|² + margin), one number for each triplet [...]
 *
 * Weighted and reduced as the other losses are, by default to the mean.
 */
export function tripletLoss(
  anchors: TensorInput,
  positives: TensorInput,
  negatives: TensorInput,
  weights?: TensorInput | null,
  margin = 1,
  reduction?: Reduction,
): Tensor {
  const op = 'tripletLoss';
  checkMargin(op, margin);
  return inScope(() => {
    const anchor = toTensor(op, 'anchors', anchors);
    const positive = toTensor(op, 'positives', positives);
    const negative = toTensor(op, 'negatives', negatives);
    checkSameShape(op, ['anchors', 'positives'], anchor, positive);
    checkSameShape(op, ['anchors', 'negatives'], anchor, negative);
    check(op, anchor.rank > 0, () => 'anchors must have a last axis of features, got a scalar');
    const near = sum(squaredDifference(anchor, positive), -1);
    const far = sum(squaredDifference(anchor, negative), -1);
    return computeWeightedLoss(relu(add(sub(near, far), margin)), weights, reduction);
  });
}

function checkMargin(op: string, margin: number): void {
  number(op, 'margin', margin);
  check(op, margin >= 0 && margin < Infinity, () => `margin must be at least 0, got ${margin}`);
}
