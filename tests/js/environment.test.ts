// What code written for TensorFlow.js asks of engine and environment; time, profile; buffers.
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import * as hd from 'heddle';
import { expectValueError, expectValues, rejectionOf, start, values } from './support';

beforeAll(start);

describe('backends', () => {
  it('wasm runs, and counts as cpu', async () => {
    expect(await hd.setBackend('wasm')).toBe(true);
    expect(await hd.setBackend('cpu')).toBe(true);
    expect(await hd.setBackend('webgl')).toBe(false);
    expect(hd.getBackend()).toBe('wasm');
    expect(hd.backend().floatPrecision()).toBe(32);
    expect(hd.backend().epsilon()).toBe(1e-7);
    expect(hd.backend().numDataIds()).toBe(hd.memory().numDataBuffers);
    expect(hd.findBackend('cpu')).toBe(hd.backend());
    expect(hd.findBackend('webgpu')).toBeNull();
    expect(hd.version.heddle).toBe(hd.info().version);
  });
});

describe('env', () => {
  afterEach(() => hd.env().reset());

  it('remembers flags', async () => {
    const env = hd.env();
    expect(env.getBool('IS_NODE')).toBe(true);
    expect(env.getBool('PROD')).toBe(false);
    hd.enableProdMode();
    expect(env.getBool('PROD')).toBe(true);
    expect(env.get('WEBGL_PACK')).toBeUndefined();
    env.set('WEBGL_PACK', false);
    expect(env.get('WEBGL_PACK')).toBe(false);
    env.set('N', 3);
    expect([env.getNumber('N'), env.getString('N'), await env.getAsync('N')]).toEqual([3, '3', 3]);
    expect(env.getFlags()).toMatchObject({ IS_NODE: true, PROD: true, N: 3 });
    env.reset();
    expect(env.getBool('PROD')).toBe(false);
    expectValueError(() => env.get(3 as never), 'string', 'number');
  });

  it('warnings', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    hd.deprecationWarn('old.');
    expect(warn.mock.calls[0]![0]).toContain('old.');
    hd.disableDeprecationWarnings();
    hd.deprecationWarn('old.');
    expect(warn).toHaveBeenCalledTimes(1);
    hd.enableDebugMode();
    expect(warn.mock.calls[1]![0]).toContain('profile()');
    warn.mockRestore();
  });
});

describe('engine', () => {
  it('scopes for code that awaits', async () => {
    const engine = hd.engine();
    const before = engine.memory().numTensors;
    engine.startScope();
    const inner = hd.tensor1d([1, 2]);
    const kept = hd.keep(inner.mul(2));
    await hd.nextFrame();
    const result = inner.add(1);
    engine.endScope(result);
    expect([inner.isDisposed, kept.isDisposed, result.isDisposed]).toEqual([true, false, false]);
    expect(hd.memory().numTensors).toBe(before + 2);
    expect(engine.backendName).toBe('wasm');
    hd.dispose([kept, result]);
  });

  it('a scope without an end does not end the one around it', () => {
    const outer = hd.tidy(() => {
      const x = hd.scalar(1);
      hd.engine().startScope();
      const y = hd.scalar(2);
      hd.engine().endScope();
      expect([x.isDisposed, y.isDisposed]).toEqual([false, true]);
      return x;
    });
    expectValues(outer, [1]);
    hd.engine().endScope(); // nothing is open: nothing happens
    expect(outer.isDisposed).toBe(false);
  });

  it('disposeVariables', () => {
    const list = [hd.variable([1]), hd.variable([2], true, 'disposed-of')];
    hd.disposeVariables();
    expect(list.every((variable) => variable.isDisposed)).toBe(true);
    hd.variable([3], true, 'disposed-of').dispose(); // the name is free again
  });
});

describe('time and profile', () => {
  it('time', async () => {
    const { wallMs, kernelMs } = await hd.time(() => {
      const from = performance.now();
      while (performance.now() < from + 5);
    });
    expect(wallMs).toBeGreaterThanOrEqual(5);
    expect(kernelMs).toBe(wallMs);
    const error = await rejectionOf(() => hd.time(3 as never));
    expect(error).toBeInstanceOf(hd.ValueError);
  });

  it('profile lists what runs', async () => {
    const x = hd.ones([10, 10]);
    const info = await hd.profile(async () => {
      const big = x.add(1);
      await hd.nextFrame();
      const small = big.sum(0);
      big.dispose();
      return small;
    });
    expect(info.kernels.map(({ name }) => name)).toEqual(['add', 'sum']);
    expect(info.kernelNames).toEqual(['add', 'sum']);
    expect(info.newTensors).toBe(1);
    expect(info.newBytes).toBe(40);
    expect(info.peakBytes).toBeGreaterThanOrEqual(hd.memory().numBytes + 400);
    const [add, sum] = info.kernels;
    expect(add!.inputShapes[0]).toEqual([10, 10]);
    expect(add!.outputShapes).toEqual([[10, 10]]);
    expect(add!.bytesAdded).toBe(400);
    expect(sum!.outputShapes).toEqual([[10]]);
    expectValues(info.result as hd.Tensor, new Array(10).fill(20));
  });

  it('profile ends with its function', async () => {
    const error = await rejectionOf(() =>
      hd.profile(() => {
        throw new RangeError('inside');
      }),
    );
    expect(error).toBeInstanceOf(RangeError);
    const { kernels } = await hd.profile(() => hd.scalar(1).add(1));
    expect(kernels.filter(({ name }) => name === 'add')).toHaveLength(1);
    expectValueError(() => hd.scalar(1).reshape([2]), 'reshape');
  });
});

describe('buffers', () => {
  it('set, get, toTensor', () => {
    const buffer = hd.buffer([2, 3]);
    buffer.set(3, 1, 2);
    buffer.set(1.5, 0, 0);
    expect([buffer.get(1, 2), buffer.get(0, 1)]).toEqual([3, 0]);
    expect([buffer.size, buffer.rank, buffer.dtype, buffer.strides]).toEqual([
      6,
      2,
      'float32',
      [3],
    ]);
    expect([buffer.locToIndex([1, 2]), buffer.indexToLoc(5)]).toEqual([5, [1, 2]]);
    const tensor = buffer.toTensor();
    buffer.set(9, 0, 0);
    expectValues(tensor, [1.5, 0, 0, 0, 0, 3]);
  });

  it('dtypes and scalars', () => {
    const whole = hd.buffer([2], 'int32', new Int32Array([4, 5]));
    expect(whole.toTensor().dtype).toBe('int32');
    const truth = hd.buffer([2], 'bool');
    truth.set(true, 1);
    expect(values(truth.toTensor())).toEqual([0, 1]);
    const scalar = hd.buffer([]);
    scalar.set(7);
    expect([scalar.get(), scalar.toTensor().arraySync()]).toEqual([7, 7]);
  });

  it('of tensors', async () => {
    const x = hd.tensor2d([
      [1, 2],
      [3, 4],
    ]);
    const buffer = x.bufferSync();
    buffer.set(9, 0, 1);
    expect((await x.buffer()).get(0, 1)).toBe(2);
    expect(Array.from(await hd.tensor1d([1, 0, 2], 'bool').bytes())).toEqual([1, 0, 1]);
    expect((await x.bytes()).length).toBe(16);
  });

  it('misuse', () => {
    const buffer = hd.buffer([2, 3]);
    expectValueError(() => buffer.get(2, 0), '[2,0]', '[2,3]');
    expectValueError(() => buffer.get(1), '[1]', '[2,3]');
    expectValueError(() => buffer.set(1, 0, -1), '[0,-1]');
    expectValueError(() => hd.buffer([2, -1]), '-1');
    expectValueError(() => hd.buffer([2], 'float64' as 'float32'), 'float64');
    expectValueError(() => hd.buffer([3], 'float32', new Float32Array(2)), '3 values, got 2');
  });
});

describe('methods of tensors', () => {
  it('what tensors can do besides', () => {
    const x = hd.tensor1d([3, -4]);
    expectValues(x.norm(), [5]);
    expectValues(x.norm(1), [7]);
    expectValues(x.dot(x), [25]);
    expectValues(x.zerosLike(), [0, 0]);
    expectValues(x.onesLike(), [1, 1]);
    const w = x.variable(false, 'from-a-tensor');
    expect([w.name, w.trainable]).toEqual(['from-a-tensor', false]);
    w.dispose();
    x.throwIfDisposed();
    x.dispose();
    expectValueError(() => x.throwIfDisposed(), 'disposed');
  });

  it('print', () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    hd.print(hd.scalar(2), true);
    expect(log.mock.calls[0]![0]).toContain('dtype: float32');
    log.mockRestore();
  });
});
