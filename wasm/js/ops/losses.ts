// tf.losses: losses over whole tensors, weighted and reduced to a scalar.
import { onesLike } from '../create.js';
import { core } from '../engine.js';
import { ValueError } from '../errors.js';
import { inScope } from '../lifetime.js';
import type { Tensor } from '../tensor.js';
import { add, div, mul, notEqual, squaredDifference, sub } from './arithmetic.js';
import { operate, type TensorInput } from './operation.js';
import { mean, sum } from './reduce.js';
import { abs, cast, clone, log, neg } from './unary.js';

/** How the losses of single elements become one number. */
export const Reduction = {
  /** They stay as they are. */
  NONE: 0,
  /** Their mean (with weights: over the sum of the weights). */
  MEAN: 1,
  SUM: 2,
  /** Their sum over the number of weights that are not 0. */
  SUM_BY_NONZERO_WEIGHTS: 3,
} as const;
export type Reduction = (typeof Reduction)[keyof typeof Reduction];

const kDefault = Reduction.SUM_BY_NONZERO_WEIGHTS;

/** Weighs losses (the weights broadcast) and reduces them. */
export function computeWeightedLoss(
  losses: TensorInput,
  weights?: TensorInput,
  reduction: Reduction = kDefault,
): Tensor {
  return inScope(() => {
    if (weights === undefined) {
      if (reduction === Reduction.NONE) return clone(losses);
      return reduction === Reduction.SUM ? sum(losses) : mean(losses);
    }
    const weighted = mul(losses, weights);
    const spread = mul(weights, onesLike(weighted)); // one weight for each loss
    switch (reduction) {
      case Reduction.NONE:
        return weighted;
      case Reduction.SUM:
        return sum(weighted);
      case Reduction.MEAN:
        return div(sum(weighted), sum(spread));
      case Reduction.SUM_BY_NONZERO_WEIGHTS:
        return div(sum(weighted), cast(sum(notEqual(spread, 0)), 'float32'));
      default:
        throw new ValueError(`computeWeightedLoss(): unknown reduction ${String(reduction)}`);
    }
  });
}

type Loss = (
  labels: TensorInput,
  predictions: TensorInput,
  weights?: TensorInput,
  reduction?: Reduction,
) => Tensor;

const weighted =
  (loss: (labels: TensorInput, predictions: TensorInput) => Tensor): Loss =>
  (labels, predictions, weights, reduction) =>
    inScope(() => computeWeightedLoss(loss(labels, predictions), weights, reduction));

/** |labels - predictions|. */
export const absoluteDifference: Loss = weighted((labels, predictions) =>
  abs(sub(labels, predictions)),
);

/** (labels - predictions)². */
export const meanSquaredError: Loss = weighted(squaredDifference);

/** -labels · log(predictions) - (1 - labels) · log(1 - predictions). */
export function logLoss(
  labels: TensorInput,
  predictions: TensorInput,
  weights?: TensorInput,
  epsilon = 1e-7,
  reduction?: Reduction,
): Tensor {
  return inScope(() => {
    const yes = mul(labels, log(add(predictions, epsilon)));
    const no = mul(sub(1, labels), log(add(sub(1, predictions), epsilon)));
    return computeWeightedLoss(neg(add(yes, no)), weights, reduction);
  });
}

/** Cross-entropy of labels in [0, 1] with logits, elementwise. */
export const sigmoidCrossEntropy: Loss = weighted((labels, logits) =>
  operate('sigmoidCrossEntropy', { labels, logits }, (t) =>
    core().sigmoidCrossEntropy(t.logits, t.labels),
  ),
);

/** Cross-entropy of rows of probabilities (one-hot rows) with rows of logits. */
export const softmaxCrossEntropy: Loss = weighted((labels, logits) =>
  operate('softmaxCrossEntropy', { labels, logits }, (t) =>
    core().softmaxCrossEntropy(t.logits, t.labels),
  ),
);
