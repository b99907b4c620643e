// A recurrent network learns to add: it reads "37+85" letter by letter and writes "122 ".
// After I. Sutskever et al., Sequence to Sequence Learning with Neural Networks (2014), in Keras's small form.
//
//   node examples/addition_rnn.mjs [--short]
import * as hd from 'heddle';
import { quality, randomNumbers, short } from './common.mjs';

await hd.ready();
hd.setRandomSeed?.(3); // Heddle's own: the same first weights in every run
const random = randomNumbers(3);

const digits = short ? 1 : 2; // of each number
const letters = '0123456789+ ';
const questionLength = 2 * digits + 1;
const answerLength = digits + 1;

// Every pair of numbers once, in random order: what is kept back was never seen.
const numbers = 10 ** digits;
const sums = [];
for (let a = 0; a < numbers; a++) {
  for (let b = 0; b < numbers; b++) {
    const question = `${a}+${b}`.padEnd(questionLength);
    sums.push({ question, answer: `${a + b}`.padEnd(answerLength) });
  }
}
random.shuffle(sums);
const keptBack = sums.splice(0, Math.round(0.1 * sums.length));
console.log(`${sums.length} sums to learn from, ${keptBack.length} kept back`);

/** Texts of one length as numbers: [texts, length, letters], 1 where the letter stands. */
function encode(texts) {
  const indices = texts.map((text) => [...text].map((letter) => letters.indexOf(letter)));
  return hd.oneHot(hd.tensor2d(indices, undefined, 'int32'), letters.length).toFloat();
}

/** The text of each row of the likeliest letters, [texts, length]. */
const decode = (rows) => rows.map((row) => row.map((index) => letters[index]).join(''));

const hidden = short ? 64 : 128;
const model = hd.sequential();
// The question becomes one vector ...
model.add(hd.layers.lstm({ units: hidden, inputShape: [questionLength, letters.length] }));
// ... which the second network reads at each of its steps, one per letter of the answer ...
model.add(hd.layers.repeatVector({ n: answerLength }));
model.add(hd.layers.lstm({ units: hidden, returnSequences: true }));
// ... and the same dense layer names the letter at every step.
const letter = hd.layers.dense({ units: letters.length, activation: 'softmax' });
model.add(hd.layers.timeDistributed({ layer: letter }));
model.compile({
  optimizer: hd.train.adam(short ? 0.01 : 0.003),
  loss: 'categoricalCrossentropy',
  metrics: ['accuracy'],
});
model.summary();

const x = encode(sums.map(({ question }) => question));
const y = encode(sums.map(({ answer }) => answer));
const test = {
  x: encode(keptBack.map(({ question }) => question)),
  y: encode(keptBack.map(({ answer }) => answer)),
};

const epochs = short ? 100 : 25;
const every = epochs / 5;
const started = Date.now();
await model.fit(x, y, {
  epochs,
  batchSize: short ? 32 : 128,
  validationData: [test.x, test.y],
  verbose: 0,
  callbacks: {
    onEpochEnd: (epoch, { loss, acc, val_acc }) => {
      if (epoch % every !== every - 1) return;
      const seconds = (Date.now() - started) / 1000;
      const learnt = `loss ${loss.toFixed(3)}  letters right ${acc.toFixed(3)}`;
      const time = `${seconds.toFixed(0)} s`;
      console.log(`epoch ${epoch + 1}: ${learnt}  kept back ${val_acc.toFixed(3)}  ${time}`);
    },
  },
});

const answers = decode(await model.predict(test.x).argMax(-1).array());
for (let i = 0; i < 8; i++) {
  const { question, answer } = keptBack[i];
  const mark = answers[i] === answer ? 'right' : `wrong: ${answer}`;
  console.log(`${question} = ${answers[i]}  ${mark}`);
}
const right = keptBack.filter(({ answer }, i) => answer === answers[i]).length;
quality('whole sums right', right / keptBack.length, { atLeast: short ? 0.5 : 0.9 });
