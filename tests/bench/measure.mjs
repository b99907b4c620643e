// One measuring run in one process: all contenders take turns, round by round, so that what the machine does
// meanwhile falls on each of them alike. Called by run.mjs; writes JSON to the file named first.
import { writeFileSync } from 'node:fs';
import { cases } from './cases.mjs';

const [output, build = 'auto', only = ''] = process.argv.slice(2);
const kRounds = 7;
const kRoundSeconds = 0.4;
const kSlowRounds = 3;

const seconds = async (work) => {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e9;
};

export function summary(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (q) => {
    const position = q * (sorted.length - 1);
    const low = Math.floor(position);
    const high = Math.ceil(position);
    return sorted[low] + (sorted[high] - sorted[low]) * (position - low);
  };
  return { median: at(0.5), low: at(0.25), high: at(0.75), rounds: values.length };
}

async function prepare(entry, name, contender) {
  const program = await entry.make(contender);
  const slow = entry.slow?.includes(name) ?? false;
  // Units come in whole epochs where the contender runs whole epochs.
  const step = program.stepsPerEpoch ?? 1;
  let done = step;
  await program.run(step); // compiles and warms up
  if (slow) return { name, program, slow, units: step, done, rates: [] };
  await program.run(2 * step);
  const trial = await seconds(() => program.run(2 * step));
  const units = step * Math.max(1, Math.round((kRoundSeconds * 2) / trial));
  done += 4 * step;
  return { name, program, slow, units, done, rates: [] };
}

async function measureCase(entry, contenders) {
  const running = [];
  for (const name of entry.contenders) {
    running.push(await prepare(entry, name, contenders[name]));
  }
  for (let round = 0; round < kRounds; round++) {
    for (const one of running) {
      if (one.slow && round >= kSlowRounds) continue;
      const took = await seconds(() => one.program.run(one.units));
      one.done += one.units;
      one.rates.push((one.units * entry.perUnit) / took);
    }
  }
  const results = {};
  for (const one of running) {
    const value = await one.program.check();
    if (!entry.verify(value, one.done)) {
      throw new Error(`${entry.name}: ${one.name} did not do the work (check value ${value}).`);
    }
    results[one.name] = { label: contenders[one.name].label, ...summary(one.rates) };
  }
  return results;
}

const contenders = {};
for (const name of new Set(cases.flatMap((entry) => entry.contenders))) {
  const contender = await import(`./peers/${name}.mjs`);
  await contender.start(name === 'heddle' ? build : undefined);
  contenders[name] = contender;
}
const results = [];
for (const entry of cases.filter((each) => each.name.toLowerCase().includes(only))) {
  process.stderr.write(`  ${entry.name} ...\n`);
  const { name, measure, line } = entry;
  results.push({ name, measure, line, results: await measureCase(entry, contenders) });
}
writeFileSync(output, JSON.stringify({ heddle: contenders.heddle.label, cases: results }));
