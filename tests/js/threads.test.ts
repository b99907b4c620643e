// Several threads: the numbers of one, the same numbers each time, and nothing that one thread does not have to
// care about: memory that is shared, workers that fail, programs that end.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { relaxedFlags } from '../../scripts/lib/node_flags.mjs';
import { build, errorOf, rejectionOf, values } from './support';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const kThreads = 3;

interface Trained {
  losses: number[];
  weights: number[];
}
interface Answer {
  info: hd.EngineInfo;
  cnn: Trained;
  lstm: Trained;
}

/** Trains in a program of its own, which has to end by itself. */
async function run(threads: number | 'auto'): Promise<Answer> {
  const program = [here('threads_program.mjs'), here('../../dist/index.js'), build, `${threads}`];
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [...relaxedFlags(), ...program],
    { timeout: 60_000, maxBuffer: 1 << 26 },
  );
  expect(stderr.replace(/^.*ExperimentalWarning.*$/gm, '').trim()).toBe('');
  return JSON.parse(stdout) as Answer;
}

function expectClose(actual: number[], expected: number[]): void {
  expect(actual).toHaveLength(expected.length);
  const worst = Math.max(...actual.map((value, i) => Math.abs(value - expected[i]!)));
  expect(worst).toBeLessThanOrEqual(1e-5);
}

describe('training on several threads', () => {
  it('comes to the numbers of one thread, and to the same ones each time', async () => {
    const one = await run(1);
    expect(one.info).toMatchObject({
      build,
      threads: 1,
      threadsReason: 'one thread was asked for',
    });
    const several = await run(kThreads);
    expect(several.info).toMatchObject({ build, threads: kThreads });
    for (const network of ['cnn', 'lstm'] as const) {
      expect(several[network].losses.at(-1)).toBeLessThan(several[network].losses[0]!);
      expectClose(several[network].losses, one[network].losses);
      expectClose(several[network].weights, one[network].weights);
    }
    const { cnn, lstm } = await run(kThreads);
    expect({ cnn, lstm }).toEqual({ cnn: several.cnn, lstm: several.lstm });
  });

  it("works before all threads are up, as with 'auto'", async () => {
    const [one, auto] = [await run(1), await run('auto')];
    expectClose(auto.cnn.weights, one.cnn.weights);
  });
});

describe('memory that threads share', () => {
  beforeAll(() => hd.ready({ threads: kThreads, build }));

  it('is told of by info()', () => {
    expect(hd.info()).toMatchObject({ build, threads: kThreads });
    expect(hd.info().threadsReason).not.toBe('');
    expect(hd.env().getBool('WASM_HAS_MULTITHREAD_SUPPORT')).toBe(true);
  });

  it('shows through views, and never through copies', () => {
    const variable = hd.variable(hd.tensor1d([1, 2, 3]));
    const dense = hd.layers.dense({ units: 2, inputShape: [3] });
    hd.sequential({ layers: [dense] });
    const view = dense.weights[0]!.view();
    expect(view.buffer).toBeInstanceOf(SharedArrayBuffer);
    dense.setWeights([hd.ones([3, 2]), hd.zeros([2])]);
    expect(Array.from(dense.weights[0]!.view())).toEqual([1, 1, 1, 1, 1, 1]);

    const copy = variable.dataSync();
    expect(copy.buffer).toBeInstanceOf(ArrayBuffer);
    variable.assign(hd.tensor1d([4, 5, 6]));
    expect(Array.from(copy)).toEqual([1, 2, 3]);
    variable.dispose();
  });

  it('grows, and what was made before and after is right', () => {
    const before = hd.info().heapBytes;
    const early = hd.range(0, 1000);
    const large = hd.fill([1 << 22], 0.5); // 16 MB each
    const more = [1, 2, 3, 4, 5].map((by) => hd.add(large, by));
    expect(hd.info().heapBytes).toBeGreaterThan(before);
    expect(values(early)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    more.forEach((tensor, i) => {
      const data = tensor.dataSync();
      expect([data[0], data[data.length - 1]]).toEqual([i + 1.5, i + 1.5]);
    });
    const late = hd.tensor1d(Float32Array.from({ length: 5000 }, (_, i) => i));
    expect(hd.sum(late).dataSync()[0]).toBe((4999 * 5000) / 2);
    for (const tensor of [early, large, late, ...more]) tensor.dispose();
  });

  it('takes names that are not ASCII, and gives errors in words', () => {
    const variable = hd.variable(hd.scalar(1), true, 'Gewicht äöü 重み, a name of some length');
    expect(variable.name).toBe('Gewicht äöü 重み, a name of some length');
    variable.dispose();
    const error = errorOf(() => hd.matMul(hd.ones([2, 3]), hd.ones([2, 3])));
    expect(error).toBeInstanceOf(hd.ValueError);
    expect(error.message).toContain('3');
  });

  it('runs out with an error that all else survives', () => {
    const error = errorOf(() => hd.zeros([1 << 28, 7]));
    expect(error).toBeInstanceOf(hd.OutOfMemoryError);
    expect(values(hd.matMul(hd.ones([1, 4]), hd.ones([4, 1])))).toEqual([4]);
  });

  it('leaves nothing behind', () => {
    const before = hd.info();
    for (let i = 0; i < 20; i++) {
      hd.tidy(() => {
        hd.matMul(hd.ones([200, 300]), hd.ones([300, 200])).relu();
      });
    }
    expect(hd.info()).toMatchObject({ liveBytes: before.liveBytes, tensors: before.tensors });
  });

  it('stays as it is however often ready() is called', async () => {
    await Promise.all([hd.ready(), hd.ready({ threads: kThreads }), hd.ready({ threads: 'auto' })]);
    expect(hd.info().threads).toBe(kThreads);
    const error = await rejectionOf(() => hd.ready({ threads: kThreads + 1 }));
    expect(error).toBeInstanceOf(hd.ValueError);
    for (const part of ['3', '4']) expect(error.message).toContain(part);
  });
});
