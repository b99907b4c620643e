// The ratios that `npm test speed` looks at: work of Heddle's against a plain loop in JavaScript
// that does not change, by turns in one process. Prints them as JSON: {name: how many times as fast
// as the loop}.
//   node guard.mjs [names of which to measure again, as a JSON list]
import { median } from './statistics.mjs';
import { randomValues } from './data.mjs';
import { create } from './peers/heddle.mjs';

const kRounds = 7;
const kSeconds = 0.025;

const root = new URL('../../', import.meta.url);

/** A product [size, size] x [size, size] as three loops. */
function plainProduct(size) {
  const [a, b] = [1, 2].map((seed) => randomValues(size * size, seed));
  const c = new Float32Array(size * size);
  return () => {
    c.fill(0);
    for (let i = 0; i < size; i++) {
      for (let k = 0; k < size; k++) {
        const left = a[i * size + k];
        for (let j = 0; j < size; j++) c[i * size + j] += left * b[k * size + j];
      }
    }
  };
}

/** Seconds for one unit, over as many as take a while. */
function timer(run, least = 1) {
  let units = least;
  return async () => {
    for (;;) {
      const start = performance.now();
      await run(units);
      const took = (performance.now() - start) / 1000;
      if (took >= kSeconds) return took / units;
      units = least * Math.ceil((1.5 * kSeconds * units) / Math.max(took, 1e-5) / least);
    }
  };
}

const repeat = (work) => (units) => {
  for (let i = 0; i < units; i++) work();
};

/** `[name, timer]` of all work of a build, or of that which is wanted. */
async function works({ hd, prepare }, wanted) {
  const x = hd.tensor(randomValues(64 * 4096, 1, 0.1, 2), [64, 4096]);
  const alone = {
    'exp of 262,144': () => hd.exp(x).dispose(),
    'softmax of 64 x 4096': () => hd.softmax(x).dispose(),
  };
  const prepared = {
    'product 512': { kind: 'product', m: 512, k: 512, n: 512 },
    'product 8 x 256 x 256': { kind: 'product', m: 8, k: 256, n: 256 },
    'MLP training, batch 32': { kind: 'training', network: 'mlp', batch: 32 },
    'MLP training, batch 1': { kind: 'training', network: 'mlp', batch: 1 },
    'CNN training, batch 8': { kind: 'training', network: 'cnn', batch: 8 },
    'LSTM training, batch 8': { kind: 'training', network: 'lstm', batch: 8 },
    'transformer training, batch 8': { kind: 'training', network: 'transformer', batch: 8 },
    'MobileNetV2 96 prediction': { kind: 'prediction', side: 96, batch: 1 },
  };
  const list = Object.entries(alone)
    .filter(([name]) => wanted(name))
    .map(([name, work]) => [name, timer(repeat(work))]);
  for (const [name, spec] of Object.entries(prepared)) {
    if (!wanted(name)) continue;
    const { run, stepsPerEpoch } = await prepare(spec);
    list.push([name, timer(run, stepsPerEpoch)]);
  }
  return list;
}

const names = process.argv[2] ? JSON.parse(process.argv[2]) : undefined;
const loop = timer(repeat(plainProduct(96)));
await loop();
const ratios = {};
for (const build of ['simd', 'relaxed']) {
  const full = (name) => `${name}, ${build}`;
  const wanted = (name) => names?.includes(full(name)) ?? true;
  for (const [name, time] of await works(await create({ root, build }), wanted)) {
    await time(); // compiles
    await time();
    const rounds = [];
    for (let i = 0; i < kRounds; i++) rounds.push((await loop()) / (await time()));
    ratios[full(name)] = median(rounds);
  }
}
console.log(JSON.stringify(ratios));
process.exit(0);
