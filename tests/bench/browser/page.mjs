// The measuring page: what measure.mjs is in Node. Bundled by browser.mjs, which calls `measure`
// and hears `say`.
import { CannotDo } from '../contender.mjs';
import * as heddle from '../peers/heddle.mjs';
import * as jax from '../peers/jax.mjs';
import * as ort from '../peers/ort.mjs';
import * as tfjs from '../peers/tfjs.mjs';
import { configFrom, runSession } from '../session.mjs';

const root = new URL('/', location.href);

async function onnxModel() {
  const response = await fetch('/mobilenetv2.onnx');
  if (!response.ok) throw new CannotDo(await response.text());
  return new Uint8Array(await response.arrayBuffer());
}

/** jax-js takes a thread for each processor. */
async function withOneProcessor(work) {
  Object.defineProperty(navigator, 'hardwareConcurrency', { get: () => 1, configurable: true });
  try {
    return await work();
  } finally {
    delete navigator.hardwareConcurrency;
  }
}

const wasmPaths = '/node_modules/@tensorflow/tfjs-backend-wasm/wasm-out/';

const starts = {
  heddle: () => heddle.create({ root }),
  simd: () => heddle.create({ root, build: 'simd' }),
  heddle2: () => heddle.create({ root, threads: 2 }),
  tfjs: (contenders) => tfjs.create({ wasmPaths, config: configFrom(contenders.heddle) }),
  tfjscpu: (contenders) => tfjs.create({ backend: 'cpu', config: configFrom(contenders.heddle) }),
  jax: () => withOneProcessor(() => jax.create()),
  ort: () => ort.create({ model: onnxModel, wasmPaths: '/node_modules/onnxruntime-web/dist/' }),
};

/**
 * TensorFlow.js has one backend of a kind in a page, so its two threads have a page of their own.
 */
const threadedStarts = {
  heddle: starts.heddle,
  heddle2: starts.heddle2,
  tfjs2: (contenders) =>
    tfjs.create({ wasmPaths, threads: 2, config: configFrom(contenders.heddle) }),
};

globalThis.measure = (settings, threaded) =>
  runSession(settings, threaded ? threadedStarts : starts, globalThis.say);
