// What has to hold: ratios between contenders of a case, measured in one run.

/**
 * `of` against `against` in `case`: at least `atLeast` times as fast (`goal`: what is aimed at).
 * Without `against`: the case's own measure, `atMost`.
 */
export const lines = [
  { case: 'product/512x512x512', of: 'heddle', against: 'jax', atLeast: 1.25 },
  { case: 'product/512x512x512', of: 'heddle', against: 'tfjs', atLeast: 1.6 },
  { case: 'product/512x512x512', of: 'simd', against: 'tfjs', atLeast: 1.2 },
  { case: 'training/mlp/32', of: 'heddle', against: 'tfjs', atLeast: 8 },
  { case: 'training/mlp/32', of: 'heddle', against: 'jax', atLeast: 2.2 },
  { case: 'training/mlp/32', of: 'heddle', against: 'torch', goal: 1 },
  { case: 'training/cnn/32', of: 'heddle', against: 'jax', atLeast: 100 },
  { case: 'training/cnn/32', of: 'heddle', against: 'torch', atLeast: 0.7, goal: 1 },
  { case: 'training/lstm/32', of: 'heddle', against: 'tfjs', atLeast: 12 },
  { case: 'training/lstm/32', of: 'heddle', against: 'torch', goal: 1 },
  { case: 'prediction/mobilenetv2-224', of: 'heddle', against: 'ort', atLeast: 1 / 0.65 },
  { case: 'prediction/mobilenetv2-224', of: 'heddle', against: 'tfjs', atLeast: 1 / 0.45 },
  { case: 'prediction/mobilenetv2-224', of: 'heddle', against: 'torch', goal: 0.5 },
  { case: 'tuning/mobilenetv2-96', of: 'heddle', against: 'torch', atLeast: 0.4, goal: 0.7 },
  { case: 'start/ready', of: 'heddle', atMost: 60, goal: 30 },
  { case: 'heap/cnn/32', of: 'heddle', atMost: 1.5, goal: 1.2 },
  { case: 'threads/training/cnn/32', of: 'heddle2', against: 'heddle', atLeast: 1.7, goal: 1.9 },
];
