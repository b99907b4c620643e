// Embedding and masking against TensorFlow.js, and masks on their way through models.
import { beforeAll, describe, it } from 'vitest';
import type * as tfjs from '@tensorflow/tfjs';
import {
  draw,
  expectClose,
  expectSame,
  expectSameWeights,
  hd,
  snapshot,
  startBoth,
  tf,
  toTensor,
  twins,
  type Library,
} from './compare';
import { checkLayer, type Input, type LayerCheck } from './layer_parity';

beforeAll(startBoth);

const numbers = (shape: number[], high = 7): Input => ({ shape, low: 0, high, dtype: 'int32' });

describe('embedding', () => {
  const options = { inputDim: 7, outputDim: 3 };
  checkLayer('embedding', options, numbers([5]), { shapes: [[null], [4, 2]] });
  checkLayer('embedding', options, numbers([2, 3]));
  checkLayer('embedding', { ...options, inputLength: 5 }, numbers([5]));
  checkLayer('embedding', { ...options, inputLength: [2, 3] }, numbers([2, 3]));
  checkLayer('embedding', { ...options, inputLength: [null, 3] }, numbers([2, 3]));
  checkLayer('embedding', { ...options, maskZero: true }, numbers([5]));
  checkLayer('embedding', { ...options, maskZero: false, batchSize: 3 }, numbers([5]));
  checkLayer('embedding', { ...options, inputShape: [5] }, numbers([5]));
  checkLayer('embedding', { ...options, embeddingsInitializer: 'ones' }, numbers([5]), {
    setWeights: false,
  });
  checkLayer(
    'embedding',
    { ...options, embeddingsRegularizer: 'l1l2', embeddingsConstraint: 'nonNeg' },
    numbers([5]),
    { weightRange: () => [0.5, 1] }, // far from zero: TensorFlow.js does not constrain in training
  );
  checkLayer(
    'embedding',
    options,
    { shape: [5], low: 0, high: 7 },
    {
      title: 'whole numbers as float32',
      gradient: false,
    },
  );
});

describe('masking', () => {
  // TensorFlow.js has no gradient of it alone; tests/js/layers_recurrent has ours.
  const check: LayerCheck = { gradient: false };
  checkLayer('masking', {}, [4, 3], check);
  checkLayer('masking', { maskValue: 0.5 }, { shape: [4, 3], low: 0.5, high: 0.7 }, check);
  checkLayer(
    'masking',
    { maskValue: 1 },
    { shape: [2, 4, 2], low: 0, high: 3, dtype: 'int32' },
    check,
  );
});

/** A batch [3, 5, 2] with steps of zeros at the end, in between and at the beginning. */
function withGaps(l: Library): tfjs.Tensor {
  const values = draw({ shape: [3, 5, 2], low: -1, high: 1 }, 11);
  for (const step of [3, 4, 5 + 2, 10 + 0]) values.fill(0, step * 2, step * 2 + 2);
  return toTensor(l, values, { shape: [3, 5, 2] });
}

describe('masks through models', () => {
  type Build = (l: Library) => tfjs.layers.Layer[];
  const recurrent = ['simpleRNN', 'gru', 'lstm'] as const;
  const models: [string, Build, (l: Library) => tfjs.Tensor][] = [
    ...recurrent.map((name): [string, Build, (l: Library) => tfjs.Tensor] => [
      `masking, ${name}, dense`,
      (l) => [
        l.layers.masking({ inputShape: [5, 2] }),
        l.layers[name]({ units: 3 } as never) as tfjs.layers.Layer,
        l.layers.dense({ units: 1 }),
      ],
      withGaps,
    ]),
    ...recurrent.map((name): [string, Build, (l: Library) => tfjs.Tensor] => [
      `embedding, two ${name}`,
      (l) => [
        l.layers.embedding({ inputDim: 4, outputDim: 3, maskZero: true, inputLength: 5 }),
        l.layers[name]({ units: 3, returnSequences: true } as never) as tfjs.layers.Layer,
        l.layers[name]({ units: 1 } as never) as tfjs.layers.Layer,
      ],
      (l) =>
        toTensor(l, draw({ shape: [3, 5], low: 0, high: 4, dtype: 'int32' }, 3), {
          shape: [3, 5],
          dtype: 'int32',
        }),
    ]),
    [
      'masking, bidirectional, dropout, gru backwards',
      (l) => [
        l.layers.masking({ inputShape: [5, 2], maskValue: 0 }),
        l.layers.bidirectional({
          layer: l.layers.lstm({ units: 2, returnSequences: true }) as tfjs.RNN,
        }),
        l.layers.dropout({ rate: 0 }),
        l.layers.gru({ units: 1, goBackwards: true }),
      ],
      withGaps,
    ],
    [
      'masking, timeDistributed, lstm',
      (l) => [
        l.layers.masking({ inputShape: [5, 2] }),
        l.layers.timeDistributed({ layer: l.layers.dense({ units: 3 }) }),
        l.layers.lstm({ units: 1 }),
      ],
      withGaps,
    ],
    [
      'masking, stacked cells',
      (l) => [
        l.layers.masking({ inputShape: [5, 2] }),
        l.layers.rnn({ cell: [l.layers.lstmCell({ units: 3 }), l.layers.gruCell({ units: 1 })] }),
      ],
      withGaps,
    ],
  ];

  it.each(models)('%s', async (name, build, data) => {
    const pair = twins((l) => l.sequential({ layers: build(l) }));
    const of = (l: Library) => pair[l === hd ? 'hd' : 'tf'];
    expectSame(name, (l) => of(l).predict(data(l)) as tfjs.Tensor);
    const losses: number[] = [];
    for (const l of [hd, tf]) {
      of(l).compile({ optimizer: l.train.sgd(0.3), loss: 'meanSquaredError' });
      const targets = toTensor(l, [0.4, -0.2, 0.1], { shape: [3, 1] });
      for (let step = 0; step < 3; step++) {
        losses.push((await of(l).trainOnBatch(data(l), targets)) as number);
      }
    }
    const loss = (values: number[]) => snapshot(tf.tensor1d(values));
    expectClose('losses', loss(losses.slice(0, 3)), loss(losses.slice(3)));
    expectSameWeights(name, pair);
  });
});
