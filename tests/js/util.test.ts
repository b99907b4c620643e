// Small helpers: hd.util, nextFrame, datasets.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { expectValueError, start } from './support';

beforeAll(start);

describe('util', () => {
  it('shuffle keeps every element', () => {
    const list = Array.from({ length: 100 }, (_, i) => i);
    const shuffled = [...list];
    hd.util.shuffle(shuffled);
    expect(shuffled).not.toEqual(list);
    expect(shuffled.sort((a, b) => a - b)).toEqual(list);
    const indices = hd.util.createShuffledIndices(50);
    expect(new Set(indices).size).toBe(50);
  });

  it('the rest', () => {
    expect(hd.util.sizeFromShape([2, 3, 4])).toBe(24);
    expect(hd.util.arraysEqual([1, 2], new Float32Array([1, 2]))).toBe(true);
    expect(hd.util.arraysEqual([1, 2], [1])).toBe(false);
    const from = hd.util.now();
    expect(hd.util.now()).toBeGreaterThanOrEqual(from);
    hd.util.assert(true, () => 'no');
    expectValueError(() => hd.util.assert(false, () => 'said so'), 'said so');
  });
});

describe('nextFrame', () => {
  it('lets other tasks run first', async () => {
    const order: string[] = [];
    setImmediate(() => order.push('task'));
    await hd.nextFrame();
    order.push('frame');
    expect(order).toEqual(['task', 'frame']);
  });
});

describe('datasets', () => {
  it('strokes go straight into a model', () => {
    const { xs, labels, shape } = hd.datasets.strokes({ count: 8, seed: 2 });
    const images = hd.tensor4d(xs, shape);
    expect(images.shape).toEqual([8, 28, 28, 1]);
    const classes = hd.oneHot(hd.tensor1d(labels, 'int32'), 10);
    expect(classes.sum(1).arraySync()).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
  });
});
