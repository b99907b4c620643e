/** The program that does what the figure does, written out for the figure's present settings. */
import type { DigitsSession } from '../lesson/digits_session.svelte.js';
import type { SmallSession } from '../lesson/small_session.svelte.js';
import type { LearnFrom } from '../lesson/trainer.js';

const lossWeights: Record<LearnFrom, string> = { a: '[1, 0]', b: '[0, 1]', both: '[1, 1]' };
const learns: Record<LearnFrom, string> = {
  a: 'learn from a only',
  b: 'learn from b only',
  both: 'learn from both',
};

/** A row of numbers, eight to a line. */
function row(values: Float32Array): string {
  const words = Array.from(values, (value) => String(Math.round(value * 100) / 100));
  const lines: string[] = [];
  for (let i = 0; i < words.length; i += 8) lines.push(words.slice(i, i + 8).join(', '));
  return `[\n  [${lines.join(',\n   ')}]]`;
}

export function smallProgram(session: SmallSession): string {
  const { inputs, targets, from, rate, spec } = session;
  return `import * as hd from 'heddle';
await hd.ready();

const shared = hd.layers.dense({
  units: ${spec.units}, activation: '${spec.activation}', name: 'shared',
  kernelInitializer: hd.initializers.glorotUniform({seed: ${spec.seed}}),
});
const a = hd.input({shape: [${spec.inputs}], name: 'a'});
const b = hd.input({shape: [${spec.inputs}], name: 'b'});
const ya = shared.apply(a); // first call: makes the weights
const yb = shared.apply(b); // second call: the same weights
const model = hd.model({inputs: [a, b], outputs: [ya, yb]});
model.summary(66);

const xa = hd.tensor2d(${row(inputs.a)});
const xb = hd.tensor2d(${row(inputs.b)});
const ta = hd.tensor2d(${row(targets.a)});
const tb = hd.tensor2d(${row(targets.b)});

model.compile({
  optimizer: hd.train.adam(${rate}), loss: 'meanSquaredError',
  lossWeights: ${lossWeights[from]}, // ${learns[from]}
});
const before = model.predict([xa, xb])[1];
for (let step = 1; step <= 200; step++) {
  const [loss] = await model.trainOnBatch([xa, xb], [ta, tb]);
  if (step % 50 === 0) console.log('step', step, 'loss', loss);
}
const moved = model.predict([xa, xb])[1].sub(before).abs().mean();
console.log('output for b moved', moved.dataSync()[0]);`;
}

export function digitsProgram(session: DigitsSession): string {
  const { from, rate, spec } = session;
  return `import * as hd from 'heddle';
await hd.ready();

const shared = hd.layers.dense({
  units: ${spec.units}, activation: '${spec.activation}', name: 'shared',
  kernelInitializer: hd.initializers.randomNormal(
    {mean: 0, stddev: ${spec.start}, seed: ${spec.seed}}),
});
const a = hd.input({shape: [784], name: 'a'});
const b = hd.input({shape: [784], name: 'b'});
const ya = shared.apply(a); // first call: makes the weights
const yb = shared.apply(b); // second call: the same weights
const model = hd.model({inputs: [a, b], outputs: [ya, yb]});
model.compile({
  optimizer: hd.train.sgd(${rate}), loss: 'categoricalCrossentropy',
  lossWeights: ${lossWeights[from]}, // ${learns[from]}
});

function digits(count, seed) {
  const {xs, labels} = hd.datasets.strokes({count, seed});
  const answers = hd.oneHot(hd.tensor1d(labels, 'int32'), 10);
  return [hd.tensor2d(xs, [count, 784]), answers];
}
const [xa, ta] = digits(1000, 1); // a's digits
const [xb, tb] = digits(1000, 2); // b's digits, never the same
await model.fit([xa, xb], [ta, tb], {
  epochs: 10, batchSize: 32, verbose: 0,
  callbacks: {
    onEpochEnd: (epoch, logs) => console.log(epoch + 1, logs.loss),
  },
});
const right = model.predict([xa, xb])[1].argMax(1).equal(tb.argMax(1));
console.log('b reads right', right.mean().dataSync()[0]);`;
}
