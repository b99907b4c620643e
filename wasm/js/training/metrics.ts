// hd.metrics: functions of (yTrue, yPred) that give a value for each sample. Throw ValueError for
// shapes that do not go together.
import { core } from '../engine.js';
import { operate, type TensorInput } from '../ops/operation.js';
import type { Tensor } from '../tensor.js';

/** [batch, ...] targets and predictions to a value for each sample. */
export type MetricFunction = (yTrue: Tensor, yPred: Tensor) => Tensor;

/** @internal The names of the functions below: bundlers shorten those that functions have. */
export const metricNames = new Map<unknown, string>();

function named(name: string): (yTrue: TensorInput, yPred: TensorInput) => Tensor {
  const metric = (yTrue: TensorInput, yPred: TensorInput) =>
    operate(name, { yTrue, yPred }, (t) => core().metric(name, t.yTrue, t.yPred));
  metricNames.set(metric, name);
  return metric;
}

/** The share of elements that are right when predictions above 0.5 count as 1. */
export const binaryAccuracy = named('binaryAccuracy');
/** 1 where the greatest prediction is at the greatest target. */
export const categoricalAccuracy = named('categoricalAccuracy');
/** 1 where the greatest prediction is at the class number. */
export const sparseCategoricalAccuracy = named('sparseCategoricalAccuracy');
/** Of those predicted as 1, the share that is 1. */
export const precision = named('precision');
/** Of those that are 1, the share predicted as 1. */
export const recall = named('recall');
/** 1 - (sum of squared errors) / (sum of squared distances from the mean). */
export const r2Score = named('r2Score');
export const binaryCrossentropy = named('binaryCrossentropy');
export const categoricalCrossentropy = named('categoricalCrossentropy');
export const sparseCategoricalCrossentropy = named('sparseCategoricalCrossentropy');
export const meanSquaredError = named('meanSquaredError');
export const meanAbsoluteError = named('meanAbsoluteError');
export const meanAbsolutePercentageError = named('meanAbsolutePercentageError');
/** -cosine of the angle between target and prediction. */
export const cosineProximity = named('cosineProximity');

export const mse = meanSquaredError;
export const MSE = meanSquaredError;
export const mae = meanAbsoluteError;
export const MAE = meanAbsoluteError;
export const mape = meanAbsolutePercentageError;
export const MAPE = meanAbsolutePercentageError;
export const cosine = cosineProximity;
