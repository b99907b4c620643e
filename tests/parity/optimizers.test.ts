// Optimizers: twenty steps from the same start, in a loop and in fit, by options and by name.
import { beforeAll, describe, it } from 'vitest';
import type * as tfjs from '@tensorflow/tfjs';
import { expectClose, expectSame, hd, snapshot, startBoth, tf, type Library } from './compare';

beforeAll(startBoth);

type Make = (l: Library) => tfjs.Optimizer;

const kOptimizers: Record<string, Make> = {
  'sgd(0.1)': (l) => l.train.sgd(0.1),
  'momentum(0.1, 0.8)': (l) => l.train.momentum(0.1, 0.8),
  'momentum(0.1, 0.8, true)': (l) => l.train.momentum(0.1, 0.8, true),
  'adagrad(0.1)': (l) => l.train.adagrad(0.1),
  'adagrad(0.1, 1)': (l) => l.train.adagrad(0.1, 1),
  'adadelta()': (l) => l.train.adadelta(),
  'adadelta(1, 0.9, 1e-3)': (l) => l.train.adadelta(1, 0.9, 1e-3),
  'adam()': (l) => l.train.adam(),
  'adam(0.05, 0.8, 0.95, 1e-4)': (l) => l.train.adam(0.05, 0.8, 0.95, 1e-4),
  'adamax()': (l) => l.train.adamax(),
  'adamax(0.05, 0.8, 0.95, 1e-4, 0.1)': (l) => l.train.adamax(0.05, 0.8, 0.95, 1e-4, 0.1),
  'rmsprop(0.01)': (l) => l.train.rmsprop(0.01),
  'rmsprop(0.01, 0.8, 0.5, 1e-3)': (l) => l.train.rmsprop(0.01, 0.8, 0.5, 1e-3),
  'rmsprop(0.01, 0.5, 0.2, 1e-7, true)': (l) => l.train.rmsprop(0.01, 0.5, 0.2, 1e-7, true),
};

describe('optimizers', () => {
  it.each(Object.entries(kOptimizers))('%s', (_, make) => {
    expectSame('weights after each step', (l) => {
      const optimizer = make(l);
      const w = l.variable(l.tensor1d([1, -0.5, 0.25, 2]));
      const b = l.variable(l.tensor1d([0.1]));
      const x = l.tensor2d([1, 2, 3, 4, -1, 0.5, 0.25, -2, 0.75, 1, -1.5, 0], [3, 4]);
      const trace: tfjs.Tensor[] = [];
      for (let step = 0; step < 20; step++) {
        const target = l.tensor1d([step % 3, 1, -0.2 * step]);
        optimizer.minimize(() => x.mul(w).sum(1).add(b).sub(target).square().mean().asScalar());
        if (step === 0 || step === 19) trace.push(w.clone(), b.clone());
      }
      return trace;
    });
  });

  it.each(['sgd', 'adagrad', 'adadelta', 'adam', 'adamax', 'rmsprop'])(
    "compile({optimizer: '%s'})",
    async (name) => {
      const train = async (l: Library) => {
        const kernelInitializer = l.initializers.constant({ value: 0.3 });
        const layer = l.layers.dense({ units: 2, inputShape: [3], kernelInitializer });
        const model = l.sequential({ layers: [layer] });
        model.compile({ optimizer: name, loss: 'meanSquaredError' });
        const x = l.tensor2d([1, 2, 3, -1, 0.5, 0.25], [2, 3]);
        const y = l.tensor2d([1, 0, -1, 2], [2, 2]);
        for (let step = 0; step < 10; step++) await model.trainOnBatch(x, y);
        return model.getWeights().map(snapshot);
      };
      const [actual, expected] = [await train(hd), await train(tf)];
      expected.forEach((weight, i) => expectClose(`weight ${i}`, actual[i]!, weight));
    },
  );
});
