// What is learnt on one task helps with another: a network learns the digits 0 to 4 from many pictures; its
// convolutions then serve, frozen, to tell 5 to 9 apart, of which there are only a few. Then the last convolution is
// tuned too. (J. Yosinski et al., How transferable are features in deep neural networks?, 2014.)
//
//   node examples/transfer_learning.mjs [folder with MNIST's t10k files] [--short]
import * as hd from 'heddle';
import { path, quality, short } from './common.mjs';
import { loadDigits } from './load_digits.mjs';

await hd.ready();
hd.setRandomSeed?.(11); // Heddle's own: the same first weights in every run

const size = short ? { train: 2000, test: 600 } : { train: 8000, test: 2000 };
const [learn, keptBack] = loadDigits({ folder: path, ...size });

/** The pictures of five digits, from `first` on; the first `count` of them. */
function fiveDigits({ xs, labels }, first, count = Infinity) {
  const chosen = [...labels.keys()].filter((i) => labels[i] >= first && labels[i] < first + 5);
  const rows = chosen.slice(0, count);
  return hd.tidy(() => {
    const indices = hd.tensor1d(rows, 'int32');
    const numbers = hd.tensor1d(
      rows.map((i) => labels[i] - first),
      'int32',
    );
    const pictures = hd.tensor4d(xs, [labels.length, 28, 28, 1]);
    return { x: pictures.gather(indices), y: hd.oneHot(numbers, 5).toFloat() };
  });
}
const low = { learn: fiveDigits(learn, 0), test: fiveDigits(keptBack, 0) };
const high = { learn: fiveDigits(learn, 5, 100), test: fiveDigits(keptBack, 5) };
console.log(`${low.learn.x.shape[0]} pictures of 0 to 4, ${high.learn.x.shape[0]} of 5 to 9`);

const makeBase = () =>
  hd.sequential({
    layers: [
      hd.layers.conv2d({ filters: 16, kernelSize: 3, activation: 'relu', inputShape: [28, 28, 1] }),
      hd.layers.maxPooling2d({ poolSize: 2 }),
      hd.layers.conv2d({
        filters: 32,
        kernelSize: 3,
        activation: 'relu',
        name: 'last_convolution',
      }),
      hd.layers.maxPooling2d({ poolSize: 2 }),
      hd.layers.flatten(),
    ],
  });

/** A model on top of a base: a model is a layer. */
const withHead = (base) =>
  hd.sequential({
    layers: [
      base,
      hd.layers.dense({ units: 64, activation: 'relu' }),
      hd.layers.dense({ units: 5, activation: 'softmax' }),
    ],
  });

/** Trains, and returns the accuracy on the digits kept back. */
async function train(title, model, { learn, test }, epochs, rate) {
  model.compile({
    optimizer: hd.train.adam(rate),
    loss: 'categoricalCrossentropy',
    metrics: ['accuracy'],
  });
  const started = Date.now();
  await model.fit(learn.x, learn.y, { epochs, batchSize: 32, verbose: 0 });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  const accuracy = (await model.evaluate(test.x, test.y, { batchSize: 100 })[1].data())[0];
  const count = (weights) =>
    weights.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b), 0);
  const trained = `${count(model.trainableWeights)} of ${model.countParams()} weights`;
  console.log(`${title}: accuracy ${accuracy.toFixed(3)}, ${trained}, ${seconds} s`);
  return accuracy;
}

/** All values of a model's weights in one array. */
const valuesOf = (model) => model.getWeights().flatMap((weight) => [...weight.dataSync()]);
const moved = (before, after) => before.filter((value, i) => value !== after[i]).length;

const base = makeBase();
await train('0 to 4, many pictures', withHead(base), low, short ? 3 : 4, 0.001);

// The convolutions keep still; only the new head learns.
base.trainable = false;
const learnt = valuesOf(base);
const model = withHead(base);
const epochs = short ? 20 : 40;
const frozen = await train('5 to 9, frozen convolutions', model, high, epochs, 0.001);
const still = moved(learnt, valuesOf(base));
console.log(`weights of the base that moved: ${still}`);

// What happens without having learnt anything before.
const scratch = await train('5 to 9, from nothing', withHead(makeBase()), high, epochs, 0.001);

// The last convolution may move now, at a small rate. `compile` makes the change count.
base.trainable = true;
for (const layer of base.layers) layer.trainable = layer.name === 'last_convolution';
const tuned = await train('5 to 9, last convolution tuned', model, high, epochs / 2, 0.0003);
console.log(`weights of the base that moved: ${moved(learnt, valuesOf(base))}`);

console.log(`gained by what was learnt before: ${(100 * (frozen - scratch)).toFixed(1)} points`);
if (still > 0) throw new Error('frozen weights moved');
quality('accuracy on 5 to 9', Math.max(frozen, tuned), { atLeast: short ? 0.8 : 0.9 });
