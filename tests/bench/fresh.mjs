// What needs a process of its own: start-up, and the memory of training. Called by run.mjs, in
// Node.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { relaxedFlags } from '../../scripts/lib/node_flags.mjs';
import { summary } from './statistics.mjs';

const kStartRounds = { full: 9, quick: 5 };
const kStarted = ['heddle', 'tfjs', 'jax'];

/** For a run that starts nothing else. */
export const labels = {
  tfjs: { label: 'TensorFlow.js wasm' },
  jax: { label: 'jax-js wasm' },
};

function fresh(program, ...args) {
  const file = fileURLToPath(new URL(program, import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [
    ...relaxedFlags(),
    file,
    ...args,
  ]);
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${stderr}`);
  return JSON.parse(stdout);
}

/**
 * Loading and starting libraries, in fresh processes by turns: two cases in milliseconds. Where it is
 * compared, Heddle has one thread, as the others have.
 */
export function measureStartUp(quick) {
  const times = Object.fromEntries(kStarted.map((name) => [name, []]));
  const ready = [];
  for (let round = 0; round < kStartRounds[quick ? 'quick' : 'full']; round++) {
    for (const name of kStarted) times[name].push(fresh('start_up.mjs', name));
    ready.push(fresh('start_up.mjs', 'heddle', 'auto'));
  }
  const caseOf = (id, name, all, names, value) => {
    const of = (contender) => all[contender].map(value);
    const results = Object.fromEntries(names.map((each) => [each, summary(of(each))]));
    const ratio = (each) => summary(of(each).map((time, i) => time / of('heddle')[i]));
    const ratios = Object.fromEntries(names.slice(1).map((each) => [each, ratio(each)]));
    return { id, group: 'start-up', name, unit: 'ms', less: true, results, ratios, left: {} };
  };
  return [
    caseOf('start/ready', '`ready()` in Node', { heddle: ready }, ['heddle'], (time) => time.ready),
    caseOf(
      'start/first',
      'loading, starting on one thread and a first small product in Node',
      times,
      kStarted,
      ({ load, ready, first }) => load + ready + first,
    ),
  ];
}

/** The memory of CNN training, in multiples of 4 x weights + activations of one batch. */
export function measureHeap() {
  const { held, needed, heap } = fresh('heap.mjs');
  return [
    {
      id: 'heap/cnn/32',
      group: 'heap',
      name: `memory of CNN training, batch 32 (${(held / 1e6).toFixed(1)} MB; heap ${(heap / 1e6).toFixed(1)} MB)`,
      unit: 'times 4 x weights + activations of a batch',
      less: true,
      results: { heddle: summary([held / needed]) },
      ratios: {},
      left: {},
    },
  ];
}
