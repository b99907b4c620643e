// Losses, their gradients and metrics, by the names that compile takes and as functions.
import { beforeAll, describe, it } from 'vitest';
import type * as tfjs from '@tensorflow/tfjs';
import {
  draw,
  expectClose,
  expectSame,
  expectSameWeights,
  hd,
  oneHotLabels,
  startBoth,
  tf,
  toTensor,
  twins,
  type Library,
} from './compare';

beforeAll(startBoth);

const kRows = 12;
const kClasses = 5;

type Targets = 'one-hot' | 'labels' | 'label column' | 'bits' | 'real';

function targets(l: Library, kind: Targets): tfjs.Tensor {
  const labels = draw({ shape: [kRows], low: 0, high: kClasses, dtype: 'int32' }, 4);
  switch (kind) {
    case 'one-hot':
      return toTensor(l, oneHotLabels(kRows, kClasses, 4), { shape: [kRows, kClasses] });
    case 'labels':
      return toTensor(l, labels, { shape: [kRows] });
    case 'label column':
      return toTensor(l, labels, { shape: [kRows, 1] });
    case 'bits': {
      const spec = { shape: [kRows, kClasses], dtype: 'bool' as const };
      return toTensor(l, draw(spec, 5), { shape: spec.shape });
    }
    case 'real':
      return toTensor(l, draw({ shape: [kRows, kClasses] }, 6), { shape: [kRows, kClasses] });
  }
}

interface LossCase {
  loss: string;
  activation: 'softmax' | 'sigmoid' | 'linear' | 'relu';
  target: Targets;
  metrics: string[];
}

const cases: LossCase[] = [
  {
    loss: 'meanSquaredError',
    activation: 'linear',
    target: 'real',
    metrics: ['mse', 'accuracy'],
  },
  {
    loss: 'meanSquaredError',
    activation: 'softmax',
    target: 'one-hot',
    metrics: ['accuracy', 'categoricalAccuracy'],
  },
  {
    loss: 'categoricalCrossentropy',
    activation: 'softmax',
    target: 'one-hot',
    metrics: ['accuracy', 'crossentropy', 'mse'],
  },
  {
    loss: 'categoricalCrossentropy',
    activation: 'sigmoid', // not a distribution: the loss scales each row to one
    target: 'one-hot',
    metrics: ['acc'],
  },
  {
    loss: 'sparseCategoricalCrossentropy',
    activation: 'softmax',
    target: 'label column',
    metrics: ['accuracy'],
  },
  {
    loss: 'sparseCategoricalCrossentropy',
    activation: 'softmax',
    target: 'labels',
    metrics: ['accuracy'],
  },
  {
    loss: 'binaryCrossentropy',
    activation: 'sigmoid',
    target: 'bits',
    metrics: ['accuracy', 'binaryAccuracy'],
  },
  { loss: 'binaryCrossentropy', activation: 'softmax', target: 'one-hot', metrics: ['accuracy'] },
];

describe.each(cases.map((entry) => [entry.loss, entry.activation, entry.target, entry] as const))(
  '%s after %s, targets: %s',
  (_loss, _activation, _target, entry) => {
    const { loss, activation, target, metrics } = entry;
    const spec = { shape: [kRows, 7] };
    const build = (l: Library) =>
      l.sequential({ layers: [l.layers.dense({ units: kClasses, activation, inputShape: [7] })] });
    const compiled = () => {
      const pair = twins(build);
      pair.hd.compile({ optimizer: hd.train.sgd(0.5), loss, metrics });
      pair.tf.compile({ optimizer: tf.train.sgd(0.5), loss, metrics });
      return pair;
    };

    it('evaluates the same', () => {
      const pair = compiled();
      expectSame('evaluate', (l) => {
        const model = l === hd ? pair.hd : pair.tf;
        const x = toTensor(l, draw(spec, 2), spec);
        return model.evaluate(x, targets(l, target)) as tfjs.Scalar[];
      });
    });

    it('has the same gradient: five steps move the weights alike', async () => {
      const pair = compiled();
      for (let step = 0; step < 5; step++) {
        const [actual, expected] = await Promise.all(
          [hd, tf].map(async (l) => {
            const x = toTensor(l, draw(spec, step), spec);
            const model = l === hd ? pair.hd : pair.tf;
            const values = (await model.trainOnBatch(x, targets(l, target))) as number[];
            return { shape: [values.length], dtype: 'float32', values };
          }),
        );
        expectClose(`logs of step ${step}`, actual!, expected!);
      }
      expectSameWeights('after five steps', pair);
    });
  },
);

describe('as functions of (yTrue, yPred)', () => {
  const rows = { shape: [kRows, kClasses], low: 0.01, high: 0.99 };
  const prediction = (l: Library) => toTensor(l, draw(rows, 9), rows);
  const metric = (
    name: keyof Library['metrics'],
    target: Targets,
  ): [string, (l: Library) => tfjs.Tensor] => [
    `${name}, ${target}`,
    (l) => {
      const f = l.metrics[name] as (yTrue: tfjs.Tensor, yPred: tfjs.Tensor) => tfjs.Tensor;
      return f(targets(l, target), prediction(l));
    },
  ];
  it.each([
    metric('meanSquaredError', 'real'),
    metric('categoricalCrossentropy', 'one-hot'),
    metric('binaryCrossentropy', 'bits'),
    metric('binaryAccuracy', 'bits'),
    metric('categoricalAccuracy', 'one-hot'),
    metric('sparseCategoricalAccuracy', 'label column'),
    metric('sparseCategoricalAccuracy', 'labels'),
  ])('%s', (name, program) => expectSame(name, program));
});

describe('at the ends', () => {
  // Predictions of exactly 0 and 1 are clipped by 1e-7 before the logarithm.
  const certain = (l: Library) => l.tensor2d([1, 0, 0, 0, 1, 0], [2, 3]);
  const other = (l: Library) => l.tensor2d([1, 0, 0, 1, 0, 0], [2, 3]);
  it.each(['categoricalCrossentropy', 'binaryCrossentropy'] as const)('%s is finite', (name) => {
    expectSame(name, (l) => l.metrics[name](other(l), certain(l)), 1e-3);
  });
});
