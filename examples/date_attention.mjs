// Dates as people write them become dates as computers do: "Mar 7, 98" → "1998-03-07". One network reads the letters,
// another writes the answer, and at each letter that it writes it looks back at those it needs: attention.
// After D. Bahdanau et al., Neural Machine Translation by Jointly Learning to Align and Translate (2015), with the scores of
// M. Luong et al. (2015), as in TensorFlow.js's example of date conversion.
//
//   node examples/date_attention.mjs [--short]
import * as hd from 'heddle';
import { quality, randomNumbers, short } from './common.mjs';

await hd.ready();
hd.setRandomSeed?.(7); // Heddle's own: the same first weights in every run
const random = randomNumbers(7);

const months = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');
const two = (number) => String(number).padStart(2, '0');
const formats = [
  (y, m, d) => `${two(d)}${months[m - 1]}${y}`, // 07MAR1998
  (y, m, d) => `${two(m)}/${two(d)}/${two(y % 100)}`, // 03/07/98
  (y, m, d) => `${m}/${d}/${y}`, // 3/7/1998
  (y, m, d) => `${months[m - 1]} ${d}, ${two(y % 100)}`, // MAR 7, 98
  (y, m, d) => `${months[m - 1]} ${two(d)} ${y}`, // MAR 07 1998
  (y, m, d) => `${two(d)}.${two(m)}.${y}`, // 07.03.1998
  (y, m, d) => `${y}${two(m)}${two(d)}`, // 19980307
];

/** A day from 1950 to 2049, so that two digits of a year say which it is: 50 is 1950, 49 is 2049. */
function drawDate() {
  const start = Date.UTC(1950, 0, 1);
  const day = new Date(start + random.integer(36525) * 86400000);
  const [y, m, d] = [day.getUTCFullYear(), day.getUTCMonth() + 1, day.getUTCDate()];
  const format = random.pick(short ? formats.slice(0, 2) : formats);
  return { input: format(y, m, d), output: `${y}-${two(m)}-${two(d)}` };
}

const inputLetters = ` ./,0123456789${[...new Set(months.join(''))].sort().join('')}`; // ' ' fills up
const outputLetters = '^-0123456789'; // '^' comes before the first letter
const [inputLength, outputLength] = [12, 10];

const indicesOf = (string, letters) => Array.from(string, (letter) => letters.indexOf(letter));
const encodeInputs = (texts) =>
  hd.tensor2d(texts.map((text) => indicesOf(text.padEnd(inputLength), inputLetters)));
const encodeOutputs = (texts) => hd.tensor2d(texts.map((text) => indicesOf(text, outputLetters)));

/** While it learns, the writer is given what it should have written so far ("teacher forcing"). */
function encode(dates) {
  const outputs = dates.map(({ output }) => output);
  const before = encodeOutputs(outputs.map((output) => `^${output.slice(0, -1)}`));
  const after = hd.oneHot(encodeOutputs(outputs).toInt(), outputLetters.length).toFloat();
  return { x: [encodeInputs(dates.map(({ input }) => input)), before], y: after };
}

/** The last step of a sequence: [batch, time, units] → [batch, units]. */
class LastStep extends hd.layers.Layer {
  static className = 'LastStep';

  computeOutputShape([batch, , units]) {
    return [batch, units];
  }

  call(inputs) {
    const x = Array.isArray(inputs) ? inputs[0] : inputs;
    const [batch, time, units] = x.shape;
    return x.slice([0, time - 1, 0], [batch, 1, units]).squeeze([1]);
  }
}
hd.serialization.registerClass(LastStep);

const units = short ? 48 : 64;
const { embedding, lstm, dense, dot, activation, concatenate, timeDistributed } = hd.layers;

const input = hd.input({ shape: [inputLength], name: 'input' });
const read = lstm({ units, returnSequences: true, name: 'reader' }).apply(
  embedding({ inputDim: inputLetters.length, outputDim: units }).apply(input),
); // [batch, 12, units]
const last = new LastStep({ name: 'last' }).apply(read);

const before = hd.input({ shape: [outputLength], name: 'before' });
const written = lstm({ units, returnSequences: true, name: 'writer' }).apply(
  embedding({ inputDim: outputLetters.length, outputDim: units }).apply(before),
  { initialState: [last, last] }, // the writer starts from what was read
); // [batch, 10, units]

// How well each step of the writer fits each letter read, as shares that sum to 1: [batch, 10, 12].
const scores = dot({ axes: [2, 2] }).apply([written, read]);
const attention = activation({ activation: 'softmax', name: 'attention' }).apply(scores);
// What was read there: [batch, 10, units].
const context = dot({ axes: [2, 1], name: 'context' }).apply([attention, read]);
const both = concatenate().apply([context, written]);
const hidden = timeDistributed({ layer: dense({ units, activation: 'tanh' }) }).apply(both);
const head = dense({ units: outputLetters.length, activation: 'softmax' });
const letters = timeDistributed({ layer: head }).apply(hidden);

const model = hd.model({ inputs: [input, before], outputs: letters });
model.compile({
  optimizer: hd.train.adam(short ? 0.01 : 0.004),
  loss: 'categoricalCrossentropy',
  metrics: ['accuracy'],
});
model.summary();

/** Converts many dates at once: each answer is written letter by letter, on top of what stands already. */
async function convert(texts) {
  const x = encodeInputs(texts);
  let answers = texts.map(() => '');
  for (let i = 0; i < outputLength; i++) {
    const soFar = encodeOutputs(answers.map((answer) => `^${answer}`.padEnd(outputLength, '^')));
    const likeliest = hd.tidy(() => model.predict([x, soFar], { batchSize: 128 }).argMax(-1));
    const rows = await likeliest.array();
    answers = answers.map((answer, row) => answer + outputLetters[rows[row][i]]);
    hd.dispose([soFar, likeliest]);
  }
  x.dispose();
  return answers;
}

const draw = (count) => Array.from({ length: count }, drawDate);
const dates = draw(short ? 2500 : 6000);
const seen = new Set(dates.map((date) => date.input));
const keptBack = draw(short ? 120 : 600).filter((date) => !seen.has(date.input));
const [learn, test] = [encode(dates), encode(keptBack)];

await model.fit(learn.x, learn.y, {
  epochs: short ? 4 : 7,
  batchSize: short ? 32 : 64,
  validationData: [test.x, test.y],
  verbose: 0,
  callbacks: {
    onEpochEnd: (epoch, { loss, acc, val_acc }) => {
      const learnt = `loss ${loss.toFixed(3)}  letters right ${acc.toFixed(3)}`;
      console.log(`epoch ${epoch + 1}: ${learnt}  kept back ${val_acc.toFixed(3)}`);
    },
  },
});

const answers = await convert(keptBack.map((date) => date.input));
for (let i = 0; i < 7; i++) {
  const { input, output } = keptBack[i];
  const mark = answers[i] === output ? 'right' : `wrong: ${output}`;
  console.log(`${input.padEnd(inputLength)} → ${answers[i]}  ${mark}`);
}

// Where the writer looked: a row per letter written, a column per letter read. The darker, the longer the look.
const looks = hd.model({ inputs: model.inputs, outputs: model.getLayer('attention').output });
const one = encode([keptBack[0]]);
console.log(`\n             ${keptBack[0].input}`);
const [rows] = await looks.predict(one.x).array();
for (const [i, row] of rows.entries()) {
  const shades = row.map((share) => ' .:*#'[Math.min(4, Math.floor(share * 5))]).join('');
  console.log(`${' '.repeat(11)}${keptBack[0].output[i]} ${shades}`);
}

const right = keptBack.filter(({ output }, i) => output === answers[i]).length;
quality('dates converted rightly', right / keptBack.length, { atLeast: short ? 0.6 : 0.97 });
