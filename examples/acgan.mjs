// Two networks play against each other: one draws digits, the other tells drawn ones from real ones and says which digit it
// sees. Both get better at it, and in the end the first draws any digit it is asked for.
// After A. Odena et al., Conditional Image Synthesis with Auxiliary Classifier GANs (2016).
//
//   node examples/acgan.mjs [folder with MNIST's t10k files] [--short]
import * as hd from 'heddle';
import { path, quality, randomNumbers, short } from './common.mjs';
import { loadDigits } from './load_digits.mjs';

await hd.ready();
hd.setRandomSeed?.(9); // Heddle's own: the same first weights and draws in every run
const random = randomNumbers(9);

const size = short ? { train: 960, test: 200 } : { train: 6000, test: 1000 };
const [learn, keptBack] = loadDigits({ folder: path, ...size });
const latent = 32;
const { conv2d, conv2dTranspose, dense, embedding, flatten, leakyReLU, multiply, reshape } =
  hd.layers;

/** Noise and a digit go in, a picture comes out, its ink from -1 to 1. */
function makeGenerator() {
  const up = { kernelSize: 4, strides: 2, padding: 'same' };
  const draw = hd.sequential({
    layers: [
      dense({ units: 7 * 7 * 48, activation: 'relu', inputShape: [latent] }),
      reshape({ targetShape: [7, 7, 48] }),
      hd.layers.batchNormalization({ momentum: 0.9 }),
      conv2dTranspose({ filters: 24, ...up, activation: 'relu' }), // [14, 14, 24]
      hd.layers.batchNormalization({ momentum: 0.9 }),
      conv2dTranspose({ filters: 1, ...up, activation: 'tanh' }), // [28, 28, 1]
    ],
  });
  const noise = hd.input({ shape: [latent], name: 'noise' });
  const digit = hd.input({ shape: [1], name: 'digit' });
  // Each digit has a vector of its own, which is learnt and stamps the noise.
  const init = { embeddingsInitializer: 'glorotNormal' };
  const vectors = embedding({ inputDim: 10, outputDim: latent, ...init });
  const stamp = flatten().apply(vectors.apply(digit));
  const picture = draw.apply(multiply().apply([noise, stamp]));
  return hd.model({ name: 'generator', inputs: [noise, digit], outputs: picture });
}

/** A picture goes in; how real it looks (0 to 1) and which digit it shows come out. */
function makeDiscriminator() {
  const picture = hd.input({ shape: [28, 28, 1], name: 'picture' });
  let x = conv2d({ filters: 24, kernelSize: 3, strides: 2, padding: 'same' }).apply(picture);
  x = hd.layers.dropout({ rate: 0.3 }).apply(leakyReLU({ alpha: 0.2 }).apply(x));
  x = conv2d({ filters: 48, kernelSize: 3, strides: 2, padding: 'same' }).apply(x);
  x = hd.layers.dropout({ rate: 0.3 }).apply(leakyReLU({ alpha: 0.2 }).apply(x));
  x = flatten().apply(x);
  const real = dense({ units: 1, activation: 'sigmoid', name: 'real' }).apply(x);
  const which = dense({ units: 10, activation: 'softmax', name: 'which' }).apply(x);
  return hd.model({ name: 'discriminator', inputs: picture, outputs: [real, which] });
}

const generator = makeGenerator();
const discriminator = makeDiscriminator();
const loss = ['binaryCrossentropy', 'sparseCategoricalCrossentropy'];
const adam = () => hd.train.adam(0.0008, 0.5);
discriminator.compile({ optimizer: adam(), loss });

// The generator learns through the discriminator, whose own weights keep still meanwhile.
discriminator.trainable = false;
const noiseIn = hd.input({ shape: [latent] });
const digitIn = hd.input({ shape: [1] });
const judged = discriminator.apply(generator.apply([noiseIn, digitIn]));
const combined = hd.model({ name: 'combined', inputs: [noiseIn, digitIn], outputs: judged });
combined.compile({ optimizer: adam(), loss });
discriminator.trainable = true;
combined.summary();

const column = (values) => hd.tensor2d(values, [values.length, 1]);
const drawDigits = (count) => column(Array.from({ length: count }, () => random.integer(10)));

const pictures = hd.tensor4d(learn.xs, [learn.count, 28, 28, 1]).mul(2).sub(1);
const labels = column(Float32Array.from(learn.labels));

/** One round: the discriminator sees as many real pictures as drawn ones, then the generator tries to pass. */
async function step(rows) {
  const indices = hd.tensor1d(rows, 'int32');
  const count = rows.length;
  const [real, digits] = [pictures.gather(indices), labels.gather(indices)];
  const [noise, asked] = [hd.randomNormal([count, latent]), drawDigits(count)];
  const drawn = generator.predict([noise, asked], { batchSize: count });

  const x = hd.concat([real, drawn], 0);
  // Real ones count 0.9, no more: a discriminator too sure of itself teaches nothing.
  const isReal = hd.concat([hd.fill([count, 1], 0.9), hd.zeros([count, 1])], 0);
  const shown = hd.concat([digits, asked], 0);
  const [lossD] = await discriminator.trainOnBatch(x, [isReal, shown]);

  const moreNoise = hd.randomNormal([2 * count, latent]);
  const moreAsked = drawDigits(2 * count);
  const passes = hd.fill([2 * count, 1], 0.9);
  const [lossG] = await combined.trainOnBatch([moreNoise, moreAsked], [passes, moreAsked]);
  hd.dispose([
    indices,
    real,
    digits,
    noise,
    asked,
    drawn,
    x,
    isReal,
    shown,
    moreNoise,
    moreAsked,
    passes,
  ]);
  return [lossD, lossG];
}

const batchSize = short ? 32 : 64;
const epochs = short ? 3 : 6;
const order = Array.from({ length: learn.count }, (_, i) => i);
for (let epoch = 1; epoch <= epochs; epoch++) {
  const started = Date.now();
  random.shuffle(order);
  const sum = [0, 0];
  let steps = 0;
  for (let at = 0; at + batchSize <= order.length; at += batchSize) {
    const losses = await step(order.slice(at, at + batchSize));
    losses.forEach((each, i) => (sum[i] += each));
    steps++;
  }
  const [lossD, lossG] = sum.map((each) => (each / steps).toFixed(3));
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`epoch ${epoch}/${epochs}: discriminator ${lossD}  generator ${lossG}  ${seconds} s`);
}

// One of each digit, every second pixel of every second row.
const all = column([...Array(10).keys()]);
const rows = await generator.predict([hd.randomNormal([10, latent]), all]).array();
for (const group of [rows.slice(0, 5), rows.slice(5)]) {
  for (let y = 2; y < 28; y += 2) {
    const ink = (value) => ' .:*#'[Math.min(4, Math.floor((value + 1) * 2.5))];
    const line = (picture) => picture[y].filter((_, x) => x % 2 === 0).map(([value]) => ink(value));
    console.log(group.map((picture) => line(picture).join('')).join(' '));
  }
}

// A judge who has no part in the game: a classifier that learns from real pictures only.
const judge = hd.sequential({
  layers: [
    conv2d({ filters: 16, kernelSize: 5, strides: 2, activation: 'relu', inputShape: [28, 28, 1] }),
    flatten(),
    dense({ units: 64, activation: 'relu' }),
    dense({ units: 10, activation: 'softmax' }),
  ],
});
judge.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' });
await judge.fit(pictures, labels, { epochs: short ? 5 : 4, verbose: 0 });
const share = async (x, digits) => {
  const said = judge.predict(x, { batchSize: 100 }).argMax(-1);
  return (await said.equal(digits.flatten().toInt()).toFloat().mean().data())[0];
};
const real = hd.tensor4d(keptBack.xs, [keptBack.count, 28, 28, 1]).mul(2).sub(1);
const atReal = await share(real, column(Float32Array.from(keptBack.labels)));
console.log(`the judge reads real digits kept back: ${atReal.toFixed(3)}`);

const asked = drawDigits(500);
const drawn = generator.predict([hd.randomNormal([500, latent]), asked], { batchSize: 100 });
quality('drawn digits that the judge reads as asked', await share(drawn, asked), {
  atLeast: short ? 0.3 : 0.9,
});
