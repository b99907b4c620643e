// A convolutional network learns handwritten digits in Node, on the CPU, in under a minute.
//
//   npm run example:digits [-- folder] [--epochs=3] [--train=8000] [--test=2000]
//
// `folder` holds MNIST's t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz. Without it, $HEDDLE_DATA/mnist is
// looked at, then ../shared/data/mnist; where there is nothing, digits are drawn by Heddle's own generator.
import * as hd from 'heddle';
import { digitsFolder, readDigits } from './idx.mjs';

const options = { epochs: '3', train: '8000', test: '2000' };
let folder;
for (const argument of process.argv.slice(2)) {
  const [, key, value] = /^--(\w+)=(\d+)$/.exec(argument) ?? [];
  if (key in options) options[key] = value;
  else folder = argument;
}
const [epochs, train, test] = [options.epochs, options.train, options.test].map(Number);

await hd.ready();
hd.setRandomSeed(1); // the same weights and the same order of the digits in every run
console.log(`Heddle ${hd.info().version}, ${hd.info().build} build`);

function load() {
  const digits = readDigits(digitsFolder(folder));
  if (digits !== null && digits.count >= train + test) {
    console.log(`${train} real digits to learn from, ${test} kept back: ${digitsFolder(folder)}`);
    return digits;
  }
  console.log(`No MNIST in ${digitsFolder(folder)}: learning digits that Heddle draws itself.`);
  return hd.datasets.strokes({ count: train + test, seed: 1 });
}

const { xs, labels } = load();
const pixels = 28 * 28;
const part = (from, to) => ({
  x: hd.tensor4d(xs.subarray(from * pixels, to * pixels), [to - from, 28, 28, 1]),
  y: hd.oneHot(hd.tensor1d(labels.subarray(from, to), 'int32'), 10),
});
const learn = part(0, train);
const keptBack = part(train, train + test);

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
console.log(`accuracy on the ${test} digits kept back: ${percent((await accuracy.data())[0])}`);
