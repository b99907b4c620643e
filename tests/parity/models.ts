// Twenty-five models, each with a shared layer, a nested model or a layer written in JavaScript.
//
// They keep clear of what TensorFlow.js does wrong: it counts the penalty of a shared layer once for each call, its cpu
// backend mixes up the images of a batch in the gradient of upSampling2d, divides by the whole window in that of
// averagePooling2d with padding 'same', and masking has no gradient.
import type * as tfjs from '@tensorflow/tfjs';
import type { Library, Values } from './compare';
import * as custom from './models_custom';

type Symbolic = tfjs.SymbolicTensor;

/** What a model learns to give: real numbers, one-hot rows, class numbers, or zeros and ones. */
export interface Target extends Values {
  kind?: 'real' | 'oneHot' | 'label' | 'bits';
}

export interface ModelCase {
  name: string;
  /** Shapes of one example. */
  inputs: Target[];
  targets: Target[];
  loss: string | string[];
  optimizer: (l: Library) => tfjs.Optimizer;
  build: (l: Library, inputs: Symbolic[]) => Symbolic | Symbolic[];
}

const call = (layer: tfjs.layers.Layer, x: Symbolic | Symbolic[]): Symbolic =>
  layer.apply(x) as Symbolic;

/** Layers, one after the other. */
const chain = (x: Symbolic, ...layers: tfjs.layers.Layer[]): Symbolic =>
  layers.reduce((y, layer) => call(layer, y), x);

const sgd =
  (rate = 0.1) =>
  (l: Library) =>
    l.train.sgd(rate);
const momentum = (l: Library) => l.train.momentum(0.05, 0.9);
/** With an epsilon that keeps gradients near zero from being blown up. */
const adam = (l: Library) => l.train.adam(0.01, 0.9, 0.999, 1e-3);

const real = (...shape: number[]): Target => ({ shape, low: -1, high: 1 });
const oneHot = (classes: number): Target => ({ shape: [classes], kind: 'oneHot' });
const label = (classes: number): Target => ({ shape: [1], high: classes, kind: 'label' });
const bits = (...shape: number[]): Target => ({ shape, kind: 'bits' });
const words = (length: number, count: number): Values => ({
  shape: [length],
  low: 0,
  high: count,
  dtype: 'int32',
});

export const models: ModelCase[] = [
  {
    name: 'siamese: shared dense layers, cosine of the codes',
    inputs: [real(6), real(6)],
    targets: [real(1)],
    loss: 'meanSquaredError',
    optimizer: adam,
    build: (l, inputs) => {
      const first = l.layers.dense({ units: 8, activation: 'tanh' });
      const second = l.layers.dense({ units: 4 });
      const codes = inputs.map((x) => chain(x, first, second));
      return call(l.layers.dot({ axes: -1, normalize: true }), codes);
    },
  },
  {
    name: 'branches: one conv2d, two poolings',
    inputs: [real(8, 8, 2)],
    targets: [oneHot(3)],
    loss: 'categoricalCrossentropy',
    optimizer: sgd(),
    build: (l, [x]) => {
      const conv = l.layers.conv2d({ filters: 4, kernelSize: 3, activation: 'tanh' });
      const branches = [
        l.layers.maxPooling2d({ poolSize: 2 }),
        l.layers.averagePooling2d({ poolSize: 3, strides: 2 }),
      ].map((pool) =>
        chain(x!, conv, pool, l.layers.flatten(), l.layers.dense({ units: 5, activation: 'tanh' })),
      );
      const joined = call(l.layers.concatenate(), branches);
      return call(l.layers.dense({ units: 3, activation: 'softmax' }), joined);
    },
  },
  {
    name: 'conv1d in a nested Sequential, called twice',
    inputs: [real(10, 3), real(10, 3)],
    targets: [bits(1)],
    loss: 'binaryCrossentropy',
    optimizer: momentum,
    build: (l, inputs) => {
      const encoder = l.sequential({
        layers: [
          l.layers.conv1d({
            filters: 4,
            kernelSize: 3,
            padding: 'same',
            activation: 'elu',
            inputShape: [10, 3],
          }),
          l.layers.maxPooling1d({ poolSize: 2 }),
          l.layers.conv1d({ filters: 5, kernelSize: 2, strides: 2, activation: 'tanh' }),
          l.layers.globalAveragePooling1d({}),
        ],
      });
      const difference = l.layers.multiply();
      const joined = call(
        difference,
        inputs.map((x) => call(encoder, x)),
      );
      return call(l.layers.dense({ units: 1, activation: 'sigmoid' }), joined);
    },
  },
  {
    name: 'inverted residual of MobileNetV2, nested and called twice',
    inputs: [real(6, 6, 4)],
    targets: [oneHot(3)],
    loss: 'categoricalCrossentropy',
    optimizer: sgd(0.05),
    build: (l, [x]) => {
      const inside = l.input({ shape: [6, 6, 4] });
      const norm = () => l.layers.batchNormalization({ momentum: 0.9, epsilon: 1e-2 });
      const y = chain(
        inside,
        l.layers.conv2d({ filters: 8, kernelSize: 1, useBias: false }),
        norm(),
        l.layers.reLU({ maxValue: 6 }),
        l.layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', useBias: false }),
        norm(),
        l.layers.reLU({ maxValue: 6 }),
        l.layers.conv2d({ filters: 4, kernelSize: 1, useBias: false }),
        norm(),
      );
      const block = l.model({ inputs: inside, outputs: call(l.layers.add(), [inside, y]) });
      return chain(
        x!,
        block,
        block,
        l.layers.globalAveragePooling2d({ dataFormat: 'channelsLast' }),
        l.layers.dense({ units: 3, activation: 'softmax' }),
      );
    },
  },
  {
    name: 'one lstm over two sequences',
    inputs: [real(5, 3), real(5, 3)],
    targets: [real(2)],
    loss: 'meanSquaredError',
    optimizer: adam,
    build: (l, inputs) => {
      const lstm = l.layers.lstm({ units: 4, recurrentActivation: 'sigmoid' });
      const joined = call(
        l.layers.concatenate(),
        inputs.map((x) => call(lstm, x)),
      );
      return call(l.layers.dense({ units: 2 }), joined);
    },
  },
  {
    name: 'gru in a nested model, backwards and forwards',
    inputs: [real(6, 2)],
    targets: [label(4)],
    loss: 'sparseCategoricalCrossentropy',
    optimizer: sgd(0.2),
    build: (l, [x]) => {
      const inside = l.input({ shape: [6, 2] });
      const ends = [false, true].map((goBackwards) =>
        call(l.layers.gru({ units: 3, goBackwards, resetAfter: false } as never), inside),
      );
      const encoder = l.model({ inputs: inside, outputs: call(l.layers.average(), ends) });
      return chain(x!, encoder, l.layers.dense({ units: 4, activation: 'softmax' }));
    },
  },
  {
    name: 'simpleRNN with sequences out, one timeDistributed dense for two of them',
    inputs: [real(4, 3)],
    targets: [real(4, 2), real(4, 2)],
    loss: 'meanSquaredError',
    optimizer: momentum,
    build: (l, [x]) => {
      const head = l.layers.timeDistributed({ layer: l.layers.dense({ units: 2 }) });
      const options = { units: 3, returnSequences: true };
      return ['tanh', 'sigmoid'].map((activation) =>
        chain(x!, l.layers.simpleRNN({ ...options, activation } as never), head),
      );
    },
  },
  {
    name: 'shared embedding with masks, bidirectional lstm',
    inputs: [words(5, 7), words(5, 7)],
    targets: [bits(1)],
    loss: 'binaryCrossentropy',
    optimizer: sgd(0.5),
    build: (l, inputs) => {
      const embedding = l.layers.embedding({ inputDim: 7, outputDim: 4, maskZero: true });
      const reader = l.layers.bidirectional({
        layer: l.layers.lstm({ units: 3 }) as never,
        mergeMode: 'concat',
      });
      const read = inputs.map((x) => chain(x, embedding, reader));
      return chain(
        call(l.layers.dot({ axes: 1 }), read),
        l.layers.dense({ units: 1, activation: 'sigmoid' }),
      );
    },
  },
  {
    name: 'matrix factorisation: embeddings of users and items, and their biases',
    inputs: [words(1, 6), words(1, 9)],
    targets: [real(1)],
    loss: 'meanSquaredError',
    optimizer: sgd(),
    build: (l, inputs) => {
      const factors = inputs.map((x, i) => {
        const inputDim = i === 0 ? 6 : 9;
        return chain(x, l.layers.embedding({ inputDim, outputDim: 4 }), l.layers.flatten());
      });
      const bias = l.layers.dense({ units: 1 });
      const product = call(l.layers.dot({ axes: 1 }), factors);
      return call(l.layers.add(), [product, ...factors.map((each) => call(bias, each))]);
    },
  },
  {
    name: 'JavaScript: linear layers with a penalty, one of them shared',
    inputs: [real(5)],
    targets: [oneHot(4)],
    loss: 'categoricalCrossentropy',
    optimizer: adam,
    build: (l, [x]) => {
      const twice = custom.linear(l, 5);
      const tanh = () => l.layers.activation({ activation: 'tanh' });
      const last = custom.linear(l, 4, 0.01);
      return chain(x!, twice, tanh(), twice, tanh(), last, l.layers.softmax());
    },
  },
  {
    name: 'JavaScript: self-attention in a block of a transformer',
    inputs: [words(6, 9)],
    targets: [label(3)],
    loss: 'sparseCategoricalCrossentropy',
    optimizer: sgd(0.2),
    build: (l, [x]) => {
      const embedded = chain(x!, l.layers.embedding({ inputDim: 9, outputDim: 6 }));
      const attended = call(l.layers.add(), [
        embedded,
        call(custom.selfAttention(l, 6), call(l.layers.layerNormalization(), embedded)),
      ]);
      const wide = l.layers.dense({ units: 12, activation: 'tanh' });
      const narrow = l.layers.dense({ units: 6 });
      const normed = chain(attended, l.layers.layerNormalization({ epsilon: 1e-2 }), wide, narrow);
      return chain(
        call(l.layers.add(), [attended, normed]),
        l.layers.globalAveragePooling1d({}),
        l.layers.dense({ units: 3, activation: 'softmax' }),
      );
    },
  },
  {
    name: 'JavaScript: a norm of its own, shared by residual blocks',
    inputs: [real(6)],
    targets: [real(2)],
    loss: 'meanAbsoluteError',
    optimizer: sgd(0.05),
    build: (l, [x]) => {
      const norm = custom.rootMeanSquareNorm(l);
      let y = x!;
      for (let i = 0; i < 3; i++) {
        const branch = chain(y, norm, l.layers.dense({ units: 6, activation: 'sigmoid' }));
        y = call(l.layers.add(), [y, branch]);
      }
      return call(l.layers.dense({ units: 2 }), y);
    },
  },
  {
    name: 'JavaScript: a running mean, written while training',
    inputs: [real(4)],
    targets: [real(2)],
    loss: 'meanSquaredError',
    optimizer: sgd(),
    build: (l, [x]) =>
      chain(
        x!,
        l.layers.dense({ units: 5, activation: 'tanh' }),
        custom.centred(l),
        l.layers.dense({ units: 2 }),
      ),
  },
  {
    name: 'JavaScript: a layer of two inputs and two outputs, called twice',
    inputs: [real(4), real(4)],
    targets: [real(4), real(4)],
    loss: ['meanSquaredError', 'logcosh'],
    optimizer: sgd(),
    build: (l, inputs) => {
      const mix = custom.mixed(l);
      const prepared = inputs.map((x) => call(l.layers.dense({ units: 4 }), x));
      const once = mix.apply(prepared) as Symbolic[];
      return mix.apply(once) as Symbolic[];
    },
  },
  {
    name: 'JavaScript: factorization machine beside a dense network',
    inputs: [real(7)],
    targets: [bits(1)],
    loss: 'binaryCrossentropy',
    optimizer: adam,
    build: (l, [x]) => {
      const shared = l.layers.dense({ units: 7, activation: 'tanh' });
      const wide = chain(x!, shared, custom.interactions(l, 3));
      const deep = chain(x!, shared, shared, l.layers.dense({ units: 1 }));
      const sum = call(l.layers.add(), [wide, deep]);
      return call(l.layers.activation({ activation: 'sigmoid' }), sum);
    },
  },
  {
    name: 'autoencoder: nested encoder and decoder, transposed convolution',
    inputs: [real(8, 8, 1)],
    targets: [real(8, 8, 1)],
    loss: 'meanSquaredError',
    optimizer: adam,
    build: (l, [x]) => {
      const encoder = l.sequential({
        layers: [
          l.layers.conv2d({
            filters: 3,
            kernelSize: 3,
            strides: 2,
            padding: 'same',
            activation: 'tanh',
            inputShape: [8, 8, 1],
          }),
          l.layers.flatten(),
          l.layers.dense({ units: 6, activation: 'tanh' }),
        ],
      });
      const decoder = l.sequential({
        layers: [
          l.layers.dense({ units: 2 * 2 * 3, activation: 'tanh', inputShape: [6] }),
          l.layers.reshape({ targetShape: [2, 2, 3] }),
          l.layers.conv2dTranspose({
            filters: 2,
            kernelSize: 3,
            strides: 2,
            padding: 'same',
            activation: 'tanh',
          }),
          l.layers.conv2dTranspose({ filters: 2, kernelSize: 2, strides: 2 }),
          l.layers.conv2d({ filters: 1, kernelSize: 3, padding: 'same' }),
        ],
      });
      return chain(x!, encoder, decoder);
    },
  },
  {
    name: 'many tasks: a shared trunk under three heads and losses',
    inputs: [real(5)],
    targets: [oneHot(3), bits(2), real(1)],
    loss: ['categoricalCrossentropy', 'binaryCrossentropy', 'meanSquaredError'],
    optimizer: momentum,
    build: (l, [x]) => {
      const trunk = l.layers.dense({ units: 6, activation: 'softplus' });
      const head = (units: number, activation: 'softmax' | 'sigmoid' | 'linear', name: string) =>
        chain(x!, trunk, l.layers.dense({ units, activation, name }));
      return [head(3, 'softmax', 'kind'), head(2, 'sigmoid', 'tags'), head(1, 'linear', 'size')];
    },
  },
  {
    name: 'volumes: one conv3d on two of them',
    inputs: [real(4, 4, 4, 1), real(4, 4, 4, 1)],
    targets: [oneHot(2)],
    loss: 'categoricalCrossentropy',
    optimizer: sgd(),
    build: (l, inputs) => {
      const conv = l.layers.conv3d({ filters: 2, kernelSize: 2, activation: 'tanh' });
      const pool = l.layers.maxPooling3d({ poolSize: 2, strides: 1, padding: 'same' } as never);
      const read = inputs.map((x) => chain(x, conv, pool, l.layers.flatten()));
      const joined = call(l.layers.concatenate(), read);
      return call(l.layers.dense({ units: 2, activation: 'softmax' }), joined);
    },
  },
  {
    name: 'separable convolutions, prelu, a nested model over each half',
    inputs: [real(6, 6, 2), real(6, 6, 2)],
    targets: [real(3)],
    loss: 'meanSquaredError',
    optimizer: sgd(0.05),
    build: (l, inputs) => {
      const inside = l.input({ shape: [6, 6, 2] });
      const convolution = { filters: 3, kernelSize: 3, padding: 'same' as const };
      const y = chain(
        inside,
        l.layers.separableConv2d({ ...convolution, depthMultiplier: 2 }),
        l.layers.prelu({ alphaInitializer: 'ones', sharedAxes: [1, 2] }),
        l.layers.cropping2D({
          cropping: [
            [1, 0],
            [0, 1],
          ],
        }),
        l.layers.globalMaxPooling2d({ dataFormat: 'channelsLast' }),
      );
      const reader = l.model({ inputs: inside, outputs: y });
      const read = inputs.map((x) => call(reader, x));
      return call(l.layers.dense({ units: 3 }), call(l.layers.maximum(), read));
    },
  },
  {
    name: 'a stack of cells, shared by two sequences',
    inputs: [real(4, 3), real(4, 3)],
    targets: [real(2)],
    loss: 'meanSquaredError',
    optimizer: adam,
    build: (l, inputs) => {
      const cells = [
        l.layers.lstmCell({ units: 3 }),
        l.layers.gruCell({ units: 2, resetAfter: false } as never),
      ];
      const rnn = l.layers.rnn({ cell: cells as never });
      return call(
        l.layers.minimum(),
        inputs.map((x) => call(rnn, x)),
      );
    },
  },
  {
    name: 'convLstm2d in a nested model',
    inputs: [real(3, 4, 4, 1)],
    targets: [real(2)],
    loss: 'meanSquaredError',
    optimizer: sgd(),
    build: (l, [x]) => {
      const video = l.sequential({
        layers: [
          l.layers.convLstm2d({
            filters: 2,
            kernelSize: 3,
            padding: 'same',
            inputShape: [3, 4, 4, 1],
          } as never),
          l.layers.flatten(),
        ],
      });
      return chain(x!, video, l.layers.dense({ units: 2 }));
    },
  },
  {
    name: 'every merge of a shared layer',
    inputs: [real(4), real(4)],
    targets: [real(4)],
    loss: 'meanSquaredError',
    optimizer: sgd(),
    build: (l, inputs) => {
      const shared = l.layers.dense({ units: 4, activation: 'selu' });
      const pair = inputs.map((x) => call(shared, x));
      const { add, multiply, average, maximum, minimum } = l.layers;
      const merged = [add, multiply, average, maximum, minimum].map((merge) => call(merge(), pair));
      return call(l.layers.dense({ units: 4 }), call(l.layers.concatenate({ axis: 1 }), merged));
    },
  },
  {
    name: 'sequence to sequence: states handed from encoder to decoder, one dense for all steps',
    inputs: [real(4, 3), real(3, 2)],
    targets: [{ ...real(3, 5), kind: 'oneHot' }],
    loss: 'categoricalCrossentropy',
    optimizer: sgd(0.2),
    build: (l, [source, target]) => {
      const encoder = l.layers.lstm({ units: 4, returnState: true });
      const decoder = l.layers.lstm({ units: 4, returnSequences: true });
      const [, ...states] = encoder.apply(source!) as Symbolic[];
      const decoded = decoder.apply(target!, { initialState: states }) as Symbolic;
      const each = l.layers.dense({ units: 5, activation: 'softmax' });
      return call(l.layers.timeDistributed({ layer: each }), decoded);
    },
  },
  {
    name: 'masked steps: one gru, repeated and permuted',
    inputs: [{ shape: [5, 2], low: 0, high: 2, kind: 'bits' } as Target],
    targets: [real(3, 4)],
    loss: 'meanSquaredError',
    optimizer: momentum,
    build: (l, [x]) => {
      const gru = l.layers.gru({ units: 3, resetAfter: false } as never);
      const masked = chain(x!, l.layers.masking({ maskValue: 0 }), gru);
      const plain = call(gru, x!);
      const both = call(l.layers.add(), [masked, plain]);
      return chain(both, l.layers.repeatVector({ n: 4 }), l.layers.permute({ dims: [2, 1] }));
    },
  },
  {
    name: 'a model in a model in a model, each used twice',
    inputs: [real(4)],
    targets: [real(4)],
    loss: 'meanSquaredError',
    optimizer: adam,
    build: (l, [x]) => {
      let inner: tfjs.layers.Layer = l.layers.dense({ units: 4, activation: 'tanh' });
      for (let depth = 0; depth < 3; depth++) {
        const inside = l.input({ shape: [4] });
        const outputs = call(l.layers.add(), [chain(inside, inner, inner), inside]);
        inner = l.model({ inputs: inside, outputs });
      }
      const kernelRegularizer = l.regularizers.l1l2({ l1: 1e-3, l2: 1e-2 }) as never;
      const last = l.layers.dense({ units: 4, kernelRegularizer });
      return chain(x!, l.layers.leakyReLU({ alpha: 0.2 }), inner, l.layers.elu(), last);
    },
  },
];
