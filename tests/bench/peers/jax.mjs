// jax-js on its WebAssembly backend. In Node it has no web workers, so it runs on one thread.
// jax-js counts references: an array passed to a function is used up; `.ref` keeps it.
import {
  blockUntilReady,
  defaultDevice,
  init,
  jit,
  numpy as np,
  tree,
  valueAndGrad,
} from '@jax-js/jax';
import { CannotDo } from '../contender.mjs';
import { initialWeights, kLearningRate, trainingData } from '../networks.mjs';
import { operands } from '../operands.mjs';
import { networks } from './jax_networks.mjs';

const kBeta1 = 0.9;
const kBeta2 = 0.999;
const kEpsilon = 1e-7;

const array = ({ shape, values }) => np.array(values).reshape(shape);

/** One unit of work is one product. */
async function product(spec) {
  const [left, right] = operands(spec).map(array);
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
    check: async () => Array.from((await last.ref.data()).slice(0, 8)),
    dispose: () => [left, right, last].forEach((each) => each?.dispose()),
  };
}

/**
 * One unit of work is one training step with Adam on the next batch, the whole step inside one
 * `jit`.
 */
async function training(spec) {
  const network = networks[spec.network];
  const { batch } = spec;
  const loss = (params, input, target) => network.loss(params, input, target, batch);

  // (params, m, v, beta1^t, beta2^t, x, y) -> the same after one step, and the loss
  const step = jit((params, m, v, power1, power2, input, target) => {
    const [value, gradients] = valueAndGrad(loss)(tree.ref(params), input, target);
    m = tree.map((a, g) => a.mul(kBeta1).add(g.mul(1 - kBeta1)), m, tree.ref(gradients));
    v = tree.map((a, g) => a.mul(kBeta2).add(g.ref.mul(g).mul(1 - kBeta2)), v, gradients);
    const update = (p, a, b) => {
      const corrected = a.div(np.subtract(1, power1.ref));
      const scale = np.sqrt(b.div(np.subtract(1, power2.ref))).add(kEpsilon);
      return p.sub(corrected.div(scale).mul(kLearningRate));
    };
    params = tree.map(update, params, tree.ref(m), tree.ref(v));
    return [params, m, v, power1.mul(kBeta1), power2.mul(kBeta2), value];
  });

  const data = trainingData(spec);
  const { stepsPerEpoch } = data;
  const batches = ({ shape: [count, ...rest], values }, shape = rest) => {
    const size = values.length / count;
    return Array.from({ length: stepsPerEpoch }, (_, i) =>
      array({
        shape: [batch, ...shape],
        values: values.slice(i * batch * size, (i + 1) * batch * size),
      }),
    );
  };
  const inputs = data.inputs.map((each) => batches(each, network.shape));
  const targets = batches(data.target);
  const initialise = () =>
    initialWeights(spec.network).map((weight, i) => {
      const value = array(weight);
      return network.place ? network.place(value, i) : value;
    });
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
  const losses = [];
  const epochLoss = (which) => {
    const part = which < 0 ? losses.slice(-stepsPerEpoch) : losses.slice(0, stepsPerEpoch);
    return part.reduce((a, b) => a + b, 0) / part.length;
  };
  return {
    stepsPerEpoch,
    async run(steps) {
      for (let i = 0; i < steps; i++) {
        const at = next++ % stepsPerEpoch;
        let value;
        [params, m, v, power1, power2, value] = step(
          params,
          m,
          v,
          power1,
          power2,
          inputs.map((each) => each[at].ref),
          targets[at].ref,
        );
        losses.push((await value.data())[0]);
      }
      await blockUntilReady(params);
    },
    check: async () => [epochLoss(0)],
    trend: async () => [epochLoss(0), epochLoss(-1)],
    dispose: () => {
      const held = [...inputs.flat(), ...targets, ...params, ...m, ...v, power1, power2];
      for (const each of held) each.dispose();
    },
  };
}

export async function create() {
  await init('wasm');
  defaultDevice('wasm');
  return {
    label: 'jax-js wasm',
    prepare: async (spec) => {
      if (spec.kind === 'product') return product(spec);
      if (spec.kind === 'training') return training(spec);
      throw new CannotDo(
        'its convolutions are a hundred times slower: see the training of the CNN',
      );
    },
  };
}
