// The examples run as a user runs them: as programs of their own, importing the package by its name.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { digitsFolder, readDigits } from '../../examples/idx.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What a program prints. Rejects when it fails. */
async function run(program: string, ...options: string[]): Promise<string> {
  const relaxed = process.env.HEDDLE_BUILD === 'relaxed';
  const flags = relaxed ? process.execArgv.filter((flag) => flag.includes('relaxed')) : [];
  const args = [...flags, `examples/${program}`, ...options];
  return (await promisify(execFile)(process.execPath, args, { cwd: root })).stdout;
}

const accuracyIn = (output: string) => {
  const match = /accuracy on the \d+ digits kept back: ([\d.]+) %/.exec(output);
  expect(match, output).not.toBeNull();
  return Number(match![1]);
};

describe('digits.mjs', () => {
  it('reaches 97 % on 2,000 real digits kept back within 3 epochs', async (context) => {
    const missing = readDigits() === null;
    if (missing) console.log(`skipped: no MNIST in ${digitsFolder()} (set HEDDLE_DATA)`);
    context.skip(missing, 'the digits are missing');
    const output = await run('digits.mjs');
    expect(output).toContain('8000 real digits to learn from, 2000 kept back');
    expect(output.match(/epoch \d\/3 \[=+\] 250\/250/g)).toHaveLength(3);
    expect(accuracyIn(output)).toBeGreaterThanOrEqual(97);
  }, 300_000);

  it('draws its own digits where there are no real ones', async () => {
    const output = await run(
      'digits.mjs',
      'no-such-folder',
      '--epochs=2',
      '--train=1600',
      '--test=400',
    );
    expect(output).toContain('learning digits that Heddle draws itself');
    expect(accuracyIn(output)).toBeGreaterThan(80);
  });
});

describe('shared_layer.mjs', () => {
  it('moves the second output by training the first', async () => {
    const output = await run('shared_layer.mjs');
    const [, from, to] = /loss of the first output: ([\d.]+) -> ([\d.]+)/.exec(output)!;
    expect(Number(to)).toBeLessThan(Number(from));
    expect(Number(/second output: ([\d.]+)/.exec(output)![1])).toBeGreaterThan(0.001);
    expect(output).toMatch(/shared\/kernel: call 0: [\d.]+, call 1: [\d.]+, cosine -?[\d.]+/);
    expect(output).toMatch(/Total params: 144\b/);
  });
});
