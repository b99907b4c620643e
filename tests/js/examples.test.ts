// The examples run as a user runs them: as programs of their own, importing the package by its name.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { digitsFolder, readDigits } from '../../examples/idx.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

function run(program: string, ...options: string[]): string {
  const flags = process.env.HEDDLE_BUILD === 'relaxed' ? process.execArgv : [];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...flags.filter((flag) => flag.includes('relaxed')), `examples/${program}`, ...options],
    { cwd: root, encoding: 'utf8' },
  );
  expect(status, `${program} failed:\n${stdout}\n${stderr}`).toBe(0);
  return stdout;
}

const accuracyIn = (output: string) => {
  const match = /accuracy on the \d+ digits kept back: ([\d.]+) %/.exec(output);
  expect(match, output).not.toBeNull();
  return Number(match![1]);
};

describe('digits.mjs', () => {
  it('reaches 97 % on 2,000 real digits kept back within 3 epochs', (context) => {
    const missing = readDigits() === null;
    if (missing) console.log(`skipped: no MNIST in ${digitsFolder()} (set HEDDLE_DATA)`);
    context.skip(missing, 'the digits are missing');
    const output = run('digits.mjs');
    expect(output).toContain('8000 real digits to learn from, 2000 kept back');
    expect(output.match(/epoch \d\/3 \[=+\] 250\/250/g)).toHaveLength(3);
    expect(accuracyIn(output)).toBeGreaterThanOrEqual(97);
  });

  it('draws its own digits where there are no real ones', () => {
    const output = run('digits.mjs', 'no-such-folder', '--epochs=2', '--train=1600', '--test=400');
    expect(output).toContain('learning digits that Heddle draws itself');
    expect(accuracyIn(output)).toBeGreaterThan(80);
  });
});

describe('shared_layer.mjs', () => {
  it('moves the second output by training the first', () => {
    const output = run('shared_layer.mjs');
    const [, from, to] = /loss of the first output: ([\d.]+) -> ([\d.]+)/.exec(output)!;
    expect(Number(to)).toBeLessThan(Number(from));
    expect(Number(/second output: ([\d.]+)/.exec(output)![1])).toBeGreaterThan(0.001);
    expect(output).toMatch(/shared\/kernel: call 0: [\d.]+, call 1: [\d.]+, cosine -?[\d.]+/);
    expect(output).toMatch(/Total params: 144\b/);
  });
});
