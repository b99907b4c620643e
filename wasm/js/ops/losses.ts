// tf.losses: losses over whole tensors, weighted and reduced to a scalar.
import { onesLike } from '../create.js';
import { core } from '../engine.js';
import { ValueError } from '../errors.js';
import { inScope } from '../lifetime.js';
import type { Tensor } from '../tensor.js';
import { add, div, minimum, mul, notEqual, squaredDifference, sub } from './arithmetic.js';
import { checkSameShape, toTensor } from './compose.js';
import { number, operate, wholeNumber, type TensorInput } from './operation.js';
import { mean, sum } from './reduce.js';
import { abs, cast, clone, log, neg, relu, square } from './unary.js';

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
  weights?: TensorInput | null,
  reduction: Reduction = kDefault,
): Tensor {
  return inScope(() => {
    if (!Object.values(Reduction).includes(reduction)) {
      throw new ValueError(`computeWeightedLoss(): unknown reduction ${String(reduction)}`);
    }
    if (weights === undefined || weights === null) {
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
      default:
        return div(sum(weighted), cast(sum(notEqual(spread, 0)), 'float32'));
    }
  });
}

type Loss = (
  labels: TensorInput,
  predictions: TensorInput,
  weights?: TensorInput | null,
  reduction?: Reduction,
) => Tensor;

/** A loss of one number for each pair of elements, or (rows) for each row. */
type Elements = (labels: Tensor, predictions: Tensor) => Tensor;

function weigh(
  op: string,
  labels: TensorInput,
  predictions: TensorInput,
  weights: TensorInput | null | undefined,
  reduction: Reduction | undefined,
  loss: Elements,
): Tensor {
  return inScope(() => {
    const $labels = toTensor(op, 'labels', labels);
    const $predictions = toTensor(op, 'predictions', predictions);
    checkSameShape(op, ['labels', 'predictions'], $labels, $predictions);
    return computeWeightedLoss(loss($labels, $predictions), weights, reduction);
  });
}

const weighted =
  (op: string, loss: Elements): Loss =>
  (labels, predictions, weights, reduction) =>
    weigh(op, labels, predictions, weights, reduction, loss);

/** |labels - predictions|. */
export const absoluteDifference: Loss = weighted('absoluteDifference', (labels, predictions) =>
  abs(sub(labels, predictions)),
);

/** (labels - predictions)². */
export const meanSquaredError: Loss = weighted('meanSquaredError', squaredDifference);

/** max(0, 1 - (2 labels - 1) · predictions), for labels 0 and 1. */
export const hingeLoss: Loss = weighted('hingeLoss', (labels, predictions) =>
  relu(sub(1, mul(sub(mul(2, labels), 1), predictions))),
);

/** 1 - Σ labels · predictions along `axis`, for vectors of length 1. */
export function cosineDistance(
  labels: TensorInput,
  predictions: TensorInput,
  axis: number,
  weights?: TensorInput | null,
  reduction?: Reduction,
): Tensor {
  wholeNumber('cosineDistance', 'axis', axis);
  return weigh('cosineDistance', labels, predictions, weights, reduction, (a, b) =>
    sub(1, sum(mul(a, b), axis, true)),
  );
}

/** error² / 2 up to an error of delta, then delta · (error - delta / 2), linear. */
export function huberLoss(
  labels: TensorInput,
  predictions: TensorInput,
  weights?: TensorInput | null,
  delta = 1,
  reduction?: Reduction,
): Tensor {
  number('huberLoss', 'delta', delta);
  return weigh('huberLoss', labels, predictions, weights, reduction, (a, b) => {
    const error = abs(sub(b, a));
    const quadratic = minimum(error, delta);
    return add(mul(0.5, square(quadratic)), mul(delta, sub(error, quadratic)));
  });
}

/** -labels · log(predictions) - (1 - labels) · log(1 - predictions). */
export function logLoss(
  labels: TensorInput,
  predictions: TensorInput,
  weights?: TensorInput | null,
  epsilon = 1e-7,
  reduction?: Reduction,
): Tensor {
  number('logLoss', 'epsilon', epsilon);
  return weigh('logLoss', labels, predictions, weights, reduction, (a, b) => {
    const yes = mul(a, log(add(b, epsilon)));
    const no = mul(sub(1, a), log(add(sub(1, b), epsilon)));
    return neg(add(yes, no));
  });
}

/** Labels moved by `smoothing` of the way towards `middle`. */
function smooth(op: string, labels: Tensor, smoothing: number, middle: number): Tensor {
  number(op, 'labelSmoothing', smoothing);
  return smoothing > 0 ? add(mul(labels, 1 - smoothing), smoothing * middle) : labels;
}

/**
 * Cross-entropy of labels in [0, 1] with logits, elementwise. `labelSmoothing` moves the labels
 * towards 1/2.
 */
export function sigmoidCrossEntropy(
  multiClassLabels: TensorInput,
  logits: TensorInput,
  weights?: TensorInput | null,
  labelSmoothing = 0,
  reduction?: Reduction,
): Tensor {
  const op = 'sigmoidCrossEntropy';
  return weigh(op, multiClassLabels, logits, weights, reduction, (given, $logits) => {
    const labels = smooth(op, given, labelSmoothing, 1 / 2);
    return operate(op, { labels, $logits }, (t) => core().sigmoidCrossEntropy(t.$logits, t.labels));
  });
}

/**
 * Cross-entropy of rows of probabilities (one-hot rows) with rows of logits, one number for each
 * row. `labelSmoothing` moves the labels towards 1 / classes.
 */
export function softmaxCrossEntropy(
  onehotLabels: TensorInput,
  logits: TensorInput,
  weights?: TensorInput | null,
  labelSmoothing = 0,
  reduction?: Reduction,
): Tensor {
  const op = 'softmaxCrossEntropy';
  return weigh(op, onehotLabels, logits, weights, reduction, (given, $logits) => {
    const classes = given.shape.at(-1) ?? 1;
    const labels = smooth(op, given, labelSmoothing, 1 / classes);
    return operate(op, { labels, $logits }, (t) => core().softmaxCrossEntropy(t.$logits, t.labels));
  });
}
