// jax-js on its WebAssembly backend. In Node it has no web workers, so it runs on one thread.
// jax-js counts references: an array passed to a function is used up; `.ref` keeps it.
import {
  blockUntilReady,
  defaultDevice,
  init,
  jit,
  lax,
  nn,
  numpy as np,
  tree,
  valueAndGrad,
} from '@jax-js/jax';
import { randomValues } from '../data.mjs';

const kBeta1 = 0.9;
const kBeta2 = 0.999;
const kEpsilon = 1e-7;

export const label = 'jax-js wasm';

export async function start() {
  await init('wasm');
  defaultDevice('wasm');
}

const array = (values, shape) => np.array(values).reshape(shape);

/** Two [n, n] matrices; one unit of work is one product. */
export async function product(n, a, b) {
  const left = array(a, [n, n]);
  const right = array(b, [n, n]);
  const multiply = jit((x, y) => np.dot(x, y));
  await blockUntilReady([left, right]);
  let last = null;
  return {
    async run(count) {
      for (let i = 0; i < count; i++) {
        last?.dispose();
        last = multiply(left.ref, right.ref);
        await last.blockUntilReady();
      }
    },
    check: async () => (await last.ref.data())[0],
  };
}

function glorot(shape, fanIn, fanOut, seed) {
  const limit = Math.sqrt(6 / (fanIn + fanOut));
  return array(
    randomValues(
      shape.reduce((a, b) => a * b),
      seed,
      -limit,
      limit,
    ),
    shape,
  );
}

const zeros = (shape) => np.zeros(shape);

const dense = (x, kernel, bias) => np.dot(x, kernel).add(bias);

const networks = {
  mlp: {
    inputShape: [784],
    init: () => ({
      w1: glorot([784, 128], 784, 128, 11),
      b1: zeros([128]),
      w2: glorot([128, 10], 128, 10, 12),
      b2: zeros([10]),
    }),
    logits: (p, x) => dense(nn.relu(dense(x, p.w1, p.b1)), p.w2, p.b2),
  },
  cnn: {
    inputShape: [1, 28, 28], // jax-js convolves channels first
    init: () => ({
      k1: glorot([32, 1, 3, 3], 9, 288, 21),
      c1: zeros([32, 1, 1]),
      k2: glorot([64, 32, 3, 3], 288, 576, 22),
      c2: zeros([64, 1, 1]),
      w3: glorot([1600, 128], 1600, 128, 23),
      b3: zeros([128]),
      w4: glorot([128, 10], 128, 10, 24),
      b4: zeros([10]),
    }),
    logits: (p, x) => {
      const conv = (input, kernel, bias) =>
        nn.relu(lax.convGeneralDilated(input, kernel, [1, 1], 'VALID').add(bias));
      const pool = (input) => lax.reduceWindow(input, np.max, [2, 2], [2, 2]);
      const first = pool(conv(x, p.k1, p.c1)); // [batch, 32, 13, 13]
      const second = pool(conv(first, p.k2, p.c2)); // [batch, 64, 5, 5]
      const hidden = nn.relu(dense(second.reshape([-1, 1600]), p.w3, p.b3));
      return dense(hidden, p.w4, p.b4);
    },
  },
};

/** One unit of work is one training step with Adam on the next batch, the whole step inside one `jit`. */
export async function training(network, { x, y, batchSize, learningRate }) {
  const { inputShape, init: initialise, logits } = networks[network];
  const loss = (params, input, target) =>
    nn
      .logSoftmax(logits(params, input))
      .mul(target)
      .sum()
      .mul(-1 / batchSize);

  // (params, m, v, beta1^t, beta2^t, x, y) -> the same after one step, and the loss
  const step = jit((params, m, v, power1, power2, input, target) => {
    const [value, gradients] = valueAndGrad(loss)(tree.ref(params), input, target);
    m = tree.map((a, g) => a.mul(kBeta1).add(g.mul(1 - kBeta1)), m, tree.ref(gradients));
    v = tree.map((a, g) => a.mul(kBeta2).add(g.ref.mul(g).mul(1 - kBeta2)), v, gradients);
    const update = (p, a, b) => {
      const corrected = a.div(np.subtract(1, power1.ref));
      const scale = np.sqrt(b.div(np.subtract(1, power2.ref))).add(kEpsilon);
      return p.sub(corrected.div(scale).mul(learningRate));
    };
    params = tree.map(update, params, tree.ref(m), tree.ref(v));
    return [params, m, v, power1.mul(kBeta1), power2.mul(kBeta2), value];
  });

  const pixels = 784;
  const batches = Math.floor(y.length / 10 / batchSize);
  const inputs = [];
  const targets = [];
  for (let i = 0; i < batches; i++) {
    const rows = [i * batchSize, (i + 1) * batchSize];
    inputs.push(array(x.slice(rows[0] * pixels, rows[1] * pixels), [batchSize, ...inputShape]));
    targets.push(array(y.slice(rows[0] * 10, rows[1] * 10), [batchSize, 10]));
  }
  const zerosLike = (p) => {
    const result = np.zeros(p.shape);
    p.dispose();
    return result;
  };
  let params = initialise();
  let m = tree.map(zerosLike, initialise());
  let v = tree.map(zerosLike, initialise());
  let power1 = np.array(kBeta1);
  let power2 = np.array(kBeta2);
  let next = 0;
  let lastLoss = NaN;
  return {
    async run(steps) {
      for (let i = 0; i < steps; i++) {
        const at = next++ % batches;
        let value;
        [params, m, v, power1, power2, value] = step(
          params,
          m,
          v,
          power1,
          power2,
          inputs[at].ref,
          targets[at].ref,
        );
        lastLoss = (await value.data())[0];
      }
      await blockUntilReady(params);
    },
    check: async () => lastLoss,
  };
}
