// Training the same way: step by step, by fit, and with several inputs and outputs.
import { beforeAll, describe, expect, it } from 'vitest';
import type * as tfjs from '@tensorflow/tfjs';
import {
  draw,
  expectClose,
  expectSame,
  expectSameWeights,
  hd,
  oneHotLabels,
  snapshot,
  startBoth,
  tf,
  toTensor,
  twins,
  type Library,
} from './compare';
import { mlp, sharedFunctional, smallCnn } from './networks';
import { batchOf, describeTraining, kSteps, optimizers } from './training_steps';

beforeAll(startBoth);

describeTraining({
  name: 'MLP 784-128-10',
  build: mlp,
  input: [784],
  classes: 10,
  batch: 32,
  optimizers: Object.keys(optimizers),
  seed: 900,
});

const smallTask = {
  name: 'small CNN',
  build: smallCnn,
  input: [12, 10, 2],
  classes: 3,
  batch: 16,
  optimizers: ['adam 0.001', 'momentum 0.9'],
  seed: 0,
};
describeTraining(smallTask);

describe('fit', () => {
  const task = { ...smallTask, batch: 50 }; // 40 to train on: batches of 16, 16 and 8; 10 to validate

  it('gives the same history, logs and weights without shuffling', async () => {
    const pair = twins(task.build);
    const told: Record<string, [string, number, string[]][]> = { hd: [], tf: [] };
    const histories = [];
    for (const [key, l, model] of [
      ['hd', hd, pair.hd],
      ['tf', tf, pair.tf],
    ] as const) {
      model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
      const tell = (event: string) => async (index: number, logs?: tfjs.Logs) => {
        told[key]!.push([event, index, Object.keys(logs ?? {}).sort()]);
      };
      const history = await model.fit(...batchOf(l, task, 8), {
        epochs: 5,
        initialEpoch: 2,
        batchSize: 16,
        shuffle: false,
        validationSplit: 0.2,
        verbose: 0,
        callbacks: {
          onEpochBegin: tell('epoch begins'),
          onBatchBegin: tell('batch begins'),
          onBatchEnd: tell('batch ends'),
          onEpochEnd: tell('epoch ends'),
        },
      });
      histories.push(history);
    }
    expect(told.hd).toEqual(told.tf);
    const [actual, expected] = histories;
    expect(actual!.epoch).toEqual(expected!.epoch);
    expect(Object.keys(actual!.history).sort()).toEqual(Object.keys(expected!.history).sort());
    for (const [key, values] of Object.entries(expected!.history)) {
      const asTensor = (list: unknown) => {
        const numbers = list as number[];
        return { shape: [numbers.length], dtype: 'float32', values: numbers };
      };
      expectClose(`history of ${key}`, asTensor(actual!.history[key]), asTensor(values));
    }
    expectSameWeights('after fit', pair);
  });

  it('evaluates the same, with a last batch that is not full', () => {
    const pair = twins(task.build);
    expectSame('evaluate', (l) => {
      const model = l === hd ? pair.hd : pair.tf;
      model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
      return model.evaluate(...batchOf(l, task, 9), { batchSize: 16 }) as tfjs.Scalar[];
    });
  });

  it('predicts in batches as at once', () => {
    const { hd: model } = twins(task.build);
    const [x] = batchOf(hd, task, 10);
    const whole = snapshot(model.predict(x, { batchSize: 50 }) as tfjs.Tensor);
    const parts = snapshot(model.predict(x, { batchSize: 7 }) as tfjs.Tensor);
    expectClose('predict in batches of 7', parts, whole, 1e-6);
  });
});

describe('a functional model with a shared layer, a nested model and two outputs', () => {
  const count = 24;
  const data = (l: Library) => {
    const shape = { shape: [count, 8] };
    const amounts = { shape: [count, 2] };
    return {
      x: [1, 2].map((seed) => toTensor(l, draw(shape, seed), shape)),
      y: [
        toTensor(l, oneHotLabels(count, 3, 3), { shape: [count, 3] }),
        toTensor(l, draw(amounts, 4), amounts),
      ],
    };
  };
  const compile = (model: tfjs.LayersModel, l: Library) =>
    model.compile({
      optimizer: l.train.adam(0.01),
      loss: { classes: 'categoricalCrossentropy', amount: 'meanSquaredError' },
      metrics: ['accuracy'],
    });

  it('has the names TensorFlow.js gives', () => {
    const pair = twins(sharedFunctional);
    compile(pair.hd, hd);
    compile(pair.tf, tf);
    expect(pair.hd.inputNames).toEqual(pair.tf.inputNames);
    expect(pair.hd.outputNames).toEqual(pair.tf.outputNames);
    expect(pair.hd.metricsNames).toEqual(pair.tf.metricsNames);
    expect(pair.hd.countParams()).toBe(pair.tf.countParams());
  });

  it('predicts and trains the same', async () => {
    const pair = twins(sharedFunctional);
    expectSame('predictions', (l) => {
      const model = l === hd ? pair.hd : pair.tf;
      return model.predict(data(l).x) as tfjs.Tensor[];
    });
    compile(pair.hd, hd);
    compile(pair.tf, tf);
    for (let step = 0; step < kSteps; step++) {
      const [actual, expected] = await Promise.all(
        [hd, tf].map(async (l) => {
          const { x, y } = data(l);
          const logs = await (l === hd ? pair.hd : pair.tf).trainOnBatch(x, y);
          return { shape: [5], dtype: 'float32', values: logs as number[] };
        }),
      );
      expectClose(`logs of step ${step}`, actual!, expected!);
    }
    expectSameWeights(`after ${kSteps} steps`, pair);
  });
});
