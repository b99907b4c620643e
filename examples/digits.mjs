// A convolutional network learns handwritten digits in Node, on the CPU, in under a minute.
//
//   npm run example:digits [-- folder] [--epochs=3] [--train=8000] [--test=2000] [--short]
//
// `folder` holds MNIST's t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz. Without it, $HEDDLE_DATA/mnist is
// looked at, then ../shared/data/mnist; where there is nothing, digits are drawn by Heddle's own generator.
import * as hd from 'heddle';
import { path, quality, short } from './common.mjs';
import { loadDigits } from './load_digits.mjs';

const options = short
  ? { epochs: 2, train: 1600, test: 400 }
  : { epochs: 3, train: 8000, test: 2000 };
for (const argument of process.argv.slice(2)) {
  const [, key, value] = /^--(\w+)=(\d+)$/.exec(argument) ?? [];
  if (key in options) options[key] = Number(value);
}
const { epochs, train, test } = options;

await hd.ready();
hd.setRandomSeed?.(1); // Heddle's own: the same weights and the same order of the digits in every run
if (hd.info) console.log(`Heddle ${hd.info().version}, ${hd.info().build} build`);

const part = ({ xs, labels, count }) => ({
  x: hd.tensor4d(xs, [count, 28, 28, 1]),
  y: hd.oneHot(hd.tensor1d(labels, 'int32'), 10),
});
const [learn, keptBack] = loadDigits({ folder: path, train, test }).map(part);

const model = hd.sequential({
  layers: [
    hd.layers.conv2d({ filters: 32, kernelSize: 3, activation: 'relu', inputShape: [28, 28, 1] }),
    hd.layers.maxPooling2d({ poolSize: 2 }),
    hd.layers.conv2d({ filters: 64, kernelSize: 3, activation: 'relu' }),
    hd.layers.maxPooling2d({ poolSize: 2 }),
    hd.layers.flatten(),
    hd.layers.dense({ units: 128, activation: 'relu' }),
    hd.layers.dense({ units: 10, activation: 'softmax' }),
  ],
});
model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
model.summary();

const batchSize = 32;
const batches = Math.ceil(train / batchSize);
const percent = (share) => `${(100 * share).toFixed(2)} %`;
const live = process.stdout.isTTY;

// One line that is written over and over; where the output is no terminal, one line per epoch.
function progress(epoch, batch, { loss, acc }, started) {
  const done = batch + 1;
  const bar = '='.repeat(Math.round((24 * done) / batches)).padEnd(24, '.');
  const rate = Math.round((done * batchSize) / ((performance.now() - started) / 1000));
  const text =
    `epoch ${epoch + 1}/${epochs} [${bar}] ${done}/${batches}  loss ${loss.toFixed(4)}  ` +
    `accuracy ${percent(acc)}  ${rate} digits/s`;
  if (live) process.stdout.write(`\r\x1b[K${text}`);
  else if (done === batches) process.stdout.write(text);
}

let epochNow = 0;
let started = 0;
const mean = { loss: 0, acc: 0, seen: 0 };
await model.fit(learn.x, learn.y, {
  epochs,
  batchSize,
  verbose: 0,
  validationData: [keptBack.x, keptBack.y],
  callbacks: {
    onEpochBegin: () => {
      started = performance.now();
      Object.assign(mean, { loss: 0, acc: 0, seen: 0 });
    },
    onBatchEnd: (batch, { size, loss, acc }) => {
      mean.seen += size;
      mean.loss += (loss - mean.loss) * (size / mean.seen);
      mean.acc += (acc - mean.acc) * (size / mean.seen);
      if (batch % 5 === 4 || batch === batches - 1) progress(epochNow, batch, mean, started);
    },
    onEpochEnd: (epoch, logs) => {
      console.log(`  kept back ${percent(logs.val_acc)}`);
      epochNow = epoch + 1;
    },
  },
});

const [, accuracy] = model.evaluate(keptBack.x, keptBack.y, { batchSize: 100 });
quality('accuracy', (await accuracy.data())[0], { atLeast: short ? 0.8 : 0.97 });
