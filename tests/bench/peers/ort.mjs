// ONNX Runtime Web on its WebAssembly backend, one thread: prediction only, it does not train. The
// network is exported by native/export_mobilenet.py with the weights that all contenders have.
import * as ort from 'onnxruntime-web/wasm';
import { CannotDo } from '../contender.mjs';
import { operands } from '../operands.mjs';

/** [height, width, channels] to [channels, height, width] */
function channelsFirst(values, side) {
  const result = new Float32Array(values.length);
  for (let place = 0; place < side * side; place++) {
    for (let c = 0; c < 3; c++) result[c * side * side + place] = values[place * 3 + c];
  }
  return result;
}

/**
 * `model()` resolves to the exported network's bytes, or throws CannotDo. `wasmPaths`: where its
 * modules are, in a page.
 */
export async function create({ model, wasmPaths, threads = 1 }) {
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = 'error';
  if (wasmPaths) ort.env.wasm.wasmPaths = wasmPaths;

  async function prepare(spec) {
    if (spec.kind === 'training' || spec.kind === 'tuning') throw new CannotDo('does not train');
    if (spec.kind !== 'prediction') throw new CannotDo('runs models, not single operations');
    const options = { executionProviders: ['wasm'], graphOptimizationLevel: 'all' };
    const session = await ort.InferenceSession.create(await model(), options);
    const [{ values }] = operands(spec);
    const { side } = spec;
    const image = new ort.Tensor('float32', channelsFirst(values, side), [1, 3, side, side]);
    let last;
    return {
      async run(count) {
        for (let i = 0; i < count; i++) {
          const { probabilities } = await session.run({ image });
          last = probabilities.data;
        }
      },
      check: async () => Array.from(last.slice(0, 8)),
      dispose: () => session.release(),
    };
  }
  return { label: 'ONNX Runtime Web', version: ort.env.versions.web, prepare };
}
