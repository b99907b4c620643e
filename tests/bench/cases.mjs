// What is measured. `spec` is what a contender is asked to do; `perUnit` turns its units of work
// into `unit`.
import { convolutions } from './mobilenet.mjs';
import { networks } from './networks.mjs';

const kEveryone = ['heddle', 'simd', 'tfjs', 'tfjscpu', 'jax', 'ort', 'torch', 'torch-avx2'];
const without = (...names) => kEveryone.filter((name) => !names.includes(name));

const kProducts = [
  ...[64, 128, 256, 512, 1024].map((size) => [size, size, size]),
  [1, 784, 128], // one example through a dense layer
  [1, 1280, 1000],
  [32, 784, 128], // a batch through it
  [784, 32, 128], // and its weights' gradient
  [8, 256, 256],
  [256, 256, 1],
  [512, 8, 512], // few terms
  [3136, 64, 24],
  [7, 129, 65], // nothing divides
];

const products = kProducts.map(([m, k, n]) => ({
  id: `product/${m}x${k}x${n}`,
  group: 'products',
  name: m === k && k === n ? `product ${m}` : `product [${m}, ${k}] x [${k}, ${n}]`,
  unit: 'GFLOP/s',
  perUnit: (2 * m * k * n) / 1e9,
  spec: { kind: 'product', m, k, n },
  tolerance: 1e-4,
  contenders: without('ort'),
  leaves: m * k * n > 1e9 ? { tfjscpu: 'a product takes seconds' } : {},
  quick: [64, 512].includes(m) && m === k,
}));

function everyConvolution() {
  const cases = new Map();
  for (const { depthwise, side, channels, filters, kernel, stride } of convolutions(224)) {
    const what = depthwise ? `depthwise ${kernel}x${kernel}` : `conv ${kernel}x${kernel}`;
    const to = depthwise ? '' : ` to ${filters}`;
    const slower = stride > 1 ? ` / ${stride}` : '';
    const name = `${what} ${side}x${side}x${channels}${to}${slower}`;
    const out = Math.ceil(side / stride);
    const terms = kernel * kernel * (depthwise ? 1 : channels);
    cases.set(name, {
      id: `convolution/${name.replaceAll(' / ', '/').replaceAll(' ', '-')}`,
      group: 'convolutions',
      name,
      unit: 'GFLOP/s',
      perUnit: (2 * out * out * filters * terms) / 1e9,
      spec: { kind: 'convolution', depthwise, side, channels, filters, size: kernel, stride },
      tolerance: 1e-3,
      contenders: without('ort', 'simd', 'jax', 'tfjscpu'),
      quick: false,
    });
  }
  return [...cases.values()];
}

const kBatches = [1, 8, 32, 128];

const trainings = Object.entries(networks).flatMap(([network, { name }]) =>
  kBatches.map((batch) => ({
    id: `training/${network}/${batch}`,
    group: 'training',
    name: `${name} training, batch ${batch}, adam`,
    unit: 'examples/s',
    perUnit: batch,
    // PyTorch's GRU resets after the product, TensorFlow.js's before: the same work, other numbers.
    spec: {
      kind: 'training',
      network,
      batch,
      differs: network === 'gru' ? ['torch', 'torch-avx2'] : [],
    },
    tolerance: 0.03,
    contenders: batch === 32 ? without('ort') : without('ort', 'simd'),
    leaves: {
      ...(network === 'cnn' ? { tfjs: 'no kernel for the gradient of a filter' } : {}),
      ...(batch > 32 && network === 'transformer' ? { tfjs: 'a step takes too long' } : {}),
      ...(batch > 32 && network === 'cnn' ? { jax: 'a step takes too long' } : {}),
      ...(batch > 1 && network !== 'mlp' ? { tfjscpu: 'a step takes too long' } : {}),
    },
    quick: batch === 32 && ['mlp', 'cnn', 'lstm', 'gru'].includes(network),
  })),
);

const mobileNet = [
  {
    id: 'prediction/mobilenetv2-224',
    group: 'mobilenet',
    name: 'MobileNetV2 224x224 prediction, batch 1',
    unit: 'predictions/s',
    perUnit: 1,
    spec: { kind: 'prediction', side: 224, batch: 1 },
    tolerance: 0.01,
    contenders: without('tfjscpu', 'jax'),
    quick: true,
  },
  {
    id: 'tuning/mobilenetv2-96',
    group: 'mobilenet',
    name: 'MobileNetV2 96x96 fine-tuning of the last block, batch 8, adam',
    unit: 'examples/s',
    perUnit: 8,
    spec: { kind: 'tuning', side: 96, batch: 8 },
    tolerance: 0.03,
    contenders: without('tfjscpu', 'jax', 'ort'),
    leaves: { tfjs: 'no kernel for the gradient of a filter' },
    quick: true,
  },
];

/** Two threads against one: in the same run, the same work. */
const threads = [
  ['training/cnn/32', trainings],
  ['training/mlp/32', trainings],
  ['training/lstm/32', trainings],
  ['prediction/mobilenetv2-224', mobileNet],
].map(([id, list]) => {
  const entry = list.find((each) => each.id === id);
  return {
    ...entry,
    id: `threads/${id}`,
    group: 'threads',
    name: `${entry.name}: two threads`,
    contenders: ['heddle2', 'heddle', 'tfjs2'],
    quick: id === 'training/cnn/32',
  };
});

export const cases = [...products, ...everyConvolution(), ...trainings, ...mobileNet, ...threads];
