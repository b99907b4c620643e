// npm test speed: fails on a real loss of speed, without looking at the clock alone. Two kinds of
// numbers are compared with those of tests/bench/recorded.json:
// - instructions that kernels, steps of training and predictions take natively, counted by
//   Valgrind: the same on a slow, busy or fast machine;
// - how many times as fast as a plain loop in JavaScript the built package is, both by turns in one
//   run.
//   node scripts/speed.mjs       checks
//   npm run bench:record         writes the numbers as they are now, after a change that was meant
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { cmakeConfigure } from './lib/build.mjs';
import { relaxedFlags } from './lib/node_flags.mjs';
import { Stop, capture, fromRoot, main, step } from './lib/run.mjs';

const kRecorded = fromRoot('tests', 'bench', 'recorded.json');
const kCounted = 'heddle_counted_run'; // in tests/micro/counts.cpp
const kMoreInstructions = 1.1; // a new compiler may change a few per cent
// Another processor or engine shifts the ratios; a lost vectorisation or fusion costs more.
const kSlower = 0.5;
const kAttempts = 3;

/** {workload: instructions} */
async function countInstructions() {
  await cmakeConfigure('native-bench', 'the native benchmarks');
  const target = ['--build', '--preset', 'native-bench', '--target', 'heddle_counts'];
  await step('Building the native benchmarks', 'cmake', target);
  const folder = fromRoot('build', 'counts');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const tool = ['--tool=callgrind', `--callgrind-out-file=${folder}/out`];
  const when = [`--toggle-collect=${kCounted}`, `--dump-after=${kCounted}`];
  const program = fromRoot('build', 'native-bench', 'tests', 'micro', 'heddle_counts');
  const printed = capture('valgrind', [...tool, ...when, program], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  if (printed === undefined) throw new Stop('valgrind could not run heddle_counts.');
  const totals = readdirSync(folder)
    .map((file) => ({ number: Number(file.split('.')[1]), file }))
    .filter(({ number }) => number > 0)
    .sort((a, b) => a.number - b.number)
    .map(({ file }) => {
      const text = readFileSync(`${folder}/${file}`, 'utf8');
      return Number(/^(?:totals|summary): (\d+)/m.exec(text)[1]);
    });
  const names = printed.split('\n');
  return Object.fromEntries(names.map((name, i) => [name, totals[i]]));
}

/** {name: how many times as fast as the loop}, of all or of the names given. */
function measureRatios(names) {
  const file = fromRoot('tests', 'bench', 'guard.mjs');
  const args = names ? [JSON.stringify(names)] : [];
  const printed = capture(process.execPath, [...relaxedFlags(), file, ...args]);
  if (printed === undefined) throw new Stop('tests/bench/guard.mjs failed: run it alone.');
  return JSON.parse(printed.split('\n').at(-1));
}

/** Names that one list has and the other lacks. */
function sameNames(what, now, recorded) {
  const missing = (a, b) => Object.keys(a).filter((name) => !(name in b));
  const added = missing(now, recorded);
  const gone = missing(recorded, now);
  if (added.length > 0) console.log(`${what} not recorded: ${added.join('; ')}`);
  if (gone.length > 0) console.log(`${what} recorded, but not measured: ${gone.join('; ')}`);
  return added.length + gone.length === 0;
}

async function checkCounts(recorded) {
  const now = await countInstructions();
  let good = sameNames('Instruction counts', now, recorded);
  let fewer = 0;
  for (const [name, count] of Object.entries(now)) {
    const ratio = count / recorded[name];
    if (ratio < 0.9) fewer++;
    if (!(ratio > kMoreInstructions)) continue;
    good = false;
    console.log(`${name}: ${count} instructions, ${ratio.toFixed(2)} x the recorded ones`);
  }
  console.log(`${Object.keys(now).length} workloads counted, ${fewer} with a tenth less or better`);
  return good;
}

function checkRatios(recorded) {
  let best = measureRatios();
  const good = sameNames('Ratios', best, recorded);
  const behind = () =>
    Object.keys(best).filter((name) => best[name] < kSlower * (recorded[name] ?? 0));
  for (let attempt = 1; attempt < kAttempts && behind().length > 0; attempt++) {
    for (const [name, ratio] of Object.entries(measureRatios(behind()))) {
      best = { ...best, [name]: Math.max(best[name], ratio) };
    }
  }
  for (const name of behind()) {
    const part = (best[name] / recorded[name]).toFixed(2);
    console.log(`${name}: ${part} of the recorded speed against the loop, in ${kAttempts} runs`);
  }
  console.log(`${Object.keys(best).length} ratios measured`);
  return good && behind().length === 0;
}

const rounded = (ratios) =>
  Object.fromEntries(Object.entries(ratios).map(([key, value]) => [key, +value.toPrecision(3)]));

main(async () => {
  const everything = existsSync(kRecorded) ? JSON.parse(readFileSync(kRecorded, 'utf8')) : {};
  const { arch } = process;
  if (process.argv.includes('--record')) {
    const instructions = { ...everything.instructions, [arch]: await countInstructions() };
    const numbers = { instructions, ratios: rounded(measureRatios()) };
    writeFileSync(kRecorded, `${JSON.stringify(numbers, null, 2)}\n`);
    console.log('Recorded in tests/bench/recorded.json');
    return;
  }
  const recorded = everything.instructions[arch];
  if (!recorded) console.log(`No instruction counts are recorded for ${arch}: ratios only.`);
  const counts = recorded ? await checkCounts(recorded) : true;
  const ratios = checkRatios(everything.ratios);
  if (!counts || !ratios) {
    throw new Stop('Slower than recorded. If it is meant: `npm run bench:record`.');
  }
});
