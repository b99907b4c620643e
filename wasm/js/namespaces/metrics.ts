// hd.metrics
export {
  binaryAccuracy,
  categoricalAccuracy,
  sparseCategoricalAccuracy,
  precision,
  recall,
  r2Score,
  binaryCrossentropy,
  categoricalCrossentropy,
  sparseCategoricalCrossentropy,
  meanSquaredError,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  cosineProximity,
  mse,
  MSE,
  mae,
  MAE,
  mape,
  MAPE,
  cosine,
} from '../training/metrics.js';
export type { MetricFunction } from '../training/metrics.js';
