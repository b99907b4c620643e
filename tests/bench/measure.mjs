// The measuring process in Node: writes the result of a session to the file named first.
//   node measure.mjs <output> <settings as JSON: {quick, only, without, clock}>
import { writeFileSync } from 'node:fs';
import { CannotDo } from './contender.mjs';
import { onnxModel } from './onnx_model.mjs';
import { configFrom, runSession } from './session.mjs';
import { wasmPaths } from './tfjs_folder.mjs';

const root = new URL('../../', import.meta.url);

const peer = async (name, options) => (await import(`./peers/${name}.mjs`)).create(options);

const [output, argument] = process.argv.slice(2);
const settings = JSON.parse(argument);
const byProcess = settings.clock === 'process';

const starts = {
  heddle: () => peer('heddle', { root }),
  simd: () => peer('heddle', { root, build: 'simd' }),
  heddle2: () => peer('heddle', { root, threads: 2 }),
  tfjs: ({ heddle }) => peer('tfjs', { wasmPaths, config: configFrom(heddle) }),
  tfjs2: () => {
    throw new CannotDo('its wasm backend has one thread in Node');
  },
  tfjscpu: ({ heddle }) => peer('tfjs', { backend: 'cpu', config: configFrom(heddle) }),
  jax: () => peer('jax', {}),
  ort: () => peer('ort', { model: onnxModel }),
  torch: () => peer('torch', { byProcess }),
  'torch-avx2': () => peer('torch', { simd: 'avx2', byProcess }),
};

/** Seconds of work, of this process. */
function processClock() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

const say = (text) => process.stderr.write(`  ${text}\n`);
const result = await runSession(settings, starts, say, byProcess ? processClock : undefined);
writeFileSync(output, JSON.stringify(result));
process.exit(0); // peers keep handles open
