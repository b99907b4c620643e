// What fit does and says: epochs, batches, logs, callbacks, validation, order, stopping.
import { beforeAll, describe, expect, it, vi } from 'vitest';
import * as hd from 'heddle';
import { random, rejectionOf, start, values } from './support';

beforeAll(start);

function compiled(metrics: string[] = ['mae']) {
  const model = hd.sequential({ layers: [hd.layers.dense({ units: 2, inputShape: [3] })] });
  model.compile({ optimizer: hd.train.sgd(0.05), loss: 'meanSquaredError', metrics });
  return model;
}
const x = (rows = 10) => random([rows, 3], 1);
const y = (rows = 10) => random([rows, 2], 2);
const weights = (model: hd.LayersModel) => model.getWeights().map(values);

describe('history', () => {
  it('has an entry per epoch, and what was asked for', async () => {
    const model = compiled();
    const history = await model.fit(x(), y(), { epochs: 3, batchSize: 4, verbose: 0 });
    expect(history).toBeInstanceOf(hd.History);
    expect(history.epoch).toEqual([0, 1, 2]);
    expect(Object.keys(history.history)).toEqual(['loss', 'mae']);
    expect(history.history.loss).toHaveLength(3);
    expect(history.params).toEqual({
      epochs: 3,
      initialEpoch: 0,
      samples: 10,
      steps: 3,
      batchSize: 4,
      verbose: 0,
      doValidation: false,
      metrics: ['loss', 'mae'],
    });
    expect(model.history).toBe(history);
  });

  it('counts epochs from initialEpoch', async () => {
    const history = await compiled().fit(x(), y(), { epochs: 5, initialEpoch: 3, verbose: 0 });
    expect(history.epoch).toEqual([3, 4]);
    const none = await compiled().fit(x(), y(), { epochs: 2, initialEpoch: 2, verbose: 0 });
    expect(none.epoch).toEqual([]);
  });

  it("an epoch's loss is the mean over its samples, before each update", async () => {
    const model = compiled();
    const losses: number[] = [];
    const sizes: number[] = [];
    const { history } = await model.fit(x(), y(), {
      batchSize: 4,
      verbose: 0,
      callbacks: {
        onBatchEnd: (_, logs) => {
          losses.push(logs!.loss!);
          sizes.push(logs!.size!);
        },
      },
    });
    expect(sizes).toEqual([4, 4, 2]);
    const mean = losses.reduce((sum, loss, i) => sum + (loss * sizes[i]!) / 10, 0);
    expect(history.loss![0]).toBeCloseTo(mean, 5);
  });
});

describe('callbacks', () => {
  it('are called in order, with their logs', async () => {
    const told: unknown[] = [];
    const tell =
      (event: string) =>
      (...args: unknown[]) => {
        const [first, logs = first] = args;
        told.push([event, typeof first === 'number' ? first : null, Object.keys(logs as object)]);
      };
    await compiled().fit(x(5), y(5), {
      epochs: 2,
      batchSize: 4,
      verbose: 0,
      validationData: [x(3), y(3)],
      callbacks: {
        onTrainBegin: tell('train begins'),
        onEpochBegin: tell('epoch begins'),
        onBatchBegin: tell('batch begins'),
        onBatchEnd: tell('batch ends'),
        onEpochEnd: tell('epoch ends'),
        onTrainEnd: tell('train ends'),
      },
    });
    const batch = ['batch', 'size', 'loss', 'mae'];
    const epoch = (index: number) => [
      ['epoch begins', index, []],
      ['batch begins', 0, []],
      ['batch ends', 0, batch],
      ['batch begins', 1, []],
      ['batch ends', 1, batch],
      ['epoch ends', index, ['val_loss', 'val_mae', 'loss', 'mae']],
    ];
    expect(told).toEqual([
      ['train begins', null, []],
      ...epoch(0),
      ...epoch(1),
      ['train ends', null, []],
    ]);
  });

  it('are awaited, one after the other', async () => {
    const order: string[] = [];
    const slow = (name: string) => ({
      onEpochEnd: async () => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        order.push(name);
      },
    });
    const callbacks = [slow('first'), slow('second')];
    await compiled().fit(x(), y(), { epochs: 2, verbose: 0, callbacks });
    expect(order).toEqual(['first', 'second', 'first', 'second']);
  });

  it('may be instances of Callback, which know the model', async () => {
    class Mine extends hd.Callback {
      seen: (number | undefined)[] = [];
      override onEpochEnd(_epoch: number, logs?: hd.Logs): void {
        this.seen.push(logs!.loss);
      }
    }
    const mine = new Mine();
    const counted = vi.fn();
    const model = compiled();
    const history = await model.fit(x(), y(), {
      epochs: 3,
      verbose: 0,
      callbacks: [mine, new hd.CustomCallback({ onBatchEnd: counted })],
    });
    expect(mine.seen).toEqual(history.history.loss);
    expect(mine.model).toBe(model);
    expect(mine.params!.epochs).toBe(3);
    expect(counted).toHaveBeenCalledTimes(3);
  });

  it('what they throw ends training, and the model can train again', async () => {
    const model = compiled();
    const mine = new Error('mine');
    const throwing = {
      onEpochEnd: () => {
        throw mine;
      },
    };
    const error = await rejectionOf(() => model.fit(x(), y(), { verbose: 0, callbacks: throwing }));
    expect(error).toBe(mine);
    expect((await model.fit(x(), y(), { verbose: 0 })).epoch).toEqual([0]);
  });

  it('see the same numbers whether batches are watched or not', async () => {
    const models = [compiled(), compiled()];
    models[1]!.setWeights(models[0]!.getWeights());
    const args = { epochs: 3, batchSize: 4, seed: 7, verbose: 0 } as const;
    const watched = await models[0]!.fit(x(), y(), {
      ...args,
      callbacks: { onBatchEnd: () => undefined },
    });
    const alone = await models[1]!.fit(x(), y(), args);
    expect(watched.history).toEqual(alone.history);
    expect(weights(models[0]!)).toEqual(weights(models[1]!));
  });
});

describe('stopping', () => {
  it('stopTraining ends after the batch; the epoch and training still end properly', async () => {
    const model = compiled();
    const ends = vi.fn();
    let batches = 0;
    const history = await model.fit(x(), y(), {
      epochs: 5,
      batchSize: 2,
      verbose: 0,
      validationSplit: 0.2,
      callbacks: {
        onBatchEnd: () => {
          if (++batches === 6) model.stopTraining = true;
        },
        onEpochEnd: ends,
        onTrainEnd: ends,
      },
    });
    expect(batches).toBe(6); // four in the first epoch, two in the second
    expect(history.epoch).toEqual([0, 1]);
    expect(ends).toHaveBeenCalledTimes(3);
    expect((await model.fit(x(), y(), { verbose: 0 })).epoch).toEqual([0]);
  });

  it('works from outside, between two slices', async () => {
    const model = compiled();
    const started = performance.now();
    setTimeout(() => (model.stopTraining = true), 30);
    const { epoch } = await model.fit(x(1000), y(1000), { epochs: 1e6, batchSize: 1, verbose: 0 });
    expect(epoch.length).toBeLessThan(1e6);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('earlyStopping waits as long as it was told', async () => {
    const model = compiled();
    model.compile({ optimizer: hd.train.sgd(0), loss: 'meanSquaredError' });
    const stop = hd.callbacks.earlyStopping({ monitor: 'loss', patience: 3 });
    const { epoch } = await model.fit(x(), y(), {
      epochs: 50,
      shuffle: false,
      verbose: 0,
      callbacks: stop,
    });
    expect(epoch).toEqual([0, 1, 2, 3]);
    expect(stop.stoppedEpoch).toBe(3);
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    await model.fit(x(), y(), { verbose: 0, callbacks: hd.callbacks.earlyStopping() });
    expect(warn.mock.calls.flat().join()).toContain('val_loss');
    warn.mockRestore();
  });
});

describe('validation', () => {
  it('validationSplit takes the last samples', async () => {
    const inputs = hd.range(0, 10).reshape([10, 1]);
    const model = hd.sequential({
      layers: [hd.layers.dense({ units: 1, useBias: false, inputShape: [1] })],
    });
    model.setWeights([hd.zeros([1, 1])]);
    model.compile({ optimizer: hd.train.sgd(0), loss: 'meanSquaredError' });
    const { history, params } = await model.fit(inputs, inputs, {
      validationSplit: 0.25,
      batchSize: 2,
      verbose: 0,
    });
    const squares = (from: number, to: number) => {
      let sum = 0;
      for (let i = from; i < to; i++) sum += i * i;
      return sum / (to - from);
    };
    expect(history.val_loss![0]).toBeCloseTo(squares(7, 10), 4);
    expect(history.loss![0]).toBeCloseTo(squares(0, 7), 4);
    expect(params).toMatchObject({ samples: 7, doValidation: true });
    expect(params!.metrics).toEqual(['loss', 'val_loss']);
  });

  it('validationData is evaluated after each epoch', async () => {
    const model = compiled();
    const data = [x(7), y(7)] as const;
    const { history } = await model.fit(x(), y(), { epochs: 2, validationData: data, verbose: 0 });
    const [loss, mae] = (model.evaluate(...data) as hd.Scalar[]).map((each) => each.dataSync()[0]!);
    expect(history.val_loss![1]).toBeCloseTo(loss!, 5);
    expect(history.val_mae![1]).toBeCloseTo(mae!, 5);
  });
});

describe('the order of the samples', () => {
  /** Trains on one sample a step, and returns which. */
  async function orderOf(args: hd.ModelFitArgs): Promise<number[]> {
    const model = hd.sequential({
      layers: [hd.layers.dense({ units: 1, useBias: false, inputShape: [1] })],
    });
    model.setWeights([hd.zeros([1, 1])]);
    model.compile({ optimizer: hd.train.sgd(0), loss: 'meanSquaredError' });
    const data = hd.range(0, 20).reshape([20, 1]);
    const order: number[] = [];
    await model.fit(data, data, {
      ...args,
      batchSize: 1,
      verbose: 0,
      callbacks: { onBatchEnd: (_, logs) => void order.push(Math.round(Math.sqrt(logs!.loss!))) },
    });
    return order;
  }
  const sorted = (order: number[]) => [...order].sort((a, b) => a - b);
  const all = Array.from({ length: 20 }, (_, i) => i);

  it('is theirs without shuffle', async () => {
    expect(await orderOf({ shuffle: false })).toEqual(all);
  });

  it('differs from epoch to epoch, and each has every sample once', async () => {
    const order = await orderOf({ epochs: 2 });
    const [first, second] = [order.slice(0, 20), order.slice(20)];
    expect(first).not.toEqual(second);
    expect(first).not.toEqual(all);
    expect(sorted(first)).toEqual(all);
    expect(sorted(second)).toEqual(all);
  });

  it('follows from the seed', async () => {
    expect(await orderOf({ seed: 3 })).toEqual(await orderOf({ seed: 3 }));
    expect(await orderOf({ seed: 3 })).not.toEqual(await orderOf({ seed: 4 }));
    expect(await orderOf({})).not.toEqual(await orderOf({}));
  });

  it('follows from setRandomSeed where there is none, as all that is random', async () => {
    const run = async () => {
      hd.setRandomSeed(42);
      const layer = hd.layers.dense({ units: 3 });
      layer.apply(hd.zeros([1, 2]));
      const drawn = values(hd.randomNormal([5]));
      return [values(layer.getWeights()[0]!), drawn, await orderOf({})];
    };
    expect(await run()).toEqual(await run());
  });
});

describe('giving way', () => {
  it('other tasks run while training does', async () => {
    const model = compiled();
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const training = model.fit(x(1000), y(1000), { epochs: 1e6, batchSize: 1, verbose: 0 });
    await new Promise((resolve) => setTimeout(resolve, 200));
    model.stopTraining = true;
    await training;
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(4);
  });

  it.each([
    ['batch', 10],
    ['epoch', 2],
    ['never', 0],
  ] as const)("'%s' does so %d times", async (yieldEvery, times) => {
    const onYield = vi.fn();
    await compiled().fit(x(), y(), {
      epochs: 2,
      batchSize: 2,
      verbose: 0,
      yieldEvery,
      callbacks: { onYield },
    });
    expect(onYield).toHaveBeenCalledTimes(times);
  });
});

describe('verbose', () => {
  it('1 prints a line an epoch in Node, 0 nothing', async () => {
    const write = vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
    const printed = async (verbose: 0 | 1) => {
      write.mockClear();
      await compiled().fit(x(), y(), { epochs: 2, verbose });
      return write.mock.calls.map(([text]) => String(text)).join('');
    };
    try {
      expect(await printed(0)).toBe('');
      const text = await printed(1);
      expect(text).toMatch(/Epoch 1\/2 \[=+\] 10\/10 .*loss=[\d.]+ mae=[\d.]+/);
      expect(text).toContain('Epoch 2/2');
    } finally {
      write.mockRestore();
    }
  });
});

describe('what fit refuses', () => {
  it.each([
    [{ epoch: 3 }, 'epoch', hd.ValueError],
    [{ epochs: 1.5 }, 'epochs', hd.ValueError],
    [{ epochs: -1 }, 'epochs', hd.ValueError],
    [{ batchSize: 0 }, 'batchSize is required to be a positive integer, but got 0', hd.ValueError],
    [{ validationSplit: 1 }, 'validationSplit', hd.ValueError],
    [{ validationSplit: 0.999 }, 'none to train on', hd.ValueError],
    [{ validationData: 3 }, 'validationData', hd.ValueError],
    [{ yieldEvery: 'often' }, 'yieldEvery', hd.ValueError],
    [{ callbacks: [3] }, 'callback', hd.ValueError],
    [{ callbacks: { onEpochEnd: 3 } }, 'onEpochEnd', hd.ValueError],
    [{ seed: 'a' }, 'seed', hd.ValueError],
    [{ shuffle: 'batch' }, 'shuffle', hd.NotImplementedError],
    [{ classWeight: {} }, 'classWeight', hd.NotImplementedError],
    [{ sampleWeight: [] }, 'sampleWeight', hd.NotImplementedError],
  ])('%j', async (args, part, kind) => {
    const model = compiled();
    const before = weights(model);
    const error = await rejectionOf(() => model.fit(x(), y(), { verbose: 0, ...args } as object));
    expect(error).toBeInstanceOf(kind);
    expect(error.message).toContain(part);
    expect(weights(model)).toEqual(before);
    expect((await model.fit(x(), y(), { verbose: 0 })).epoch).toEqual([0]);
  });

  it.each([
    ['other numbers of samples', () => [x(3), y(4)], ['3', '4', 'samples']],
    ['another width', () => [random([3, 5], 1), y(3)], ['[3,5]']],
    ['another target', () => [x(3), random([3, 7], 1)], ['[3,7]']],
    ['too many', () => [[x(3), x(3)], y(3)], ['expects 1']],
    ['no tensor', () => [[1, 2], y(3)], ['expects 1']],
    ['nothing', () => [undefined, y(3)], ['Tensor']],
    ['a scalar', () => [hd.scalar(1), y(3)], ['scalar']],
    ['no samples', () => [x(0), y(0)], ['no samples']],
  ])('%s', async (_, make, parts) => {
    const model = compiled();
    const [inputs, targets] = make() as [hd.Tensor, hd.Tensor];
    const error = await rejectionOf(() => model.fit(inputs, targets, { verbose: 0 }));
    expect(error, error.stack).toBeInstanceOf(hd.ValueError);
    for (const part of parts) expect(error.message).toContain(part);
  });

  it('a second fit while one runs', async () => {
    const model = compiled();
    const first = model.fit(x(), y(), { epochs: 3, yieldEvery: 'batch', verbose: 0 });
    const error = await rejectionOf(() => model.fit(x(), y(), { verbose: 0 }));
    expect(error).toBeInstanceOf(hd.HeddleError);
    expect(error.message).toContain('another fit() call is ongoing');
    expect((await first).epoch).toEqual([0, 1, 2]);
  });

  it('a model that is not compiled', async () => {
    const model = hd.sequential({ layers: [hd.layers.dense({ units: 2, inputShape: [3] })] });
    const error = await rejectionOf(() => model.fit(x(), y()));
    expect(error.message).toContain('needs to be compiled');
  });
});

describe('meanwhile', () => {
  it('the data may be disposed of, and the model used', async () => {
    const model = compiled();
    const [inputs, targets] = [x(), y()];
    const shapes: number[][] = [];
    const training = model.fit(inputs, targets, {
      epochs: 3,
      yieldEvery: 'batch',
      verbose: 0,
      callbacks: { onYield: () => void shapes.push((model.predict(x(2)) as hd.Tensor).shape) },
    });
    hd.dispose([inputs, targets]);
    expect((await training).epoch).toEqual([0, 1, 2]);
    expect(shapes).toEqual([
      [2, 2],
      [2, 2],
      [2, 2],
    ]);
  });

  it('two models with a shared layer may train at once', async () => {
    const shared = hd.layers.dense({ units: 4, inputShape: [3] });
    const models = [2, 2].map((units) => {
      const model = hd.sequential({ layers: [shared, hd.layers.dense({ units })] });
      model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
      return model;
    });
    const from = shared.weights[0]!.version;
    await Promise.all(
      models.map((model) =>
        model.fit(x(), y(), { epochs: 5, batchSize: 2, yieldEvery: 'batch', verbose: 0 }),
      ),
    );
    expect(shared.weights[0]!.version - from).toBe(50);
  });
});
