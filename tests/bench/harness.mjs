// Measuring: all contenders of a case take turns, round by round, so that what the machine does
// meanwhile falls on each of them alike. Runs in Node and in a page.
import { CannotDo } from './contender.mjs';
import { summary } from './statistics.mjs';

/** Full: about a second of work for each contender of a case. */
export const kFull = { warmUpSeconds: 0.4, rounds: 7, roundSeconds: 0.15, slowRounds: 3 };
export const kQuick = { warmUpSeconds: 0.3, rounds: 5, roundSeconds: 0.08, slowRounds: 2 };

const kTooSlow = 60; // seconds for a unit and its warm-up: not worth waiting for
const kSlow = 1.5; // seconds for the fewest units that can be run: fewer rounds will do

const wallClock = () => performance.now() / 1000;

/** What `units` of work take by `clock`, or by the program's own measure. */
export async function seconds(program, units, clock = wallClock) {
  const start = clock();
  const own = await program.run(units);
  return own ?? clock() - start;
}

/**
 * Warms a program up, so that engines have done their best with it, and finds how many units fill a
 * round.
 */
export async function warmUp(program, { warmUpSeconds, roundSeconds, clock }) {
  // Units come in whole epochs where the contender runs whole epochs.
  const least = program.stepsPerEpoch ?? 1;
  let units = least;
  let took = await seconds(program, units, clock); // compiles
  if (took > kTooSlow) throw new CannotDo(`too slow: ${took.toFixed(0)} s for the first epoch`);
  for (let spent = took; spent < warmUpSeconds || spent === took; spent += took) {
    if (took < roundSeconds / 2) units *= 2;
    took = await seconds(program, units, clock);
  }
  units = least * Math.max(1, Math.round((roundSeconds * units) / took / least));
  return { units, slow: took > kSlow };
}

function agree(values, expected, tolerance) {
  const scale = Math.max(...expected.map(Math.abs));
  return (
    values.length === expected.length &&
    values.every((value, i) => Math.abs(value - expected[i]) <= tolerance * scale)
  );
}

const shown = (values) => values.map((value) => Number(value.toPrecision(5))).join(', ');

/** Did everyone do the same work? What speaks against it, a sentence each. */
async function complaintsAbout(entry, running) {
  const complaints = [];
  const [reference] = running;
  const expected = await reference.program.check();
  for (const one of running) {
    const values = await one.program.check();
    if (!entry.spec.differs?.includes(one.name) && !agree(values, expected, entry.tolerance)) {
      complaints.push(
        `${one.name} did other work than ${reference.name}: ${shown(values)} instead of ` +
          shown(expected),
      );
    }
    const trend = await one.program.trend?.();
    if (trend && !(trend[1] < trend[0])) {
      complaints.push(`${one.name}'s loss did not fall (${shown(trend)})`);
    }
  }
  return complaints;
}

/**
 * One case: `{id, group, name, unit, perUnit, better, spec, tolerance, contenders}`. Resolves to
 * `{id, group, name, unit, results: {contender: {median, low, high, rounds}}, ratios: {contender:
 * …}, left: {contender: why}, complaints}`. A ratio is how many times as fast as the contender the first one
 * is, round against round.
 */
export async function measureCase(entry, contenders, settings) {
  const running = [];
  const left = {};
  for (const name of entry.contenders) {
    const contender = contenders[name];
    try {
      if (!contender.prepare) throw new CannotDo(contender.reason);
      const why = entry.leaves?.[name];
      if (why) throw new CannotDo(why);
      const program = await contender.prepare(entry.spec);
      try {
        running.push({ name, program, rates: [], ...(await warmUp(program, settings)) });
      } catch (error) {
        await program.dispose?.();
        throw error;
      }
    } catch (error) {
      const whole = name === entry.contenders[0] || name === 'heddle';
      if (whole && !(error instanceof CannotDo)) throw error;
      left[name] = error.message.split('\n')[0];
    }
  }
  const { id, group, name, unit } = entry;
  if (running[0]?.name !== entry.contenders[0]) {
    for (const one of running) await one.program.dispose?.();
    return { id, group, name, unit, results: {}, ratios: {}, left, complaints: [] };
  }
  for (let round = 0; round < settings.rounds; round++) {
    for (const one of running) {
      if (one.slow && round >= settings.slowRounds) continue;
      const took = await seconds(one.program, one.units, settings.clock);
      one.rates.push((one.units * entry.perUnit) / took);
    }
  }
  const complaints = await complaintsAbout(entry, running);
  const results = {};
  const ratios = {};
  const [own] = running;
  for (const one of running) {
    results[one.name] = summary(one.rates);
    if (one !== own) ratios[one.name] = summary(one.rates.map((rate, i) => own.rates[i] / rate));
    await one.program.dispose?.();
  }
  return { id, group, name, unit, results, ratios, left, complaints };
}
