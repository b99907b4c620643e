// npm run bench:names: how fast names of TensorFlow.js are here, for docs/tensorflow.md. Each op runs alone, each layer
// in a step of training; both libraries take turns. Writes docs/speed_of_names.json: ratios of medians.
import tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { writeFileSync } from 'node:fs';
import * as hd from '../../dist/index.js';
import { create as startTensorFlow } from './peers/tfjs.mjs';
import { wasmPaths } from './tfjs_folder.mjs';

const kRounds = 5;
const kRoundSeconds = 0.05;

/** Inputs that the ops work on. */
const inputsOf = (l) => {
  const uniform = (shape, low = 0.1, high = 0.9) => {
    let state = 1;
    const size = shape.reduce((a, b) => a * b, 1);
    const values = Float32Array.from({ length: size }, () => {
      state = (state * 16807) % 2147483647;
      return low + ((high - low) * state) / 2147483647;
    });
    return l.tensor(values, shape);
  };
  return {
    x: uniform([64, 4096]),
    y: uniform([64, 4096]),
    a: uniform([256, 256]),
    b: uniform([256, 256]),
    image: uniform([4, 32, 32, 16]),
    filter: uniform([3, 3, 16, 16]),
    depthwise: uniform([3, 3, 16, 1]),
    pointwise: uniform([1, 1, 16, 16]),
    series: uniform([8, 128, 16]),
    window: uniform([3, 16, 16]),
    rows: l.range(0, 64, 1, 'int32'),
    seen: uniform([64, 4096]).greater(0.5),
    mean: uniform([16]),
  };
};

const kUnary = [
  ...[
    'abs',
    'ceil',
    'cos',
    'elu',
    'erf',
    'exp',
    'expm1',
    'floor',
    'leakyRelu',
    'log',
    'log1p',
    'logSigmoid',
  ],
  ...[
    'logSoftmax',
    'neg',
    'reciprocal',
    'relu',
    'relu6',
    'round',
    'rsqrt',
    'selu',
    'sigmoid',
    'sign',
    'sin',
  ],
  ...[
    'softmax',
    'softplus',
    'sqrt',
    'square',
    'tan',
    'tanh',
    'asin',
    'acos',
    'atan',
    'sinh',
    'cosh',
    'isNaN',
  ],
  ...[
    'sum',
    'mean',
    'max',
    'min',
    'prod',
    'argMax',
    'argMin',
    'logSumExp',
    'cumsum',
    'transpose',
    'zerosLike',
  ],
];
const kBinary = [
  ...[
    'add',
    'sub',
    'mul',
    'div',
    'maximum',
    'minimum',
    'pow',
    'squaredDifference',
    'mod',
    'floorDiv',
    'atan2',
  ],
  ...['equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual', 'divNoNan', 'prelu'],
];
const kOps = {
  ...Object.fromEntries(kUnary.map((name) => [name, (l, t) => l[name](t.x)])),
  ...Object.fromEntries(kBinary.map((name) => [name, (l, t) => l[name](t.x, t.y)])),
  matMul: (l, t) => l.matMul(t.a, t.b),
  concat: (l, t) => l.concat([t.x, t.y], 1),
  stack: (l, t) => l.stack([t.x, t.y]),
  slice: (l, t) => l.slice(t.x, [8, 16], [32, 2048]),
  pad: (l, t) =>
    l.pad(t.x, [
      [1, 1],
      [2, 2],
    ]),
  tile: (l, t) => l.tile(t.a, [2, 2]),
  reverse: (l, t) => l.reverse(t.x, 1),
  gather: (l, t) => l.gather(t.x, t.rows),
  where: (l, t) => l.where(t.seen, t.x, t.y),
  oneHot: (l, t) => l.oneHot(t.rows, 512),
  topk: (l, t) => l.topk(t.x, 5).values,
  conv2d: (l, t) => l.conv2d(t.image, t.filter, 1, 'same'),
  conv1d: (l, t) => l.conv1d(t.series, t.window, 1, 'same'),
  depthwiseConv2d: (l, t) => l.depthwiseConv2d(t.image, t.depthwise, 1, 'same'),
  separableConv2d: (l, t) => l.separableConv2d(t.image, t.depthwise, t.pointwise, 1, 'same'),
  maxPool: (l, t) => l.maxPool(t.image, 2, 2, 'valid'),
  avgPool: (l, t) => l.avgPool(t.image, 2, 2, 'valid'),
  batchNorm: (l, t) => l.batchNorm(t.image, t.mean, t.mean, t.mean, t.mean),
  moments: (l, t) => l.moments(t.x, 1).mean,
  'image.resizeBilinear': (l, t) => l.image.resizeBilinear(t.image, [48, 48]),
  'image.resizeNearestNeighbor': (l, t) => l.image.resizeNearestNeighbor(t.image, [48, 48]),
};

const flat = [64];
const series = [20, 16];
const image = [16, 16, 8];
/** Layers by name: options, and the shape of an example. */
const kLayers = {
  dense: [{ units: 64 }, flat],
  elu: [{}, flat],
  reLU: [{}, flat],
  leakyReLU: [{}, flat],
  prelu: [{}, flat],
  softmax: [{}, flat],
  dropout: [{ rate: 0.3 }, flat],
  gaussianNoise: [{ stddev: 0.2 }, flat],
  batchNormalization: [{}, flat],
  layerNormalization: [{}, flat],
  repeatVector: [{ n: 4 }, flat],
  conv1d: [{ filters: 16, kernelSize: 3 }, series],
  simpleRNN: [{ units: 32 }, series],
  gru: [{ units: 32 }, series],
  lstm: [{ units: 32 }, series],
  permute: [{ dims: [2, 1] }, series],
  globalAveragePooling1d: [{}, series],
  conv2d: [{ filters: 16, kernelSize: 3 }, image],
  conv2dTranspose: [{ filters: 8, kernelSize: 3 }, image],
  depthwiseConv2d: [{ kernelSize: 3 }, image],
  separableConv2d: [{ filters: 16, kernelSize: 3 }, image],
  maxPooling2d: [{}, image],
  averagePooling2d: [{}, image],
  globalAveragePooling2d: [{}, image],
  globalMaxPooling2d: [{}, image],
  upSampling2d: [{}, image],
  zeroPadding2d: [{}, image],
  cropping2D: [
    {
      cropping: [
        [1, 1],
        [1, 1],
      ],
    },
    image,
  ],
  flatten: [{}, image],
};

/** A step of training of the layer, with a sum over what it gives, on a batch of 16. */
function trainer(l, name, [options, shape]) {
  const input = l.input({ shape });
  let output = l.layers.activation({ activation: 'linear' }).apply(input);
  output = l.layers[name]({ ...options }).apply(output); // TensorFlow.js writes into them
  if (output.shape.length > 2) output = l.layers.flatten().apply(output);
  const model = l.model({
    inputs: input,
    outputs: l.layers.dense({ units: 1 }).apply(output),
  });
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  const x = l.randomNormal([16, ...shape]);
  const y = l.randomNormal([16, 1]);
  return () => model.trainOnBatch(x, y);
}

const milliseconds = async (work, times) => {
  const start = performance.now();
  for (let i = 0; i < times; i++) await work();
  return (performance.now() - start) / times;
};

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

/** Their time over ours. */
async function ratio(ours, theirs) {
  const sides = [];
  for (const work of [ours, theirs]) {
    await work();
    await work();
    const once = Math.max(1e-3, await milliseconds(work, 2));
    sides.push({ work, times: Math.max(1, Math.ceil((kRoundSeconds * 1000) / once)), took: [] });
  }
  for (let round = 0; round < kRounds; round++) {
    for (const side of sides) side.took.push(await milliseconds(side.work, side.times));
  }
  const [mine, other] = sides.map(({ took }) => median(took));
  return other / mine;
}

/** On the wasm backend, or on cpu where that lacks a kernel. */
async function against(make) {
  for (const backend of ['wasm', 'cpu']) {
    await tf.setBackend(backend);
    try {
      const work = make();
      await work();
      return work;
    } catch (error) {
      if (backend === 'cpu') throw error;
    }
  }
}

await startTensorFlow({ wasmPaths });
await hd.ready({ threads: 1 });
const ratios = {};
const tell = (name, value) => {
  ratios[name] = Number(value.toPrecision(2));
  console.log(`${name.padEnd(32)} ${ratios[name]} x`);
};
const mine = inputsOf(hd);
for (const [name, op] of Object.entries(kOps)) {
  const theirs = await against(() => {
    const inputs = inputsOf(tf);
    return () => tf.tidy(() => void op(tf, inputs).dataSync());
  });
  tell(name, await ratio(() => hd.tidy(() => void op(hd, mine).dataSync()), theirs));
}
for (const [name, spec] of Object.entries(kLayers)) {
  const theirs = await against(() => trainer(tf, name, spec));
  tell(`layers.${name}`, await ratio(trainer(hd, name, spec), theirs));
}
const peer = 'TensorFlow.js on its wasm backend (cpu where wasm lacks a kernel)';
const file = new URL('../../docs/speed_of_names.json', import.meta.url);
writeFileSync(file, `${JSON.stringify({ peer, ratios }, null, 2)}\n`);
