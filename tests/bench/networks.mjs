// The networks that are trained: shapes of their inputs and weights, their data and first weights.
// The peers build them, each in its own way; all begin with the same weights, so that their losses
// can be compared.
import { images, randomValues } from './data.mjs';
import { mobileNetWeights } from './mobilenet.mjs';

const kPixels = 784;
const kClasses = 10;

const dense = (inputs, units) => [{ shape: [inputs, units] }, { shape: [units], value: 0 }];
const normalization = (units) => [
  { shape: [units], value: 1 },
  { shape: [units], value: 0 },
];
const head = (inputs, heads, units) => [
  { shape: [inputs, heads, units], fans: [inputs, heads * units] },
  { shape: [heads, units], value: 0 },
];

/**
 * `inputs`: shapes without the batch. `loss`: of `compile`. `weights`: in the order of
 * `getWeights()`: glorot uniform, or one `value`.
 */
export const networks = {
  mlp: {
    name: 'MLP 784-128-10',
    inputs: [[kPixels]],
    loss: 'categoricalCrossentropy',
    weights: [...dense(kPixels, 128), ...dense(128, kClasses)],
  },
  cnn: {
    name: 'CNN 28x28x1',
    inputs: [[28, 28, 1]],
    loss: 'categoricalCrossentropy',
    weights: [
      { shape: [3, 3, 1, 32], fans: [9, 288] },
      { shape: [32], value: 0 },
      { shape: [3, 3, 32, 64], fans: [288, 576] },
      { shape: [64], value: 0 },
      ...dense(1600, 128),
      ...dense(128, kClasses),
    ],
  },
  lstm: {
    name: 'LSTM 28 steps x 28, 64 units',
    inputs: [[28, 28]],
    loss: 'categoricalCrossentropy',
    weights: [
      { shape: [28, 256] },
      { shape: [64, 256] },
      { shape: [256], value: 0 },
      ...dense(64, kClasses),
    ],
  },
  gru: {
    name: 'GRU 28 steps x 28, 64 units',
    inputs: [[28, 28]],
    loss: 'categoricalCrossentropy',
    weights: [
      { shape: [28, 192] },
      { shape: [64, 192] },
      { shape: [192], value: 0 },
      ...dense(64, kClasses),
    ],
  },
  transformer: {
    name: 'transformer block 28 x 64',
    inputs: [[28, 28]],
    loss: 'categoricalCrossentropy',
    weights: [
      ...dense(28, 64),
      ...head(64, 4, 16),
      ...head(64, 4, 16),
      ...head(64, 4, 16),
      { shape: [4, 16, 64], fans: [64, 64] },
      { shape: [64], value: 0 },
      ...normalization(64),
      ...dense(64, 256),
      ...dense(256, 64),
      ...normalization(64),
      ...dense(64, kClasses),
    ],
  },
  siamese: {
    name: 'siamese 2 x 784-128-64',
    inputs: [[kPixels], [kPixels]],
    loss: 'binaryCrossentropy',
    weights: [...dense(kPixels, 128), ...dense(128, 64), ...dense(64, 1)],
  },
  autoencoder: {
    name: 'autoencoder 784-128-32-128-784',
    inputs: [[kPixels]],
    loss: 'meanSquaredError',
    weights: [...dense(kPixels, 128), ...dense(128, 32), ...dense(32, 128), ...dense(128, kPixels)],
  },
};

/**
 * Adam's, everywhere. Small, so that all steps measured are those of early training: once a small
 * set is known by heart, gradients and moments shrink to subnormal numbers, which slow the peers
 * down several times (Heddle makes them zero).
 */
export const kLearningRate = 1e-5;

const sizeOf = (shape) => shape.reduce((a, b) => a * b, 1);

/** First weights: `{shape, values}`, the same for every contender. */
export function initialWeights(network) {
  return networks[network].weights.map(({ shape, value, fans = shape }, i) => {
    if (value !== undefined) return { shape, values: new Float32Array(sizeOf(shape)).fill(value) };
    const limit = Math.sqrt(6 / (fans[0] + fans[1]));
    return { shape, values: randomValues(sizeOf(shape), 100 + i, -limit, limit) };
  });
}

/** Pairs of images, and whether they are of one class: about half of them. */
function pairs({ x, y }, count) {
  const second = new Float32Array(x.length);
  const same = new Float32Array(count);
  const label = (i) => y.subarray(i * kClasses, (i + 1) * kClasses).indexOf(1);
  for (let i = 0; i < count; i++) {
    let other = (i * 7 + 3) % count;
    if (i % 2 === 0) {
      while (label(other) !== label(i)) other = (other + 1) % count;
    }
    second.set(x.subarray(other * kPixels, (other + 1) * kPixels), i * kPixels);
    same[i] = label(other) === label(i) ? 1 : 0;
  }
  return { second, same };
}

/**
 * What a training case works on: `{inputs: [{shape, values}], target, stepsPerEpoch}`, shapes with
 * the number of examples.
 */
export function trainingData({ network, batch }) {
  const { inputs } = networks[network];
  const stepsPerEpoch = batch > 32 || (batch === 32 && network === 'cnn') ? 4 : 16;
  const count = stepsPerEpoch * batch;
  const set = images(count);
  const first = { shape: [count, ...inputs[0]], values: set.x };
  if (network === 'siamese') {
    const { second, same } = pairs(set, count);
    const other = { shape: [count, kPixels], values: second };
    return { inputs: [first, other], target: { shape: [count, 1], values: same }, stepsPerEpoch };
  }
  const target =
    network === 'autoencoder'
      ? { shape: [count, kPixels], values: set.x }
      : { shape: [count, kClasses], values: set.y };
  return { inputs: [first], target, stepsPerEpoch };
}

const kTuningSteps = 4;

/**
 * Fine-tuning: pictures of [side, side, 3] in ten classes, the weights of the network's base and of
 * its head.
 */
export function tuningData({ side, batch }) {
  const count = kTuningSteps * batch;
  const values = randomValues(count * side * side * 3, 31, -1, 1);
  const labels = new Float32Array(count * kClasses);
  const next = randomValues(count, 32, 0, kClasses);
  next.forEach((label, i) => (labels[i * kClasses + Math.floor(label)] = 1));
  const limit = Math.sqrt(6 / (1280 + kClasses));
  return {
    inputs: [{ shape: [count, side, side, 3], values }],
    target: { shape: [count, kClasses], values: labels },
    weights: mobileNetWeights({ top: false }),
    head: [
      { shape: [1280, kClasses], values: randomValues(1280 * kClasses, 33, -limit, limit) },
      { shape: [kClasses], values: new Float32Array(kClasses) },
    ],
    stepsPerEpoch: kTuningSteps,
  };
}
