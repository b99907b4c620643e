// A variational autoencoder: it learns to say a picture in ten numbers, and to draw pictures of such numbers. Numbers
// drawn at random then give digits that nobody wrote. (D. Kingma and M. Welling, Auto-Encoding Variational Bayes, 2013.)
//
//   node examples/vae.mjs [folder with MNIST's t10k files] [--short]
import * as hd from 'heddle';
import { path, quality, randomNumbers, short } from './common.mjs';
import { loadDigits } from './load_digits.mjs';

await hd.ready();
hd.setRandomSeed?.(8); // Heddle's own: the same first weights and draws in every run
const random = randomNumbers(8);

const size = short ? { train: 1000, test: 200 } : { train: 8000, test: 1000 };
const [learn, keptBack] = loadDigits({ folder: path, ...size });
const pixels = 28 * 28;
const latent = 10;

// The encoder gives no point but a cloud: its mean, and the logarithm of its variance.
const picture = hd.input({ shape: [pixels], name: 'picture' });
const seen = hd.layers.dense({ units: 256, activation: 'relu' }).apply(picture);
const encoder = hd.model({
  name: 'encoder',
  inputs: picture,
  outputs: [
    hd.layers.dense({ units: latent, name: 'mean' }).apply(seen),
    hd.layers.dense({ units: latent, name: 'log_variance' }).apply(seen),
  ],
});
const decoder = hd.sequential({
  name: 'decoder',
  layers: [
    hd.layers.dense({ units: 256, activation: 'relu', inputShape: [latent] }),
    hd.layers.dense({ units: pixels }), // logits: a sigmoid makes ink of them
  ],
});
encoder.summary();
decoder.summary();

/** A point of the cloud, drawn such that gradients reach mean and variance: mean + deviation · noise. */
function sample(mean, logVariance) {
  return mean.add(logVariance.mul(0.5).exp().mul(hd.randomNormal(mean.shape)));
}

/** The bound on -log p(x), per picture: what drawing it again costs, and how far the clouds are from N(0, 1). */
function loss(x) {
  const [mean, logVariance] = encoder.apply(x);
  const logits = decoder.apply(sample(mean, logVariance));
  // Cross-entropy of each pixel, from logits: log(1 + exp(l)) - x·l.
  const drawing = logits.softplus().sub(x.mul(logits)).sum(-1);
  const divergence = mean.square().add(logVariance.exp()).sub(logVariance).sub(1).mul(0.5).sum(-1);
  return drawing.add(divergence).mean();
}

const images = hd.tensor2d(learn.xs, [learn.count, pixels]);
const test = hd.tensor2d(keptBack.xs, [keptBack.count, pixels]);
const value = async (tensor) => (await tensor.data())[0];

// A training loop of one's own: `minimize` takes the loss as a function, and moves every weight it reads.
const optimizer = hd.train.adam(0.002);
const batchSize = 64;
const epochs = short ? 6 : 12;
const order = Array.from({ length: learn.count }, (_, i) => i);
for (let epoch = 1; epoch <= epochs; epoch++) {
  const started = Date.now();
  random.shuffle(order);
  let sum = 0;
  let batches = 0;
  for (let at = 0; at + batchSize <= order.length; at += batchSize) {
    const rows = hd.tensor1d(order.slice(at, at + batchSize), 'int32');
    const batch = hd.gather(images, rows);
    const cost = optimizer.minimize(() => loss(batch), true);
    sum += await value(cost);
    batches++;
    hd.dispose([rows, batch, cost]);
  }
  const seconds = (Date.now() - started) / 1000;
  const bound = await value(hd.tidy(() => loss(test)));
  const numbers = `loss ${(sum / batches).toFixed(1)}  kept back ${bound.toFixed(1)}`;
  console.log(`epoch ${epoch}/${epochs}: ${numbers}  ${seconds.toFixed(1)} s`);
}

/** Pictures side by side, every second pixel of every second row. */
async function show(title, tensor) {
  const rows = await tensor.array();
  console.log(`\n${title}`);
  for (let y = 2; y < 26; y += 2) {
    const line = rows.map((row) =>
      Array.from(
        { length: 14 },
        (_, x) => ' .:*#'[Math.min(4, Math.floor(row[y * 28 + 2 * x] * 5))],
      ),
    );
    console.log(line.map((letters) => letters.join('')).join(' '));
  }
}
const five = test.slice([0, 0], [5, -1]);
await show('kept back:', five);
await show(
  'drawn again from ten numbers each:',
  decoder.predict(encoder.predict(five)[0]).sigmoid(),
);
await show('drawn from random numbers:', decoder.predict(hd.randomNormal([5, latent])).sigmoid());

const bound = await value(hd.tidy(() => loss(test)));
quality('bound on -log p of a picture kept back', bound, { atMost: short ? 200 : 127 });
