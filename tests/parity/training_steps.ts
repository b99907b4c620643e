// Twenty training steps from the same weights on the same batches, as tests: losses, metrics, gradients, weights.
import { describe, expect, it } from 'vitest';
import type * as tfjs from '@tensorflow/tfjs';
import {
  draw,
  expectClose,
  expectSame,
  expectSameWeights,
  hd,
  oneHotLabels,
  seedWeights,
  snapshot,
  tf,
  toTensor,
  twins,
  type Library,
} from './compare';
import type { Network } from './networks';

export const kSteps = 20;

export const optimizers: Record<string, (l: Library) => tfjs.Optimizer> = {
  'sgd 0.05': (l) => l.train.sgd(0.05),
  'momentum 0.9': (l) => l.train.momentum(0.02, 0.9),
  'nesterov 0.9': (l) => l.train.momentum(0.02, 0.9, true),
  'adam 0.001': (l) => l.train.adam(0.001),
  'adam, other betas': (l) => l.train.adam(0.003, 0.8, 0.99, 1e-5),
  'adam, larger epsilon': (l) => l.train.adam(0.001, 0.9, 0.999, 1e-3),
};

export interface Task {
  name: string;
  build: Network;
  input: number[];
  classes: number;
  batch: number;
  optimizers: string[];
  /**
   * Of the first batch. Where the batches bring a relu's input, or a gradient that Adam divides by its own size, within
   * rounding of zero, TensorFlow.js itself strays from the same steps in double precision by more than the tolerance;
   * these seeds do not.
   */
  seed: number;
}

export function batchOf(library: Library, { input, classes, batch }: Task, seed: number) {
  const x = { shape: [batch, ...input], low: 0, high: 1 };
  const y = { shape: [batch, classes] };
  return [
    toTensor(library, draw(x, seed), x),
    toTensor(library, oneHotLabels(batch, classes, seed + 1000), y),
  ] as const;
}

const meanCrossentropy = (l: Library, y: tfjs.Tensor, prediction: tfjs.Tensor) =>
  l.metrics.categoricalCrossentropy(y, prediction).mean() as tfjs.Scalar;

export function describeTraining(task: Task): void {
  describe(task.name, () => {
    it('predicts the same', () => {
      const pair = twins(task.build);
      expectSame(`${task.name}, prediction`, (l) => {
        const model = l === hd ? pair.hd : pair.tf;
        return model.predict(batchOf(l, task, 5)[0]) as tfjs.Tensor;
      });
    });

    it('has the same gradients', () => {
      const [actual, expected] = [hd, tf].map((l) => {
        const model = task.build(l);
        seedWeights(l, model, 3);
        const [x, y] = batchOf(l, task, 6);
        const { value, grads } = l.variableGrads(() =>
          meanCrossentropy(l, y, model.apply(x, { training: true }) as tfjs.Tensor),
        );
        const gradients = Object.values(grads).map(snapshot);
        expect(gradients.length).toBe(model.getWeights().length);
        return [snapshot(value), ...gradients];
      });
      expected!.forEach((wanted, i) => {
        expectClose(`${task.name}, gradient ${i}`, actual![i]!, wanted);
      });
    });

    it.each(task.optimizers)(
      `trains the same for ${kSteps} steps with %s`,
      async (optimizer) => {
        const pair = twins(task.build);
        for (const [l, model] of [
          [hd, pair.hd],
          [tf, pair.tf],
        ] as const) {
          model.compile({
            optimizer: optimizers[optimizer]!(l),
            loss: 'categoricalCrossentropy',
            metrics: ['accuracy'],
          });
        }
        for (let step = 0; step < kSteps; step++) {
          const actual = (await pair.hd.trainOnBatch(
            ...batchOf(hd, task, task.seed + step),
          )) as number[];
          const expected = (await pair.tf.trainOnBatch(
            ...batchOf(tf, task, task.seed + step),
          )) as number[];
          const logs = (values: number[]) => ({ shape: [2], dtype: 'float32', values });
          expectClose(`loss and accuracy of step ${step}`, logs(actual), logs(expected));
        }
        expectSameWeights(`${task.name} after ${kSteps} steps`, pair);
      },
      300_000,
    ); // on a busy machine TensorFlow.js needs minutes for the convolutions
  });
}
