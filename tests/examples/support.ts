import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'vitest';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** The twelve: each has --short, and ends with the quality that it reached. */
export const kPrograms = [
  ...['iris', 'housing', 'custom_layer', 'addition_rnn', 'text_generation', 'date_attention'],
  ...['digits', 'siamese', 'transfer_learning', 'vae', 'acgan', 'cart_pole'],
];

/** Those that take a folder of digits. Where it is missing they draw their own, so that the test needs no data. */
const kOfDigits = ['digits', 'siamese', 'transfer_learning', 'vae', 'acgan'];

export const shortForm = (program: string): string[] => [
  ...(kOfDigits.includes(program) ? ['no-such-folder'] : []),
  '--short',
];

export interface Started {
  options?: string[];
  /** What `import 'heddle'` finds: see switch.mjs. By default the package. */
  library?: 'tfjs' | 'recorded_tfjs' | 'recorded_heddle';
}

/** Runs an example as a user runs it, as a program of its own, and gives what it prints. Rejects when it fails. */
export async function run(program: string, { options = [], library }: Started): Promise<string> {
  const relaxed = process.env.HEDDLE_BUILD === 'relaxed';
  const flags = relaxed ? process.execArgv.filter((flag) => flag.includes('relaxed')) : [];
  if (library !== undefined) flags.push('--import', './tests/examples/switch.mjs');
  const args = [...flags, `examples/${program}.mjs`, ...options];
  const env = { ...process.env, EXAMPLE_LIBRARY: library };
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, env });
  return stdout;
}

export interface Quality {
  value: number;
  wanted: number;
  /** Whether `wanted` is the least that will do, or the most. */
  bound: 'least' | 'most';
  reached: boolean;
}

/** What the last line of a program says. */
export function qualityIn(output: string): Quality {
  const line = output.trimEnd().split('\n').at(-1)!;
  const match = /^quality: .+ (-?[\d.]+), at (least|most) ([\d.]+) wanted: (reached|missed)$/.exec(
    line,
  );
  expect(match, output).not.toBeNull();
  const [, value, bound, wanted, verdict] = match!;
  return {
    value: Number(value),
    wanted: Number(wanted),
    bound: bound as Quality['bound'],
    reached: verdict === 'reached',
  };
}
