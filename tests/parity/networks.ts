// The models that are built in both libraries.
import type * as tf from '@tensorflow/tfjs';
import type { Library } from './compare';

export type Network = (library: Library) => tf.LayersModel;

export const mlp: Network = (l) =>
  l.sequential({
    layers: [
      l.layers.dense({ units: 128, activation: 'relu', inputShape: [784] }),
      l.layers.dense({ units: 10, activation: 'softmax' }),
    ],
  });

/** The convolutional network of the benchmarks, and a small one of the same kind with strides and padding. */
export const cnn: Network = (l) =>
  l.sequential({
    layers: [
      l.layers.conv2d({
        filters: 32,
        kernelSize: 3,
        activation: 'relu',
        inputShape: [28, 28, 1],
      }),
      l.layers.maxPooling2d({ poolSize: 2 }),
      l.layers.conv2d({ filters: 64, kernelSize: 3, activation: 'relu' }),
      l.layers.maxPooling2d({ poolSize: 2 }),
      l.layers.flatten(),
      l.layers.dense({ units: 128, activation: 'relu' }),
      l.layers.dense({ units: 10, activation: 'softmax' }),
    ],
  });

export const smallCnn: Network = (l) =>
  l.sequential({
    layers: [
      l.layers.conv2d({
        filters: 6,
        kernelSize: [3, 2],
        strides: [1, 2],
        padding: 'same',
        activation: 'tanh',
        inputShape: [12, 10, 2],
      }),
      l.layers.averagePooling2d({ poolSize: 2 }),
      l.layers.conv2d({ filters: 5, kernelSize: [3, 2], activation: 'relu', useBias: false }),
      l.layers.reshape({ targetShape: [4, 5] }),
      l.layers.dense({ units: 4, activation: 'sigmoid' }),
      l.layers.flatten(),
      l.layers.activation({ activation: 'relu6' }),
      l.layers.dense({ units: 3, activation: 'softmax' }),
    ],
  });

/** Two inputs through one shared layer, two outputs, a nested model and both merges. */
export const sharedFunctional: Network = (l) => {
  const a = l.input({ shape: [8], name: 'a' });
  const b = l.input({ shape: [8], name: 'b' });
  const shared = l.layers.dense({ units: 6, activation: 'tanh', name: 'shared' });
  const left = shared.apply(a) as tf.SymbolicTensor;
  const right = shared.apply(b) as tf.SymbolicTensor;
  const inside = l.input({ shape: [6] });
  const inner = l.model({
    inputs: inside,
    outputs: l.layers.dense({ units: 6, activation: 'relu' }).apply(inside) as tf.SymbolicTensor,
    name: 'inner',
  });
  const sum = l.layers.add().apply([left, inner.apply(right) as tf.SymbolicTensor]);
  const both = l.layers.concatenate().apply([left, right, sum as tf.SymbolicTensor]);
  const classes = l.layers.dense({ units: 3, activation: 'softmax', name: 'classes' }).apply(both);
  const amount = l.layers.dense({ units: 2, name: 'amount' }).apply(both);
  return l.model({
    inputs: [a, b],
    outputs: [classes as tf.SymbolicTensor, amount as tf.SymbolicTensor],
  });
};
