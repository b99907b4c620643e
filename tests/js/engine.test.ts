// Starting the engine, and what can be asked of it.
import { describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { build, errorOf, rejectionOf, start } from './support';

describe('before ready()', () => {
  it.each([
    ['tensor', () => hd.tensor([1, 2])],
    ['layers.dense', () => hd.layers.dense({ units: 1 })],
    ['input', () => hd.input({ shape: [1] })],
    ['train.sgd', () => hd.train.sgd(0.1)],
    ['info', () => hd.info()],
    ['memory', () => hd.memory()],
  ] as const)('%s says what to do', (_, work) => {
    const error = errorOf(work);
    expect(error).toBeInstanceOf(hd.HeddleError);
    expect(error.message).toContain('await ready()');
  });
});

describe('ready', () => {
  it.each([
    [{ threads: 0 }, 'threads'],
    [{ threads: 1.5 }, 'threads'],
    [{ build: 'fast' as 'simd' }, 'fast'],
    [{ thread: 1 } as object, 'thread'],
  ])('refuses %j', async (options, part) => {
    const error = await rejectionOf(() => hd.ready(options));
    expect(error).toBeInstanceOf(hd.ValueError);
    expect(error.message).toContain(part);
  });

  it('says so when the .wasm is not where it should be, and can be called again', async () => {
    const error = await rejectionOf(() => hd.ready({ build, wasmPath: '/nowhere/heddle.wasm' }));
    expect(error).toBeInstanceOf(hd.HeddleError);
    for (const part of ['/nowhere/heddle.wasm', 'wasmPath']) expect(error.message).toContain(part);
    expect(() => hd.info()).toThrow(hd.HeddleError);
    await start();
    expect(hd.info().build).toBe(build);
  });

  it('starts once, however often it is called', async () => {
    await Promise.all([start(), start(), hd.ready(), hd.ready({ threads: 'auto' })]);
    const x = hd.tensor([1, 2]);
    await hd.ready();
    expect(Array.from(x.dataSync())).toEqual([1, 2]);
  });

  it('refuses another build than the one that runs', async () => {
    const other = build === 'simd' ? 'relaxed' : 'simd';
    const error = await rejectionOf(() => hd.ready({ build: other }));
    expect(error).toBeInstanceOf(hd.ValueError);
  });

  it('refuses another number of threads than those that run', async () => {
    const error = await rejectionOf(() => hd.ready({ threads: 4 }));
    expect(error).toBeInstanceOf(hd.ValueError);
    expect(error.message).toContain('4');
  });
});

describe('info and memory', () => {
  it('say what runs and what it holds', () => {
    const before = hd.info();
    expect(before).toMatchObject({ build, threads: 1 });
    expect(before.version).toMatch(/^\d+\.\d+\.\d+/);
    expect(before.heapBytes).toBeGreaterThan(1 << 20);
    const x = hd.zeros([1000]);
    expect(hd.info().liveBytes - before.liveBytes).toBe(4000);
    expect(hd.info().tensors - before.tensors).toBe(1);
    expect(hd.memory()).toMatchObject({ unreliable: false, numBytes: hd.info().liveBytes });
    x.dispose();
    expect(hd.info().liveBytes).toBe(before.liveBytes);
    expect(hd.info().tensors).toBe(before.tensors);
  });

  it('count every allocation by C++, and asking makes none', () => {
    const count = () => hd.memory().allocations;
    const before = count();
    expect(count()).toBe(before);
    hd.info();
    expect(count()).toBe(before);
    hd.zeros([10]).dispose();
    expect(count()).toBeGreaterThan(before);
  });
});
