// The convolutional network of the benchmarks. In a file of its own, so that it runs beside the others:
// TensorFlow.js on its cpu backend does three examples of it a second.
import { beforeAll } from 'vitest';
import { startBoth } from './compare';
import { cnn } from './networks';
import { describeTraining } from './training_steps';

beforeAll(startBoth);

describeTraining({
  name: 'CNN 28x28x1',
  build: cnn,
  input: [28, 28, 1],
  classes: 10,
  batch: 1,
  // Of 205,000 weights behind relus, with one example to a batch, some always have a gradient within rounding of
  // zero, which Adam with its usual epsilon of 1e-7 would blow up in both libraries.
  optimizers: ['adam, larger epsilon', 'momentum 0.9'],
  seed: 0,
});
