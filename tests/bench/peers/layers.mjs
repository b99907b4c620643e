// The contenders with the Layers API: TensorFlow.js and Heddle run the very same program, `lib`
// being either.
import { initialWeights, kLearningRate, networks, trainingData, tuningData } from '../networks.mjs';
import { mobileNetWeights } from '../mobilenet.mjs';
import { operands } from '../operands.mjs';

const kClasses = 10;
const kFirstTuned = 'block_16_'; // the last block, and all that follows

/** One unit of work is one call of `compute`; the check is the beginning of its result. */
function repeated(compute) {
  let last = null;
  return {
    async run(count) {
      for (let i = 0; i < count; i++) {
        last?.dispose();
        last = compute();
      }
    },
    check: async () => Array.from((await last.data()).slice(0, 8)),
    dispose: () => last?.dispose(),
  };
}

function product(lib, spec) {
  const [left, right] = operands(spec).map(({ shape, values }) => lib.tensor(values, shape));
  return repeated(() => lib.matMul(left, right));
}

function convolution(lib, spec) {
  const [x, kernel] = operands(spec).map(({ shape, values }) => lib.tensor(values, shape));
  const padding = (spec.size - 1) / 2;
  const convolve = spec.depthwise ? lib.depthwiseConv2d : lib.conv2d;
  return repeated(() => convolve(x, kernel, spec.stride, padding));
}

/** The parts of a transformer block that TensorFlow.js has no layer for. */
function attention(lib, units, heads) {
  if (lib.layers.multiHeadAttention) {
    const layer = lib.layers.multiHeadAttention({ numHeads: heads, keyDim: units / heads });
    return (x) => layer.apply([x, x]);
  }
  const size = units / heads;
  class SelfAttention extends lib.layers.Layer {
    static className = 'SelfAttention';
    build() {
      const add = (name, shape) => this.addWeight(name, shape, 'float32', lib.initializers.zeros());
      this.projections = ['query', 'key', 'value'].map((name) => [
        add(`${name}/kernel`, [units, heads, size]),
        add(`${name}/bias`, [heads, size]),
      ]);
      this.output_ = [add('output/kernel', [heads, size, units]), add('output/bias', [units])];
      this.built = true;
    }
    computeOutputShape(shape) {
      return shape;
    }
    call(inputs) {
      const x = Array.isArray(inputs) ? inputs[0] : inputs;
      const [batch, steps] = x.shape;
      const flat = x.reshape([batch * steps, units]);
      // [batch, heads, steps, size]
      const [query, key, value] = this.projections.map(([kernel, bias]) =>
        flat
          .matMul(kernel.read().reshape([units, units]))
          .add(bias.read().reshape([units]))
          .reshape([batch, steps, heads, size])
          .transpose([0, 2, 1, 3]),
      );
      const scores = lib.matMul(query, key, false, true).mul(1 / Math.sqrt(size));
      const mixed = lib.matMul(lib.softmax(scores), value).transpose([0, 2, 1, 3]);
      const [kernel, bias] = this.output_.map((weight) => weight.read());
      return mixed
        .reshape([batch * steps, units])
        .matMul(kernel.reshape([units, units]))
        .add(bias)
        .reshape([batch, steps, units]);
    }
  }
  const layer = new SelfAttention({});
  return (x) => layer.apply(x);
}

const builders = {
  mlp: (lib, x) => {
    const hidden = lib.layers.dense({ units: 128, activation: 'relu' }).apply(x);
    return lib.layers.dense({ units: kClasses, activation: 'softmax' }).apply(hidden);
  },
  cnn: (lib, x) => {
    const { conv2d, maxPooling2d, flatten, dense } = lib.layers;
    return [
      conv2d({ filters: 32, kernelSize: 3, activation: 'relu' }),
      maxPooling2d({ poolSize: 2 }),
      conv2d({ filters: 64, kernelSize: 3, activation: 'relu' }),
      maxPooling2d({ poolSize: 2 }),
      flatten(),
      dense({ units: 128, activation: 'relu' }),
      dense({ units: kClasses, activation: 'softmax' }),
    ].reduce((value, layer) => layer.apply(value), x);
  },
  // A picture as a sequence of 28 rows of 28. Sigmoid gates, as PyTorch's are.
  lstm: (lib, x) => {
    const last = lib.layers.lstm({ units: 64, recurrentActivation: 'sigmoid' }).apply(x);
    return lib.layers.dense({ units: kClasses, activation: 'softmax' }).apply(last);
  },
  gru: (lib, x) => {
    const last = lib.layers.gru({ units: 64, recurrentActivation: 'sigmoid' }).apply(x);
    return lib.layers.dense({ units: kClasses, activation: 'softmax' }).apply(last);
  },
  transformer: (lib, x) => {
    const { add, dense, globalAveragePooling1d, layerNormalization } = lib.layers;
    const embedded = dense({ units: 64 }).apply(x);
    const attended = attention(lib, 64, 4)(embedded);
    const epsilon = 1e-5;
    const first = layerNormalization({ epsilon }).apply(add().apply([embedded, attended]));
    const wide = dense({ units: 256, activation: 'relu' }).apply(first);
    const narrow = dense({ units: 64 }).apply(wide);
    const second = layerNormalization({ epsilon }).apply(add().apply([first, narrow]));
    const pooled = globalAveragePooling1d({}).apply(second);
    return dense({ units: kClasses, activation: 'softmax' }).apply(pooled);
  },
  siamese: (lib, a, b) => {
    const { dense, multiply } = lib.layers;
    const encoder = [dense({ units: 128, activation: 'relu' }), dense({ units: 64 })];
    const encode = (x) => encoder.reduce((value, layer) => layer.apply(value), x);
    const together = multiply().apply([encode(a), encode(b)]);
    return dense({ units: 1, activation: 'sigmoid' }).apply(together);
  },
  autoencoder: (lib, x) => {
    const hidden = [128, 32, 128].reduce(
      (value, units) => lib.layers.dense({ units, activation: 'relu' }).apply(value),
      x,
    );
    return lib.layers.dense({ units: 784 }).apply(hidden);
  },
};

const tensorOf =
  (lib) =>
  ({ shape, values }) =>
    lib.tensor(values, shape);

/**
 * One unit of work is one step of `fit`, which runs whole epochs, as a user would. The check is the
 * first epoch's loss.
 */
export function fitting(lib, model, loss, { inputs, target, stepsPerEpoch }, batchSize) {
  model.compile({ optimizer: lib.train.adam(kLearningRate), loss });
  const xs = inputs.map(tensorOf(lib));
  const ys = tensorOf(lib)(target);
  const losses = [];
  return {
    stepsPerEpoch,
    async run(steps) {
      const options = { batchSize, verbose: 0, yieldEvery: 'never', shuffle: false };
      const epochs = Math.max(1, Math.round(steps / stepsPerEpoch));
      const x = xs.length === 1 ? xs[0] : xs;
      const { history } = await model.fit(x, ys, { ...options, epochs });
      losses.push(...history.loss);
    },
    check: async () => losses.slice(0, 1),
    trend: async () => [losses[0], losses.at(-1)],
    dispose: () => {
      for (const tensor of [...xs, ys]) tensor.dispose();
      model.dispose();
    },
  };
}

/** The model of a network in networks.mjs. */
export function buildTraining(lib, network) {
  const { inputs: shapes, loss } = networks[network];
  const inputs = shapes.map((shape) => lib.input({ shape }));
  const model = lib.model({ inputs, outputs: builders[network](lib, ...inputs) });
  model.setWeights(initialWeights(network).map(tensorOf(lib)));
  return { model, loss };
}

function training(lib, spec) {
  const { model, loss } = buildTraining(lib, spec.network);
  return fitting(lib, model, loss, trainingData(spec), spec.batch);
}

/** MobileNetV2 of Heddle's making, or read from its configuration. `weights`: layer by layer. */
function mobileNet(lib, options, config, weights) {
  if (lib.applications) {
    const values = weights.map((each) => each.values);
    return lib.applications.mobileNetV2({ ...options, weights: values });
  }
  const model = lib.LayersModel.fromConfig(lib.LayersModel, config);
  let at = 0;
  for (const layer of model.layers) {
    const mine = weights.slice(at, (at += layer.weights.length));
    if (mine.length > 0) layer.setWeights(mine.map(tensorOf(lib)));
  }
  return model;
}

function prediction(lib, spec, config) {
  const { side } = spec;
  const model = mobileNet(lib, { inputShape: [side, side, 3] }, config, mobileNetWeights());
  const [input] = operands(spec).map(tensorOf(lib));
  const program = repeated(() => model.predict(input));
  const { run } = program;
  const settle = async () => (await program.check()).length; // the peers' results arrive late
  return {
    ...program,
    run: async (count) => {
      for (let i = 0; i < count; i++) {
        await run(1);
        await settle();
      }
    },
  };
}

/**
 * Everything before the last block is frozen; a dense layer on the pooled features learns with what
 * is not.
 */
function tuning(lib, spec, config) {
  const data = tuningData(spec);
  const options = { inputShape: [spec.side, spec.side, 3], includeTop: false, pooling: 'avg' };
  const base = mobileNet(lib, options, config, data.weights);
  let frozen = true;
  for (const layer of base.layers) {
    if (layer.name.startsWith(kFirstTuned)) frozen = false;
    if (frozen) layer.trainable = false;
  }
  const head = lib.layers.dense({ units: kClasses, activation: 'softmax' });
  const model = lib.model({ inputs: base.inputs, outputs: head.apply(base.outputs[0]) });
  head.setWeights(data.head.map(tensorOf(lib)));
  return fitting(lib, model, 'categoricalCrossentropy', data, spec.batch);
}

const kinds = { product, convolution, training, prediction, tuning };

/** `config`: of MobileNetV2, for a library that cannot make it. */
export const prepare = (lib, spec, config) => kinds[spec.kind](lib, spec, config);
