// How time grows when work doubles: Heddle alone, neighbouring sizes by turns. Time may grow by no
// more than the arithmetic does.
import { randomValues } from './data.mjs';
import { warmUp, seconds } from './harness.mjs';
import { fitting } from './peers/layers.mjs';
import { summary } from './statistics.mjs';

const kClasses = 10;
const kSteps = 8; // of an epoch

/** Training of `layers` on random examples of `shape`. */
function training(hd, shape, batch, layers) {
  const model = hd.sequential({ layers });
  const count = kSteps * batch;
  const size = count * shape.reduce((a, b) => a * b, 1);
  const target = new Float32Array(count * kClasses);
  for (let i = 0; i < count; i++) target[i * kClasses + (i % kClasses)] = 1;
  const data = {
    inputs: [{ shape: [count, ...shape], values: randomValues(size, 5, -0.5, 0.5) }],
    target: { shape: [count, kClasses], values: target },
    stepsPerEpoch: kSteps,
  };
  return fitting(hd, model, 'categoricalCrossentropy', data, batch);
}

const softmax = (hd) => hd.layers.dense({ units: kClasses, activation: 'softmax' });

function mlp(hd, batch, units) {
  const hidden = hd.layers.dense({ units, activation: 'relu', inputShape: [784] });
  return training(hd, [784], batch, [hidden, softmax(hd)]);
}

function cnn(hd, batch, filters) {
  const { conv2d, flatten, maxPooling2d } = hd.layers;
  const conv = (options) => conv2d({ kernelSize: 3, activation: 'relu', ...options });
  return training(hd, [28, 28, 1], batch, [
    conv({ filters: 32, inputShape: [28, 28, 1] }),
    maxPooling2d({ poolSize: 2 }),
    conv({ filters }),
    maxPooling2d({ poolSize: 2 }),
    flatten(),
    softmax(hd),
  ]);
}

function lstm(hd, batch, steps, units) {
  const layer = hd.layers.lstm({ units, inputShape: [steps, 28] });
  return training(hd, [steps, 28], batch, [layer, softmax(hd)]);
}

function product(hd, size) {
  const [a, b] = [6, 7].map((seed) => hd.tensor(randomValues(size * size, seed), [size, size]));
  return {
    async run(count) {
      for (let i = 0; i < count; i++) hd.matMul(a, b).dispose();
    },
    dispose: () => [a, b].forEach((each) => each.dispose()),
  };
}

/** `arithmetic(size)`: multiply-adds of a unit of work, to a constant factor. */
const series = [
  {
    id: 'product',
    name: 'product [n, n] x [n, n], n',
    sizes: [128, 256, 512, 1024],
    arithmetic: (n) => n ** 3,
    make: product,
  },
  {
    id: 'mlp-batch',
    name: 'MLP training, batch',
    sizes: [16, 32, 64, 128],
    arithmetic: (batch) => batch,
    make: (hd, batch) => mlp(hd, batch, 128),
  },
  {
    id: 'mlp-width',
    name: 'MLP training, batch 32, width',
    sizes: [128, 256, 512, 1024],
    arithmetic: (units) => units,
    make: (hd, units) => mlp(hd, 32, units),
  },
  {
    id: 'cnn-batch',
    name: 'CNN training, batch',
    sizes: [8, 16, 32, 64],
    arithmetic: (batch) => batch,
    make: (hd, batch) => cnn(hd, batch, 64),
  },
  {
    id: 'cnn-width',
    name: 'CNN training, batch 32, filters of the second convolution',
    sizes: [32, 64, 128],
    // 26 x 26 places of 9 terms to 32, then 11 x 11 of 288; 25 places of the last are left. The
    // first needs no input gradient.
    arithmetic: (filters) => 2 * 676 * 9 * 32 + 3 * (121 * 288 * filters + 25 * filters * kClasses),
    make: (hd, filters) => cnn(hd, 32, filters),
  },
  {
    id: 'lstm-batch',
    name: 'LSTM training, 28 steps, batch',
    sizes: [16, 32, 64],
    arithmetic: (batch) => batch,
    make: (hd, batch) => lstm(hd, batch, 28, 64),
  },
  {
    id: 'lstm-steps',
    name: 'LSTM training, batch 32, steps',
    sizes: [28, 56, 112],
    arithmetic: (steps) => steps,
    make: (hd, steps) => lstm(hd, 32, steps, 64),
  },
  {
    id: 'lstm-width',
    name: 'LSTM training, batch 32, units',
    sizes: [64, 128, 256],
    // Products with the inputs (no gradient for them) and with the state.
    arithmetic: (units) => 4 * units * (2 * 28 + 3 * units),
    make: (hd, units) => lstm(hd, 32, 28, units),
  },
];

/** `[{id, name, doublings: [{from, to, time: {median, low, high}, arithmetic}]}]`: each a ratio. */
export async function measureScaling({ hd }, settings, progress) {
  const results = [];
  for (const { id, name, sizes, arithmetic, make } of series) {
    progress(name);
    const running = [];
    for (const size of sizes) {
      const program = await make(hd, size);
      running.push({ size, program, times: [], ...(await warmUp(program, settings)) });
    }
    for (let round = 0; round < settings.rounds; round++) {
      for (const one of running) {
        one.times.push((await seconds(one.program, one.units, settings.clock)) / one.units);
      }
    }
    const doublings = running.slice(1).map((large, i) => {
      const small = running[i];
      return {
        from: small.size,
        to: large.size,
        time: summary(large.times.map((time, round) => time / small.times[round])),
        arithmetic: arithmetic(large.size) / arithmetic(small.size),
      };
    });
    for (const one of running) one.program.dispose();
    results.push({ id, name, doublings });
  }
  return results;
}
