// A recurrent network reads small tales letter by letter, guesses each next letter, and then tells tales of its own.
//
//   node examples/text_generation.mjs [text.txt] [--short]
//
// Without a text, tales are told from a few rules, which the network is not shown.
import { readFileSync } from 'node:fs';
import * as hd from 'heddle';
import { path, quality, randomNumbers, short } from './common.mjs';

await hd.ready();
hd.setRandomSeed?.(6); // Heddle's own: the same first weights in every run
const random = randomNumbers(6);

const who = [
  'the old weaver',
  'a young sailor',
  'the miller',
  'a quiet child',
  'the grey cat',
  'her sister',
];
const did = ['carried', 'found', 'painted', 'lost', 'mended', 'hid'];
const what = [
  'the red thread',
  'a silver needle',
  'the broken loom',
  'an empty basket',
  'the blue cloth',
];
const where = [
  'by the river',
  'under the bridge',
  'in the market',
  'near the mill',
  'behind the house',
];
const when = ['in the morning', 'after the rain', 'before winter', 'at night'];

function tellTales(letters) {
  const { pick, uniform } = random;
  let text = '';
  while (text.length < letters) {
    let sentence = `${pick(who)} ${pick(did)} ${pick(what)}`;
    if (uniform() < 0.6) sentence += ` ${pick(where)}`;
    if (uniform() < 0.4) sentence = `${pick(when)} ${sentence}`;
    if (uniform() < 0.3) sentence += `, and ${pick(who)} laughed`;
    text += `${sentence[0].toUpperCase()}${sentence.slice(1)}. `;
  }
  return text;
}

const text = path ? readFileSync(path, 'utf8') : tellTales(short ? 12000 : 30000);
const letters = [...new Set(text)].sort();
const numbers = Int32Array.from(text, (letter) => letters.indexOf(letter));
console.log(
  `${numbers.length} letters, ${letters.length} different ones: ${text.slice(0, 120)}...`,
);

// Windows of the text, and the same windows one letter further: what follows each letter.
const length = 50;
function windows(from, to, step) {
  const [x, y] = [[], []];
  for (let at = from; at + length < to; at += step) {
    x.push(numbers.subarray(at, at + length));
    y.push(numbers.subarray(at + 1, at + length + 1));
  }
  const shape = [x.length, length];
  const flat = (rows) => Float32Array.from(rows.flatMap((row) => [...row]));
  return { x: hd.tensor2d(flat(x), shape), y: hd.tensor3d(flat(y), [...shape, 1]) };
}
const border = Math.round(0.9 * numbers.length);
const learn = windows(0, border, 25);
const keptBack = windows(border, numbers.length, length);

const model = hd.sequential({
  layers: [
    hd.layers.embedding({ inputDim: letters.length, outputDim: 24, inputLength: length }),
    hd.layers.lstm({ units: short ? 64 : 128, returnSequences: true }),
    hd.layers.dense({ units: letters.length, activation: 'softmax' }), // at every letter
  ],
});
model.summary();
model.compile({
  optimizer: hd.train.adam(0.01),
  loss: 'sparseCategoricalCrossentropy',
});

/** Writes on from `start`. A temperature below 1 prefers the likely letters, one above 1 gives the others a chance. */
async function write(start, count, temperature) {
  let written = start;
  for (let i = 0; i < count; i++) {
    const seen = written.slice(-length);
    const indices = Array.from(seen, (letter) => letters.indexOf(letter));
    const input = new Array(length).fill(0);
    indices.forEach((index, at) => (input[at] = index)); // what follows the last letter does not matter
    const probabilities = hd.tidy(() => {
      const afterEach = model.predict(hd.tensor2d([input])); // [1, length, letters]
      return afterEach.slice([0, indices.length - 1, 0], [1, 1, -1]).flatten();
    });
    const weights = (await probabilities.data()).map((p) => p ** (1 / temperature));
    probabilities.dispose();
    let left = random.uniform() * weights.reduce((a, b) => a + b);
    const next = weights.findIndex((weight) => (left -= weight) < 0);
    written += letters[Math.max(next, 0)];
  }
  return written;
}

const start = text.slice(0, 12);
const epochs = 12;
await model.fit(learn.x, learn.y, {
  epochs,
  batchSize: 32,
  validationData: [keptBack.x, keptBack.y],
  verbose: 0,
  callbacks: {
    onEpochEnd: async (epoch, { loss, val_loss }) => {
      console.log(`epoch ${epoch + 1}: loss ${loss.toFixed(3)}  kept back ${val_loss.toFixed(3)}`);
      if (epoch % 4 === 3) console.log(`  ${await write(start, 80, 0.7)}`);
    },
  },
});

const tale = await write(start, short ? 200 : 600, 0.7);
console.log(`\n${tale}\n`);

// The last word may have been cut off. All others should be words of the text.
const wordsOf = (string) => string.match(/[\p{L}']+/gu) ?? [];
const known = new Set(wordsOf(text));
const told = wordsOf(tale).slice(0, -1);
const share = told.filter((word) => known.has(word)).length / told.length;
quality('words that are words', share, { atLeast: path || short ? 0.7 : 0.95 });
