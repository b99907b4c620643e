// Who frees what, and when: tidy, keep, dispose, using, the garbage collector; what happens when
// memory runs out.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { errorOf, expectValues, random, start, values } from './support';

beforeAll(start);

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Collects garbage and lets the finalizers run, which happens between turns of the event loop. */
async function settle(): Promise<void> {
  for (let i = 0; i < 4; i++) {
    collect();
    await nextTurn();
  }
}

const count = () => hd.memory().numTensors;

describe('tidy', () => {
  it('frees all but what it returns, however nested', async () => {
    await settle();
    const before = count();
    const kept = hd.tidy(() => {
      const x = hd.tensor([1, 2]);
      const [y, z] = [x.mul(2), x.mul(3)];
      x.add(y).add(z);
      return { list: [y, { deep: z }], number: 3, text: 'a', nothing: null };
    });
    expect(count()).toBe(before + 2);
    expectValues((kept.list[1] as { deep: hd.Tensor }).deep, [3, 6]);
    hd.dispose(kept);
    expect(count()).toBe(before);
  });

  it('nests: what the inner returns, the outer frees', () => {
    const before = count();
    let inner: hd.Tensor | undefined;
    hd.tidy(() => {
      inner = hd.tidy('inner', () => hd.ones([2]).add(1));
      expect(inner.isDisposed).toBe(false);
    });
    expect(inner!.isDisposed).toBe(true);
    expect(count()).toBe(before);
  });

  it('spares what was there before, what is kept, and variables', () => {
    const outside = hd.ones([2]);
    let kept: hd.Tensor | undefined;
    let v: hd.Variable | undefined;
    hd.tidy(() => {
      outside.add(1);
      kept = hd.keep(hd.ones([3]));
      v = hd.variable(hd.zeros([2]));
    });
    expect([outside.isDisposed, kept!.isDisposed, v!.isDisposed]).toEqual([false, false, false]);
    hd.dispose([outside, kept, v]);
    expect([outside.isDisposed, kept!.isDisposed, v!.isDisposed]).toEqual([true, true, true]);
  });

  it('frees everything when an exception ends it', () => {
    const before = count();
    const mine = new Error('mine');
    const thrown = errorOf(() =>
      hd.tidy(() => {
        hd.ones([2]).add(1);
        throw mine;
      }),
    );
    expect(thrown).toBe(mine);
    expect(count()).toBe(before);
    const x = hd.ones([2]);
    expect(x.isDisposed).toBe(false); // no scope is left open
    x.dispose();
  });

  it('refuses a promise', () => {
    const error = errorOf(() => hd.tidy(async () => hd.ones([1])));
    expect(error).toBeInstanceOf(hd.HeddleError);
    expect(error.message).toContain('Promise inside of tidy');
  });

  it('leaves layers and models alone', () => {
    const model = hd.tidy((): hd.Sequential => {
      const made = hd.sequential({ layers: [hd.layers.dense({ units: 2, inputShape: [3] })] });
      made.predict(hd.zeros([1, 3]));
      return made;
    });
    expect((model.predict(hd.zeros([1, 3])) as hd.Tensor).shape).toEqual([1, 2]);
  });
});

describe('dispose', () => {
  it('frees the memory, unless another tensor has it too', () => {
    const bytes = () => hd.memory().numBytes;
    const before = bytes();
    const x = hd.zeros([1000]);
    const same = x.reshape([10, 100]);
    expect(bytes() - before).toBe(4000);
    x.dispose();
    expect(bytes() - before).toBe(4000);
    expectValues(same.sum(), [0]);
    same.dispose();
    expect(bytes() - before).toBeLessThanOrEqual(4); // the sum
  });

  it('by Symbol.dispose, as `using` does', () => {
    const x = hd.ones([2]);
    x[Symbol.dispose]();
    expect(x.isDisposed).toBe(true);
    const v = hd.variable([1]);
    v[Symbol.dispose]();
    expect(v.isDisposed).toBe(true);
    const layer = hd.layers.dense({ units: 1 });
    layer[Symbol.dispose]();
    expect(() => layer.name).toThrow(/disposed/);
  });

  it('of what is held elsewhere in the engine takes nothing away', async () => {
    const model = hd.sequential({ layers: [hd.layers.dense({ units: 1, inputShape: [2] })] });
    const weight = model.getWeights()[0]!;
    weight.dispose();
    expect((model.predict(hd.zeros([1, 2])) as hd.Tensor).shape).toEqual([1, 1]);
  });
});

describe('the garbage collector frees', () => {
  it.each([
    ['tensors', (): void => void hd.zeros([1000])],
    ['variables', (): void => void hd.variable(hd.zeros([1000]))],
    ['layers', (): void => void hd.layers.dense({ units: 100 }).apply(hd.zeros([1, 10]))],
    [
      'models with their programs',
      () => {
        const model = hd.sequential({
          layers: [
            hd.layers.dense({ units: 100, inputShape: [10] }),
            hd.layers.dense({ units: 1 }),
          ],
        });
        model.predict(hd.zeros([4, 10]));
      },
    ],
    [
      'graphs of symbolic tensors',
      () => {
        const x = hd.input({ shape: [10] });
        const [first, second] = [10, 20].map((units) => hd.layers.dense({ units }));
        second!.apply(first!.apply(x) as hd.SymbolicTensor);
      },
    ],
    [
      'models in which a layer is called on its own output',
      () => {
        const layer = hd.layers.dense({ units: 64 });
        const between = hd.layers.dense({ units: 64 });
        const model = hd.sequential();
        model.add(hd.layers.dense({ units: 64, inputShape: [64] }));
        for (const each of [layer, between, layer]) model.add(each);
        model.predict(hd.zeros([1, 64]));
      },
    ],
    [
      'layers written in JavaScript, and models of them',
      () => {
        class Inside extends hd.layers.Layer {
          static override className = 'Inside';
          readonly dense = hd.layers.dense({ units: 50 });
          override call(inputs: hd.Tensor | hd.Tensor[]) {
            return this.dense.apply(inputs) as hd.Tensor;
          }
        }
        const x = hd.input({ shape: [20] });
        const inside = new Inside();
        inside.addLoss(() => inside.weights[0]!.read().sum() as hd.Scalar);
        const model = hd.model({ inputs: x, outputs: inside.apply(x) as hd.SymbolicTensor });
        model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
        model.evaluate(hd.zeros([2, 20]), hd.zeros([2, 50]));
      },
    ],
    [
      'functions that were traced',
      () => {
        const weight = hd.variable(hd.zeros([1000]));
        hd.jit((x: hd.Tensor) => x.mul(weight).sum())(hd.scalar(1));
      },
    ],
    [
      'models whose loss knows them',
      () => {
        const model: hd.Sequential = hd.sequential({
          layers: [hd.layers.dense({ units: 100, inputShape: [10] })],
        });
        model.compile({
          optimizer: 'adam',
          loss: (t, p) => p.sub(t).square().mean().mul(model.layers.length),
        });
        model.evaluate(hd.zeros([2, 10]), hd.zeros([2, 100]));
      },
    ],
    [
      'optimizers',
      () => {
        const v = hd.variable(hd.zeros([1000]));
        hd.train.adam().minimize(() => v.square().sum());
      },
    ],
  ] as const)('%s', async (_, make) => {
    const held = () => [hd.info().liveBytes, hd.info().tensors] as const;
    const round = () => {
      for (let i = 0; i < 30; i++) make();
    };
    round();
    for (let i = 0; i < 5; i++) await settle();
    const [bytes, tensors] = held();
    round();
    round();
    expect(held()).not.toEqual([bytes, tensors]);
    // When the collector gets to it is its own affair; what leaks it never gets to.
    for (let i = 0; i < 50 && (held()[0] > bytes || held()[1] > tensors); i++) await settle();
    expect(held()[0]).toBeLessThanOrEqual(bytes);
    expect(held()[1]).toBeLessThanOrEqual(tensors);
  });

  it('frees names of variables', async () => {
    (() => void hd.variable([1], true, 'collected'))();
    await settle();
    expectValues(hd.variable([2], true, 'collected'), [2]);
  });

  it('nothing that is still in use', async () => {
    const y = (() => {
      const inputs = hd.input({ shape: [3] });
      const layer = hd.layers.dense({ units: 2, kernelInitializer: 'ones' });
      return hd.model({ inputs, outputs: layer.apply(inputs) as hd.SymbolicTensor });
    })();
    await settle();
    expectValues(y.predict(hd.ones([1, 3])) as hd.Tensor, [3, 3]);
    expect(y.outputs[0]!.sourceLayer.calls[0]!.inputs[0]!.shape).toEqual([null, 3]);
  });
});

describe('out of memory', () => {
  it('is an error that says so, after which everything works', () => {
    const x = hd.ones([4]);
    const error = errorOf(() => hd.zeros([1 << 28, 7]));
    expect(error, error.stack).toBeInstanceOf(hd.OutOfMemoryError);
    expect(error.name).toBe('OutOfMemoryError');
    expect(error.message).toMatch(/memory/i);
    expectValues(x.add(1), [2, 2, 2, 2]);
    const tooMany = errorOf(() => hd.zeros([1 << 16, 1 << 16]));
    expect(tooMany).toBeInstanceOf(hd.ValueError);
  });

  it('also in the middle of an op', () => {
    const rows = hd.ones([1 << 15, 1]);
    const columns = hd.ones([1, 1 << 15]);
    const before = hd.info().tensors;
    const error = errorOf(() => hd.add(rows, columns));
    expect(error).toBeInstanceOf(hd.OutOfMemoryError);
    expect(hd.info().tensors).toBe(before);
    expect(values(rows.sum())).toEqual([1 << 15]);
  });

  it('leaves a model as it was', async () => {
    const model = hd.sequential({ layers: [hd.layers.dense({ units: 1 << 15, inputShape: [2] })] });
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const before = values(model.getWeights()[0]!);
    const error = errorOf(() => model.predict(hd.zeros([1 << 15, 2]), { batchSize: 1 << 15 }));
    expect(error).toBeInstanceOf(hd.OutOfMemoryError);
    expect(values(model.getWeights()[0]!)).toEqual(before);
    expect((model.predict(random([2, 2], 1)) as hd.Tensor).shape).toEqual([2, 1 << 15]);
  });
});

describe("compile({memory: 'low'})", () => {
  const depth = 40;
  const make = (seed: number) => {
    const dense = (i: number) =>
      hd.layers.dense({
        units: 32,
        activation: 'tanh',
        kernelInitializer: hd.initializers.glorotUniform({ seed: seed + i }),
      });
    const layers = Array.from({ length: depth }, (_, i) => [
      dense(i),
      hd.layers.batchNormalization(),
      hd.layers.dropout({ rate: 0.2 }),
    ]).flat();
    return hd.sequential({ layers: [hd.layers.inputLayer({ inputShape: [32] }), ...layers] });
  };

  it('trains to the same weights in less memory', async () => {
    const [x, y] = [random([256, 32], 1), random([256, 32], 2)];
    const results: Float32Array[][] = [];
    const bytes: number[] = [];
    for (const memory of ['low', 'normal'] as const) {
      const model = make(5);
      model.compile({ optimizer: 'adam', loss: 'meanSquaredError', memory });
      hd.setRandomSeed(3);
      const before = hd.info().liveBytes;
      await model.fit(x, y, { epochs: 2, batchSize: 256, shuffle: false });
      bytes.push(hd.info().liveBytes - before);
      results.push(model.getWeights().map((w) => (w.dataSync() as Float32Array).slice()));
      model.dispose();
    }
    expect(results[0]).toEqual(results[1]);
    // What Adam keeps for each weight is in both numbers.
    expect(bytes[0]!).toBeLessThan(0.6 * bytes[1]!);
  });
});
