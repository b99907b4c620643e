// The table of a run, and whether the lines hold.
import { lines } from './lines.mjs';

/**
 * The lines whose case was measured: `{...line, value, holds, reached}`; `value` is the ratio, or
 * the case's measure where there is no `against`, and null where a contender was missing.
 */
export function judge(cases) {
  return lines.flatMap((line) => {
    const entry = cases.find((each) => each.id === line.case);
    if (!entry) return [];
    const { results } = entry;
    const [own, other] = [line.of, line.against].map((name) => results[name]?.median);
    const value = (line.against ? own / other : own) || null;
    const at = (limit) => {
      if (limit === undefined || value === null) return null;
      return line.atMost === undefined ? value >= limit : value <= limit;
    };
    return [{ ...line, value, holds: at(line.atMost ?? line.atLeast), reached: at(line.goal) }];
  });
}

const kDigits = 4;

/** A result as text: numbers of four digits, one case a line. */
export function written(result) {
  const rounded = (_, value) =>
    typeof value === 'number' ? Number(value.toPrecision(kDigits)) : value;
  const text = (value) => JSON.stringify(value, rounded);
  const entries = Object.entries(result).map(([key, value]) =>
    Array.isArray(value)
      ? `"${key}": [\n${value.map(text).join(',\n')}\n]`
      : `"${key}": ${text(value)}`,
  );
  return `{\n${entries.join(',\n')}\n}\n`;
}

/** Whether Heddle was slower than somebody: `{case, than, ratio}`. */
export const slower = (cases) =>
  cases.flatMap(({ id, results, ratios }) =>
    Object.entries(ratios)
      .filter(
        ([than, { median }]) =>
          Object.keys(results)[0] === 'heddle' && median < 1 && than !== 'simd',
      )
      .map(([than, { median }]) => ({ case: id, than, ratio: median })),
  );

const number = (value) => {
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return value.toPrecision(3);
};

const spread = ({ median, low, high }) => `${number(median)} (${number(low)} to ${number(high)})`;

function printCase({ name, unit, results, ratios, left, complaints = [] }, contenders) {
  const labelOf = (key) => (contenders[key]?.label ?? key).padEnd(24);
  console.log(`\n  ${name}, ${unit}`);
  for (const [key, result] of Object.entries(results)) {
    const ratio = ratios[key] ? `${spread(ratios[key])} x` : '';
    const faster = ratios[key]?.median < 1 ? '  <- faster' : '';
    console.log(`    ${labelOf(key)} ${spread(result).padEnd(32)} ${ratio}${faster}`);
  }
  for (const [key, why] of Object.entries(left)) {
    if (contenders[key]?.reason) continue; // it was said before
    console.log(`    ${labelOf(key)} left out: ${why}`);
  }
  for (const complaint of complaints) console.log(`    NOT THE SAME WORK: ${complaint}`);
}

function verdict(line) {
  if (line.value === null) return 'not measured';
  if (line.holds === false) return 'NOT HELD';
  if (line.reached === false) {
    return line.holds ? 'holds, the goal is not reached' : 'goal not reached';
  }
  return line.reached ? 'the goal is reached' : 'holds';
}

function printLine(line) {
  const what = line.against ? `${line.of} / ${line.against}` : line.of;
  const limits = [];
  if (line.atLeast) limits.push(`at least ${line.atLeast.toFixed(2)}`);
  if (line.atMost) limits.push(`at most ${line.atMost}`);
  if (line.goal) limits.push(`goal ${line.goal}`);
  const value = line.value === null ? '-' : line.value.toFixed(2);
  console.log(
    `  ${line.case.padEnd(28)} ${what.padEnd(18)} ${value.padStart(7)}  (${limits.join(', ')}): ${verdict(line)}`,
  );
}

function printScaling({ name, doublings }) {
  console.log(`\n  ${name}`);
  for (const { from, to, time, arithmetic } of doublings) {
    // Only what the rounds agree about.
    const more = time.low > arithmetic ? '  <- more than the arithmetic' : '';
    console.log(
      `    ${from} to ${to}: time x ${spread(time)}, arithmetic x ${number(arithmetic)}${more}`,
    );
  }
}

/** What speaks against the results, of all cases. */
export const complaintsOf = (cases) =>
  cases.flatMap(({ id, complaints = [] }) => complaints.map((text) => `${id}: ${text}`));

export function printReport({ runtime, cpu, cases, contenders, scaling, lines: judged }) {
  console.log(`${runtime}, ${cpu}: medians (and middle half of the rounds)`);
  console.log('The last column: how many times as fast the first one is, round against round.');
  let group;
  for (const entry of cases) {
    if (entry.group !== group) console.log(`\n=== ${entry.group}`);
    group = entry.group;
    printCase(entry, contenders);
  }
  if (scaling.length > 0) console.log('\n=== scaling');
  scaling.forEach(printScaling);
  const behind = slower(cases);
  if (behind.length > 0) console.log('\n=== slower than');
  for (const { case: id, than, ratio } of behind) {
    console.log(`  ${id.padEnd(52)} ${contenders[than].label}: ${ratio.toFixed(2)}`);
  }
  if (judged.length > 0) console.log('\n=== lines');
  judged.forEach(printLine);
}
