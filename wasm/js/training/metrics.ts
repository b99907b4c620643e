// hd.metrics: functions of (yTrue, yPred) that give a value for each sample.
import { core } from '../engine.js';
import { abs, cast, clipByValue, neg, sign, sqrt, square } from '../ops/unary.js';
import { div, equal, logicalAnd, maximum, mul, sub } from '../ops/arithmetic.js';
import { where } from '../ops/indexing.js';
import { operate, type TensorInput } from '../ops/operation.js';
import { mean, sum } from '../ops/reduce.js';
import { inScope } from '../lifetime.js';
import type { Tensor } from '../tensor.js';

/** [batch, ...] targets and predictions to a value for each sample. */
export type MetricFunction = (yTrue: Tensor, yPred: Tensor) => Tensor;
type Metric = (yTrue: TensorInput, yPred: TensorInput) => Tensor;

const kEpsilon = 1e-7;

/** @internal The names of the functions below: bundlers shorten those that functions have. */
export const metricNames = new Map<unknown, string>();

function named(name: string, metric: Metric): Metric {
  metricNames.set(metric, name);
  return metric;
}

const ofCore = (kind: 'loss' | 'metric', name: string): Metric =>
  named(name, (yTrue, yPred) =>
    operate(name, { yTrue, yPred }, (t) => core()[kind](name, t.yTrue, t.yPred)),
  );

const tidied = (name: string, metric: Metric): Metric =>
  named(name, (yTrue, yPred) => inScope(() => metric(yTrue, yPred)));

/** The share of elements that are right when predictions above 0.5 count as 1. */
export const binaryAccuracy = ofCore('metric', 'binaryAccuracy');
/** 1 where the greatest prediction is at the greatest target. */
export const categoricalAccuracy = ofCore('metric', 'categoricalAccuracy');
/** 1 where the greatest prediction is at the class number. */
export const sparseCategoricalAccuracy = ofCore('metric', 'sparseCategoricalAccuracy');
export const binaryCrossentropy = ofCore('loss', 'binaryCrossentropy');
export const categoricalCrossentropy = ofCore('loss', 'categoricalCrossentropy');
export const sparseCategoricalCrossentropy = ofCore('loss', 'sparseCategoricalCrossentropy');
export const meanSquaredError = ofCore('loss', 'meanSquaredError');

export const meanAbsoluteError = tidied('meanAbsoluteError', (yTrue, yPred) =>
  mean(abs(sub(yPred, yTrue)), -1),
);

export const meanAbsolutePercentageError = tidied('meanAbsolutePercentageError', (yTrue, yPred) => {
  const size = clipByValue(abs(yTrue), kEpsilon, Number.MAX_VALUE);
  return mul(100, mean(abs(div(sub(yTrue, yPred), size)), -1));
});

/** -cosine of the angle between target and prediction. */
export const cosineProximity = tidied('cosineProximity', (yTrue, yPred) => {
  const unit = (x: TensorInput) => div(x, sqrt(maximum(sum(square(x), -1, true), kEpsilon)));
  return neg(sum(mul(unit(yTrue), unit(yPred)), -1));
});

const countOf = (condition: Tensor): Tensor => cast(sum(cast(condition, 'float32')), 'float32');
const ratio = (part: Tensor, whole: Tensor): Tensor =>
  where(equal(sign(whole), 0), 0, div(part, maximum(whole, 1)));

/** Of those predicted as 1, the share that is 1. */
export const precision = tidied('precision', (yTrue, yPred) => {
  const right = countOf(logicalAnd(equal(yTrue, 1), equal(yPred, 1)));
  return ratio(right, countOf(equal(yPred, 1)));
});

/** Of those that are 1, the share predicted as 1. */
export const recall = tidied('recall', (yTrue, yPred) => {
  const right = countOf(logicalAnd(equal(yTrue, 1), equal(yPred, 1)));
  return ratio(right, countOf(equal(yTrue, 1)));
});

/** 1 - (sum of squared errors) / (sum of squared distances from the mean). */
export const r2Score = tidied('r2Score', (yTrue, yPred) => {
  const errors = sum(square(sub(yTrue, yPred)));
  const spread = sum(square(sub(yTrue, mean(yTrue))));
  return sub(1, div(errors, spread));
});

export const mse = meanSquaredError;
export const MSE = meanSquaredError;
export const mae = meanAbsoluteError;
export const mape = meanAbsolutePercentageError;
export const MAPE = meanAbsolutePercentageError;
