// TensorFlow.js on its WebAssembly backend (SIMD; in Node it always runs on one thread).
import tf from '@tensorflow/tfjs';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import * as layers from './layers.mjs';

export const label = 'TensorFlow.js wasm';

export async function start() {
  const backend = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(dirname(backend) + sep);
  setThreadsCount(1);
  if (!(await tf.setBackend('wasm'))) {
    throw new Error('TensorFlow.js could not start its wasm backend.');
  }
  await tf.ready();
}

export const product = (n, a, b) => layers.product(tf, n, a, b);
export const training = (network, options) => layers.training(tf, network, options);
export const mobileNet = (config, x) => layers.mobileNet(tf, config, x);
