// What is measured, against whom, and the ratio that has to hold.
import { images, randomValues } from './data.mjs';
import { mobileNetConfig } from './peers/heddle.mjs';

const kSize = 512;
const kBatch = 32;
const kAdam = { batchSize: kBatch, learningRate: 0.001 };
const matrices = [randomValues(kSize * kSize, 1), randomValues(kSize * kSize, 2)];

/** The product's first element, for telling that every contender did the work. */
function firstElement() {
  let sum = 0;
  for (let k = 0; k < kSize; k++) sum += matrices[0][k] * matrices[1][k * kSize];
  return sum;
}

/**
 * `make(contender)` gives `{run(units), check()}`; `perUnit` turns units into the case's measure; `verify(check)` says
 * whether the work was done. `slow` names contenders for which one unit already takes a second or more.
 */
export const cases = [
  {
    name: 'product 512x512',
    measure: 'GFLOP/s',
    perUnit: (2 * kSize ** 3) / 1e9,
    contenders: ['heddle', 'tfjs', 'jax'],
    line: { against: 'tfjs', atLeast: 1.2 },
    make: (contender) => contender.product(kSize, ...matrices),
    verify: (value) => Math.abs(value - firstElement()) < 1e-3 * firstElement(),
  },
  {
    name: 'MLP 784-128-10 training, batch 32, adam',
    measure: 'examples/s',
    perUnit: kBatch,
    contenders: ['heddle', 'tfjs', 'jax'],
    line: { against: 'tfjs', atLeast: 4 },
    make: (contender) => contender.training('mlp', { ...images(1024), ...kAdam }),
    verify: (loss) => loss < 1, // it starts at ln 10 = 2.3
  },
  {
    name: 'CNN 28x28x1 training, batch 32, adam',
    measure: 'examples/s',
    perUnit: kBatch,
    contenders: ['heddle', 'jax'], // TensorFlow.js wasm has no gradient for a convolution's kernel
    slow: ['jax'],
    line: { against: 'jax', atLeast: 20 },
    make: (contender) => contender.training('cnn', { ...images(512), ...kAdam }),
    verify: (loss, steps) => (steps < 30 ? loss < 2.6 : loss < 2), // jax-js does few steps
  },
  {
    name: 'LSTM 28 steps x 28, 64 units, training, batch 32, adam',
    measure: 'examples/s',
    perUnit: kBatch,
    contenders: ['heddle', 'tfjs'],
    slow: ['tfjs'],
    line: { against: 'tfjs', atLeast: 12 },
    make: (contender) => contender.training('lstm', { ...images(256), ...kAdam }),
    verify: (loss) => loss < 2.3,
  },
  {
    name: 'GRU 28 steps x 28, 64 units, training, batch 32, adam',
    measure: 'examples/s',
    perUnit: kBatch,
    contenders: ['heddle', 'tfjs'],
    slow: ['tfjs'],
    line: { against: 'tfjs', atLeast: 12 },
    make: (contender) => contender.training('gru', { ...images(256), ...kAdam }),
    verify: (loss) => loss < 2.3,
  },
  {
    name: 'MobileNetV2 224x224 prediction, batch 1',
    measure: 'predictions/s',
    perUnit: 1,
    contenders: ['heddle', 'tfjs'],
    line: { against: 'tfjs', atLeast: 1 / 0.45 },
    make: async (contender) =>
      contender.mobileNet(await mobileNetConfig(), randomValues(224 * 224 * 3, 3, -1, 1)),
    verify: (value) => value >= 0 && value <= 1,
  },
];
