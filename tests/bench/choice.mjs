// Which cases of a run: by the beginnings of their ids, without some contenders; the quick run
// takes a few only.
import { cases } from './cases.mjs';

/**
 * `{quick, only: [beginning of an id], without: [contender], leave: [group]}` to cases, each with
 * the contenders that take part.
 */
export const chosenCases = ({ quick, only, without, leave = [] }) =>
  cases
    .filter((entry) => !quick || entry.quick)
    .filter((entry) => only.length === 0 || only.some((part) => entry.id.startsWith(part)))
    .filter((entry) => !leave.includes(entry.group))
    .map((entry) => ({
      ...entry,
      contenders: entry.contenders.filter((name) => !without.includes(name)),
    }));

export const scalingChosen = ({ quick, only }) =>
  !quick && (only.length === 0 || only.includes('scaling'));
