// The memory of training, in a fresh process. Prints as JSON: the most bytes that buffers held
// while the CNN was trained (`held`, without the examples), 4 x its weights + the activations of
// one batch (`needed`), and the WebAssembly memory (`heap`).
import * as hd from '../../dist/index.js';
import { trainingData } from './networks.mjs';
import { buildTraining } from './peers/layers.mjs';

const kBatch = 32;

await hd.ready({ threads: 1 });
const sizeOf = (shape) => shape.reduce((a, b) => a * (b ?? 1), 1);
const { model } = buildTraining(hd, 'cnn');
const weights = model.countParams();
// Every layer's output but the input's and those that are only another shape of the same values.
const activations = model.layers
  .filter((layer) => !['InputLayer', 'Flatten'].includes(layer.getClassName()))
  .reduce((sum, layer) => sum + kBatch * sizeOf(layer.outputShape), 0);

const { inputs, target } = trainingData({ network: 'cnn', batch: kBatch });
const before = hd.info().liveBytes - 4 * weights;
const [x, y] = [...inputs, target].map(({ shape, values }) => hd.tensor(values, shape));
const examples = hd.info().liveBytes - before - 4 * weights;
model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' });
let most = 0;
const look = () => (most = Math.max(most, hd.info().liveBytes));
await model.fit(x, y, {
  epochs: 4,
  batchSize: kBatch,
  verbose: 0,
  callbacks: { onBatchEnd: look },
});
look();
const held = most - before - examples;
const needed = 4 * (4 * weights + activations);
console.log(JSON.stringify({ held, needed, heap: hd.info().heapBytes }));
