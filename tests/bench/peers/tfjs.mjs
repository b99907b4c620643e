// TensorFlow.js on its WebAssembly backend (SIMD; threads in a page only: in Node it always runs on
// one) or its cpu backend.
import * as tfjs from '@tensorflow/tfjs';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { CannotDo } from '../contender.mjs';
import { prepare } from './layers.mjs';

const tf = tfjs.default ?? tfjs; // it is CommonJS in Node

/**
 * `wasmPaths`: where its modules are. `config(spec)`: of MobileNetV2, which TensorFlow.js cannot
 * make itself.
 */
export async function create({ backend = 'wasm', threads = 1, wasmPaths, config }) {
  if (backend === 'wasm') {
    setWasmPaths(wasmPaths);
    setThreadsCount(threads);
  }
  if (!(await tf.setBackend(backend))) {
    throw new CannotDo(`TensorFlow.js could not start its ${backend} backend`);
  }
  await tf.ready();
  const use = async () => {
    if (tf.getBackend() !== backend) await tf.setBackend(backend);
  };
  const name = `TensorFlow.js ${backend}`;
  return {
    label: threads > 1 ? `${name}, ${threads} threads` : name,
    version: tf.version.tfjs,
    async prepare(spec) {
      await use();
      const program = await prepare(tf, spec, config(spec));
      const { run } = program;
      return {
        ...program,
        run: async (units) => {
          await use();
          return run(units);
        },
      };
    },
  };
}
