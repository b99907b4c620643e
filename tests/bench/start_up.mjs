// One start of one library in a fresh process. Prints as JSON the milliseconds of loading it
// (`load`), of starting it (`ready`), and of its first small product (`first`), by which all have
// really started.
//   node start_up.mjs heddle|tfjs|jax [threads of Heddle: 1, as the others have, or 'auto']
import { wasmPaths } from './tfjs_folder.mjs';

const [, , kLibrary, kThreads = '1'] = process.argv;
const kMatrix = [
  [1, 2],
  [3, 4],
];

/** Each loads its library and resolves to `{ready, first}`. */
const libraries = {
  async heddle() {
    const hd = await import('../../dist/index.js');
    return {
      ready: () => hd.ready({ threads: kThreads === 'auto' ? 'auto' : Number(kThreads) }),
      first: () => hd.matMul(hd.tensor(kMatrix), hd.tensor(kMatrix)).data(),
    };
  },
  async tfjs() {
    const { default: tf } = await import('@tensorflow/tfjs');
    const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
    setWasmPaths(wasmPaths);
    return {
      ready: () => tf.setBackend('wasm'),
      first: () => tf.matMul(tf.tensor(kMatrix), tf.tensor(kMatrix)).data(),
    };
  },
  async jax() {
    const { defaultDevice, init, numpy } = await import('@jax-js/jax');
    return {
      ready: async () => {
        await init('wasm');
        defaultDevice('wasm');
      },
      first: () => numpy.dot(numpy.array(kMatrix), numpy.array(kMatrix)).data(),
    };
  },
};

const { log } = console;
console.log = console.warn = () => undefined; // greetings
const begin = performance.now();
const { ready, first } = await libraries[kLibrary]();
const loaded = performance.now();
await ready();
const started = performance.now();
const [value] = await first();
const done = performance.now();
if (value !== 7) throw new Error(`The first product begins with ${value}, not with 7.`);
log(JSON.stringify({ load: loaded - begin, ready: started - loaded, first: done - started }));
process.exit(0);
