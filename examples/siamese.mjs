// Do two pictures show the same digit? One network looks at both: it is called twice, and has its weights once. How far
// its two answers point the same way tells.
// After R. Hadsell et al., Dimensionality Reduction by Learning an Invariant Mapping (2006).
//
//   node examples/siamese.mjs [folder with MNIST's t10k files] [--short]
import * as hd from 'heddle';
import { path, quality, randomNumbers, short } from './common.mjs';
import { loadDigits } from './load_digits.mjs';

await hd.ready();
hd.setRandomSeed?.(5); // Heddle's own: the same first weights in every run
const random = randomNumbers(5);

const size = short ? { train: 1500, test: 400 } : { train: 8000, test: 2000 };
const [learn, keptBack] = loadDigits({ folder: path, ...size });

/** Pairs of pictures, one half of the same digit, the other half of two. */
function drawPairs({ xs, labels, count }, pairs) {
  const ofDigit = Array.from({ length: 10 }, () => []);
  labels.forEach((digit, i) => ofDigit[digit].push(i));
  const [first, second, same] = [[], [], []];
  for (let i = 0; i < pairs; i++) {
    const one = random.integer(count);
    const isSame = i % 2 === 0;
    const other = isSame ? labels[one] : (labels[one] + 1 + random.integer(9)) % 10;
    first.push(one);
    second.push(random.pick(ofDigit[other]));
    same.push([isSame ? 1 : 0]);
  }
  return hd.tidy(() => {
    const pictures = hd.tensor4d(xs, [count, 28, 28, 1]);
    const take = (indices) => pictures.gather(hd.tensor1d(indices, 'int32'));
    return { x: [take(first), take(second)], y: hd.tensor2d(same) };
  });
}

// A picture becomes 32 numbers.
const encoder = hd.sequential({
  name: 'encoder',
  layers: [
    hd.layers.conv2d({ filters: 16, kernelSize: 3, activation: 'relu', inputShape: [28, 28, 1] }),
    hd.layers.maxPooling2d({ poolSize: 2 }),
    hd.layers.conv2d({ filters: 32, kernelSize: 3, activation: 'relu' }),
    hd.layers.maxPooling2d({ poolSize: 2 }),
    hd.layers.flatten(),
    hd.layers.dense({ units: 64, activation: 'relu' }),
    hd.layers.dense({ units: 32 }),
  ],
});

// Called on one picture and on the other: a model is a layer. The normalised product is the cosine of the angle.
const left = hd.input({ shape: [28, 28, 1], name: 'left' });
const right = hd.input({ shape: [28, 28, 1], name: 'right' });
const codes = [encoder.apply(left), encoder.apply(right)];
const cosine = hd.layers.dot({ axes: -1, normalize: true }).apply(codes);
const siamese = hd.model({ inputs: [left, right], outputs: cosine });
siamese.summary(); // the encoder stands there once

/** Pulls the codes of the same digit together, and pushes others apart until they are far enough. */
const margin = 0.2;
function contrastiveLoss(same, cosine) {
  const together = same.mul(hd.square(hd.sub(1, cosine)));
  const apart = hd.sub(1, same).mul(hd.square(hd.relu(cosine.sub(margin))));
  return hd.mean(together.add(apart), -1);
}
const threshold = (1 + margin) / 2;
siamese.compile({ optimizer: hd.train.adam(0.001), loss: contrastiveLoss });

/** The share of pairs that are judged rightly. */
async function rightlyJudged({ x, y }) {
  const judged = siamese.predict(x, { batchSize: 100 }).greater(threshold);
  return (await judged.equal(y.toBool()).toFloat().mean().data())[0];
}

const test = drawPairs(keptBack, short ? 600 : 2000);
const rounds = short ? 4 : 10;
for (let round = 1; round <= rounds; round++) {
  const started = Date.now();
  const pairs = drawPairs(learn, short ? 1500 : 6000); // others in each round
  const { history } = await siamese.fit(pairs.x, pairs.y, { batchSize: 32, verbose: 0 });
  hd.dispose(pairs);
  const seconds = (Date.now() - started) / 1000;
  const accuracy = await rightlyJudged(test);
  const numbers = `loss ${history.loss[0].toFixed(4)}  pairs judged rightly ${accuracy.toFixed(3)}`;
  console.log(`round ${round}/${rounds}: ${numbers}  ${seconds.toFixed(1)} s`);
}

// The encoder by itself: the mean code of ten pictures of each digit is enough to read the others.
const pictures = ({ xs, count }) => hd.tensor4d(xs, [count, 28, 28, 1]);
const codesOf = (part) => {
  const code = encoder.predict(pictures(part), { batchSize: 100 });
  return code.div(code.norm('euclidean', -1, true));
};
const examples = Array.from({ length: 10 }, (_, digit) =>
  Array.from(learn.labels.keys())
    .filter((i) => learn.labels[i] === digit)
    .slice(0, 10),
);
const known = codesOf(learn)
  .gather(hd.tensor2d(examples, [10, 10], 'int32'))
  .mean(1);
const nearest = codesOf(keptBack).matMul(known, false, true).argMax(-1);
const read = nearest.equal(hd.tensor1d(keptBack.labels, 'int32')).toFloat().mean();
console.log(`digits read by the nearest of ten codes: ${(await read.data())[0].toFixed(3)}`);

quality('pairs judged rightly', await rightlyJudged(test), { atLeast: short ? 0.8 : 0.95 });
