// Variables: their value, their names, who is told of updates.
import { beforeAll, describe, expect, it, vi } from 'vitest';
import * as hd from 'heddle';
import { expectValueError, expectValues, random, start, values } from './support';

beforeAll(start);

describe('variable()', () => {
  it('copies its first value, and stands for its value where a tensor is wanted', () => {
    const initial = hd.tensor([1, 2]);
    const v = hd.variable(initial);
    initial.dispose();
    expect(v).toBeInstanceOf(hd.Tensor);
    expect([v.shape, v.dtype, v.rank, v.size]).toEqual([[2], 'float32', 1, 2]);
    expectValues(hd.add(v, 1), [2, 3]);
    expectValues(v.mul(v).sum(), [5]);
    expect(v.toString()).toBe('Tensor\n    [1, 2]');
    expect(v.trainable).toBe(true);
  });

  it('takes a name, a dtype, and whether it is trainable', () => {
    const v = hd.variable([1.5, 0], false, 'mine', 'int32');
    expect([v.name, v.dtype, v.trainable, values(v)]).toEqual(['mine', 'int32', false, [1, 0]]);
    v.trainable = true;
    expect(v.trainable).toBe(true);
  });

  it('names are given once, and free again after dispose', () => {
    const first = hd.variable(1, true, 'once');
    expectValueError(() => hd.variable(2, true, 'once'), 'once', 'already registered');
    expectValues(first, [1]);
    first.dispose();
    expectValueError(() => first.read(), 'once', 'disposed');
    expectValues(hd.variable(2, true, 'once'), [2]);
    expect(hd.variable(1).name).not.toBe(hd.variable(1).name);
  });
});

describe('assign', () => {
  it('replaces the value; what was read before stays', () => {
    const v = hd.variable([1, 2]);
    const before = v.read();
    const sum = v.add(0);
    v.assign(hd.tensor([3, 4]));
    expectValues(v, [3, 4]);
    expectValues(before, [1, 2]);
    expectValues(sum, [1, 2]);
    v.assign([5, 6]);
    expectValues(v, [5, 6]);
    v.assign(v.mul(2)); // from itself
    expectValues(v, [10, 12]);
  });

  it('refuses another shape or dtype, and nothing changes', () => {
    const v = hd.variable([1, 2], true, 'fixed');
    expectValueError(() => v.assign([1, 2, 3]), 'fixed', '[2]', '[3]');
    expectValueError(() => v.assign(hd.tensor([1, 2], [2], 'int32')), 'fixed', 'int32');
    expectValues(v, [1, 2]);
    expect(v.version).toBe(0);
  });
});

describe('version, view, subscribe', () => {
  it('version counts updates', () => {
    const v = hd.variable([1, 2]);
    const from = v.version;
    v.assign([3, 4]);
    v.assign([3, 4]);
    expect(v.version).toBe(from + 2);
  });

  it('view shows the memory itself', () => {
    const v = hd.variable([1, 2]);
    const view = v.view();
    expect(view).toBeInstanceOf(Float32Array);
    v.assign([3, 4]);
    expect(Array.from(view)).toEqual([3, 4]);
    expect(hd.variable([1], true, undefined, 'int32').view()).toBeInstanceOf(Int32Array);
  });

  it('view is taken anew after the memory has grown', () => {
    const v = hd.variable([1, 2]);
    const old = v.view();
    const { heapBytes } = hd.info();
    const large = hd.zeros([heapBytes / 4]);
    expect(hd.info().heapBytes).toBeGreaterThan(heapBytes);
    large.dispose();
    expect(old).toHaveLength(0);
    expect(Array.from(v.view())).toEqual([1, 2]);
    expectValues(v, [1, 2]);
  });

  it('subscribers hear of each update until they leave', () => {
    const v = hd.variable([1]);
    const other = hd.variable([1]);
    const heard = vi.fn();
    const leave = v.subscribe(heard);
    const twice = v.subscribe(heard);
    v.assign([2]);
    expect(heard).toHaveBeenCalledTimes(2);
    expect(heard).toHaveBeenLastCalledWith(v);
    twice();
    other.assign([2]);
    expect(heard).toHaveBeenCalledTimes(2);
    v.assign([3]);
    expect(heard).toHaveBeenCalledTimes(3);
    leave();
    leave();
    v.assign([4]);
    expect(heard).toHaveBeenCalledTimes(3);
  });

  it('weights of layers have them too', async () => {
    const layer = hd.layers.dense({ units: 2, inputShape: [3] });
    const model = hd.sequential({ layers: [layer] });
    const [kernel] = layer.weights;
    const heard = vi.fn();
    const leave = kernel!.subscribe(heard);
    expect(Array.from(kernel!.view())).toEqual(values(layer.getWeights()[0]!));
    kernel!.write(hd.zeros([3, 2]));
    expect(heard).toHaveBeenCalledTimes(1);
    expect(Array.from(kernel!.view())).toEqual([0, 0, 0, 0, 0, 0]);
    layer.setWeights([hd.ones([3, 2]), hd.zeros([2])]);
    expect(heard).toHaveBeenCalledTimes(2);
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    await model.trainOnBatch(random([4, 3], 1), random([4, 2], 2));
    expect(heard).toHaveBeenCalledTimes(3);
    expect(heard).toHaveBeenLastCalledWith(kernel);
    leave();
  });

  it('fit tells them at most once per slice', async () => {
    const layer = hd.layers.dense({ units: 2, inputShape: [3] });
    const model = hd.sequential({ layers: [layer] });
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const heard = vi.fn();
    const leave = layer.weights[0]!.subscribe(heard);
    let slices = 0;
    const from = layer.weights[0]!.version;
    await model.fit(random([640, 3], 1), random([640, 2], 2), {
      batchSize: 4,
      epochs: 3,
      verbose: 0,
      yieldEvery: 2,
      callbacks: { onYield: () => void slices++ },
    });
    leave();
    expect(layer.weights[0]!.version - from).toBe(480);
    expect(heard.mock.calls.length).toBeGreaterThan(0);
    expect(heard.mock.calls.length).toBeLessThanOrEqual(slices + 3); // and at each epoch's end
  });
});
