// The examples run as a user runs them: as programs of their own, importing the package by its name.
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { digitsFolder, readDigits } from '../../examples/idx.mjs';
import { kPrograms, qualityIn, root, run, shortForm } from './support.js';

const kOthers = ['common', 'idx', 'load_digits', 'shared_layer', 'threads'];
const textOf = (file: string) => readFileSync(`${root}/examples/${file}`, 'utf8');

describe('the folder', () => {
  it('has the twelve programs, and what they share', () => {
    const files = readdirSync(`${root}/examples`).filter((name) => name.endsWith('.mjs'));
    const expected = [...kPrograms, ...kOthers].map((name) => `${name}.mjs`);
    expect(files.sort()).toEqual(expected.sort());
  });

  it.each(kPrograms)(
    '%s is short enough to read, and its full quality stands in README.md',
    (name) => {
      const text = textOf(`${name}.mjs`);
      expect(text.split('\n').length).toBeLessThan(200);
      const [, full] = /(?:atLeast|atMost): .*: ([\d.]+)\b/.exec(text)!;
      const row = textOf('README.md')
        .split('\n')
        .find((line) => line.includes(`(${name}.mjs)`));
      expect(row, `examples/README.md has no row for ${name}.mjs`).toBeDefined();
      expect(row).toContain(full);
    },
  );
});

describe('in short form', () => {
  it.each(kPrograms)('%s reaches its quality', async (name) => {
    const output = await run(name, { options: shortForm(name) });
    const { value, wanted, bound, reached } = qualityIn(output);
    expect(reached).toBe(true);
    if (bound === 'least') expect(value).toBeGreaterThanOrEqual(wanted);
    else expect(value).toBeLessThanOrEqual(wanted);
  });

  it('is the same in every run', async () => {
    const outputs = [await run('iris', { options: ['--short'] })];
    outputs.push(await run('iris', { options: ['--short'] }));
    expect(outputs[0]).toBe(outputs[1]);
  });

  it('a program that falls short fails', async () => {
    const options = ['no-such-folder', '--epochs=1', '--train=64', '--test=64'];
    const failure = await run('digits', { options }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 1 });
    const { stdout } = failure as { stdout: string };
    expect(stdout).toMatch(/Not enough digits of MNIST in .*: Heddle draws its own\./);
    expect(qualityIn(stdout)).toMatchObject({ reached: false, wanted: 0.97 });
  });
});

describe('with data', () => {
  it('digits reaches 97 % on 2,000 real digits kept back within 3 epochs', async (context) => {
    const missing = readDigits() === null;
    if (missing) console.log(`skipped: no MNIST in ${digitsFolder()} (set HEDDLE_DATA)`);
    context.skip(missing, 'the digits are missing');
    const output = await run('digits', {});
    expect(output).toContain('8000 real digits to learn from, 2000 kept back');
    expect(output.match(/epoch \d\/3 \[=+\] 250\/250/g)).toHaveLength(3);
    expect(qualityIn(output).value).toBeGreaterThanOrEqual(0.97);
  }, 300_000);
});

describe('shared_layer', () => {
  it('moves the second output by training the first', async () => {
    const output = await run('shared_layer', {});
    const [, from, to] = /loss of the first output: ([\d.]+) -> ([\d.]+)/.exec(output)!;
    expect(Number(to)).toBeLessThan(Number(from));
    expect(Number(/second output: ([\d.]+)/.exec(output)![1])).toBeGreaterThan(0.001);
    expect(output).toMatch(/shared\/kernel: call 0: [\d.]+, call 1: [\d.]+, cosine -?[\d.]+/);
    expect(output).toMatch(/Total params: 144\b/);
  });
});

describe('threads', () => {
  it('serves its page and the package with the headers that threads need', async () => {
    const output = await run('threads', { options: ['--short'] });
    for (const path of ['/', '/heddle/heddle-simd-threads.js']) {
      expect(output).toContain(`${path}: 200, same-origin, require-corp`);
    }
  });
});
