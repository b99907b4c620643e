// The examples with their import switched to '@tensorflow/tfjs': nothing else is changed.
import { describe, expect, it } from 'vitest';
import { kPrograms, qualityIn, run, shortForm } from './support.js';

interface Recorded {
  built: object[];
  losses: number[];
}

/** What a program built, and its first losses: see record.mjs. */
async function recorded(name: string, library: 'recorded_tfjs' | 'recorded_heddle') {
  const output = await run(name, { options: shortForm(name), library });
  const line = /^recorded: (.*)$/m.exec(output);
  expect(line, output).not.toBeNull();
  return JSON.parse(line![1]!) as Recorded;
}

describe('both libraries build the same models and lose the same', () => {
  it.each(kPrograms)('%s', async (name) => {
    const tensorflow = await recorded(name, 'recorded_tfjs');
    const heddle = await recorded(name, 'recorded_heddle');
    expect(heddle.built.length).toBeGreaterThan(0);
    expect(heddle.built).toEqual(tensorflow.built);
    expect(heddle.losses).toHaveLength(3);
    heddle.losses.forEach((loss, i) => {
      const expected = tensorflow.losses[i]!;
      expect(Math.abs(loss - expected)).toBeLessThanOrEqual(1e-4 * Math.max(1, Math.abs(expected)));
    });
  });
});

// The rest take TensorFlow.js minutes on the CPU. Its first weights are others in each run, so the quality is left open.
describe('TensorFlow.js runs to the end', () => {
  it.each(['iris', 'housing', 'custom_layer', 'cart_pole'])('%s', async (name) => {
    const started = { options: ['--short'], library: 'tfjs' as const };
    const output = await run(name, started).catch((error: { stdout: string }) => error.stdout);
    expect(qualityIn(output).value).toBeGreaterThan(0);
  });
});
