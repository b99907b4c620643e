// What is allocated while training, and what stays behind.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';

beforeAll(async () => {
  const build = process.env.HEDDLE_BUILD === 'relaxed' ? 'relaxed' : 'simd';
  await hd.ready({ threads: 1, build });
});

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/**
 * Collects garbage and lets the finalizers run, which happens between turns of the event loop, until
 * nothing more comes of it.
 */
async function settle(): Promise<void> {
  for (let quiet = 0, i = 0; quiet < 4 && i < 100; i++) {
    const { tensors, liveBytes } = hd.info();
    collect();
    await nextTurn();
    const after = hd.info();
    quiet = after.tensors === tensors && after.liveBytes === liveBytes ? quiet + 1 : 0;
  }
}

function mlp() {
  return hd.sequential({
    layers: [
      hd.layers.dense({ units: 24, activation: 'relu', inputShape: [12] }),
      hd.layers.dropout({ rate: 0.2 }),
      hd.layers.dense({ units: 4, activation: 'softmax' }),
    ],
  });
}

function cnn() {
  return hd.sequential({
    layers: [
      hd.layers.conv2d({ filters: 6, kernelSize: 3, activation: 'relu', inputShape: [12, 12, 1] }),
      hd.layers.maxPooling2d({ poolSize: 2 }),
      hd.layers.conv2d({ filters: 8, kernelSize: 3, padding: 'same', activation: 'relu' }),
      hd.layers.averagePooling2d({ poolSize: 2 }),
      hd.layers.flatten(),
      hd.layers.dense({ units: 4, activation: 'softmax' }),
    ],
  });
}

function labels(count: number) {
  const classes = Int32Array.from({ length: count }, (_, i) => i % 4);
  return hd.oneHot(hd.tensor1d(classes, 'int32'), 4);
}

describe('a training step allocates nothing after the first', () => {
  it.each([
    ['dense layers with dropout, adam', mlp, [12], () => hd.train.adam(0.001)],
    ['convolutions and pooling, adam', cnn, [12, 12, 1], () => hd.train.adam(0.001)],
    ['convolutions, momentum', cnn, [12, 12, 1], () => hd.train.momentum(0.01, 0.9)],
  ] as const)('%s', async (_, build, shape, optimizer) => {
    const model = build();
    model.compile({
      optimizer: optimizer(),
      loss: 'categoricalCrossentropy',
      metrics: ['accuracy'],
    });
    const rows = 200; // batches of 32, the last one of 8: two shapes to compile
    const x = hd.randomUniform([rows, ...shape], 0, 1);
    const counts: number[][] = [];
    await model.fit(x, labels(rows), {
      epochs: 4,
      batchSize: 32,
      verbose: 0,
      callbacks: {
        onEpochBegin: () => {
          counts.push([]);
        },
        onBatchEnd: () => {
          counts.at(-1)!.push(hd.memory().allocations);
        },
      },
    });
    expect(counts.map((epoch) => epoch.length)).toEqual([7, 7, 7, 7]);
    const [compiling, ...later] = counts;
    expect(compiling!.at(-1), 'compiling allocates, and is counted').toBeGreaterThan(0);
    const steady = later.flat();
    expect(new Set(steady), `allocations after each step: ${steady}`).toEqual(
      new Set([steady[0]!]),
    );
  });
});

describe('nothing stays behind', () => {
  it('2,000 fit calls leave the heap where it was', async () => {
    const model = mlp();
    model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
    const x = hd.randomUniform([20, 12], 0, 1);
    const y = labels(20);
    const fits = async (count: number) => {
      for (let i = 0; i < count; i++) await model.fit(x, y, { batchSize: 8, verbose: 0 });
      await settle();
      return hd.info();
    };
    const before = await fits(50);
    const used = process.memoryUsage().heapUsed;
    const after = await fits(2000);
    expect(after.tensors).toBe(before.tensors);
    expect(after.liveBytes).toBe(before.liveBytes);
    expect(after.heapBytes).toBe(before.heapBytes);
    const more = () => process.memoryUsage().heapUsed - used;
    // When the collector gets to it is its own affair; what leaks it never gets to.
    for (let i = 0; i < 50 && more() >= 4e6; i++) await settle();
    expect(more()).toBeLessThan(4e6);
  });

  it('predict, evaluate and trainOnBatch leave only what they return', async () => {
    const model = mlp();
    model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
    const x = hd.randomUniform([20, 12], 0, 1);
    const y = labels(20);
    const round = async () => {
      for (let i = 0; i < 200; i++) {
        (model.predict(x) as hd.Tensor).dispose();
        (model.evaluate(x, y) as hd.Tensor).dispose();
        await model.trainOnBatch(x, y);
      }
      await settle();
      return hd.info();
    };
    const before = await round();
    const after = await round();
    expect(after.tensors).toBe(before.tensors);
    expect(after.liveBytes).toBe(before.liveBytes);
  });

  it('100,000 dropped tensors leave the heap where it was', async () => {
    const kept = hd.tensor1d(Float32Array.from({ length: 256 }, (_, i) => i));
    const drop = async (count: number) => {
      for (let i = 0; i < count; i++) {
        hd.add(kept, i); // its result goes out of reach at once
        if (i % 1000 === 999) await settle();
      }
      await settle();
      return hd.info();
    };
    const before = await drop(5_000);
    const after = await drop(100_000);
    expect(after.tensors).toBe(before.tensors);
    expect(after.liveBytes).toBe(before.liveBytes);
    expect(after.heapBytes).toBe(before.heapBytes);
    expect(kept.dataSync()[255]).toBe(255);
  });

  it('dropped models give their weights back', async () => {
    const make = async (count: number) => {
      for (let i = 0; i < count; i++) {
        const model = mlp();
        model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' });
        await model.trainOnBatch(hd.zeros([8, 12]), labels(8));
        if (i % 20 === 19) await settle();
      }
      await settle();
      return hd.info();
    };
    const before = await make(40);
    const after = await make(200);
    expect(after.liveBytes).toBeLessThanOrEqual(before.liveBytes * 1.05);
    expect(after.heapBytes).toBe(before.heapBytes);
  });

  it('tidy, dispose and using free at once', () => {
    const before = hd.memory().numTensors;
    const kept = hd.tidy(() => {
      const inner = hd.ones([8]);
      hd.keep(inner.add(1)).dispose();
      return inner.mul(3).add(inner);
    });
    expect(hd.memory().numTensors).toBe(before + 1);
    expect(kept.dataSync()[7]).toBe(4);
    kept.dispose();
    expect(hd.memory().numTensors).toBe(before);
    expect(() => kept.add(1)).toThrow(/disposed/);
    // What `using tensor = ...` does at the end of its block.
    const scoped = hd.ones([8]);
    scoped[Symbol.dispose]();
    expect(hd.memory().numTensors).toBe(before);
  });
});
