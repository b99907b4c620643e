// Where TensorFlow.js's WebAssembly modules lie, in Node.
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';

const entry = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');

export const wasmPaths = dirname(entry) + sep;
