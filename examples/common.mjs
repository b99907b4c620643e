// What the example programs share: their options, random numbers that are the same in every run, and the last line
// that each prints. Nothing here knows of neural networks.
import { resolve } from 'node:path';

const given = process.argv.slice(2);

/** Whether to run for a few seconds only, for a lower quality. */
export const short = given.includes('--short');

const first = given.find((each) => !each.startsWith('--'));

/** The first argument that is no option, as a path. */
export const path = first === undefined ? undefined : resolve(first);

/** Random numbers from a seed (mulberry32): the same numbers in every run, on every machine. */
export function randomNumbers(seed) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const integer = (end) => Math.floor(uniform() * end);
  return {
    /** From 0, included, to 1, excluded. */
    uniform,
    /** A whole number from 0, included, to `end`, excluded. */
    integer,
    pick: (list) => list[integer(list.length)],
    /** Mean 0, standard deviation 1 (Box and Muller 1958). */
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    /** Puts a list in another order, in place (Fisher and Yates). */
    shuffle(list) {
      for (let i = list.length - 1; i > 0; i--) {
        const j = integer(i + 1);
        [list[i], list[j]] = [list[j], list[i]];
      }
      return list;
    },
  };
}

/** The last line of a program: what it reached, and what it is meant to reach. The program fails where it falls short. */
export function quality(name, value, { atLeast, atMost }) {
  const reached = atLeast !== undefined ? value >= atLeast : value <= atMost;
  const wanted = atLeast !== undefined ? `at least ${atLeast}` : `at most ${atMost}`;
  console.log(
    `quality: ${name} ${value.toFixed(4)}, ${wanted} wanted: ${reached ? 'reached' : 'missed'}`,
  );
  if (!reached) process.exitCode = 1;
}
