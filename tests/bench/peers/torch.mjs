// Native PyTorch (Debian's python3-torch) on one thread, in a process of its own that works when it
// is told to.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { CannotDo } from '../contender.mjs';
import { mobileNetWeights } from '../mobilenet.mjs';
import { initialWeights, trainingData, tuningData } from '../networks.mjs';
import { operands } from '../operands.mjs';

const kOneThread = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };

/** Everything that picks instructions held to AVX2: PyTorch's own loops, oneDNN, MKL, OpenBLAS. */
const kAvx2 = {
  ATEN_CPU_CAPABILITY: 'avx2',
  DNNL_MAX_CPU_ISA: 'AVX2',
  ONEDNN_MAX_CPU_ISA: 'AVX2',
  MKL_ENABLE_INSTRUCTIONS: 'AVX2',
  OPENBLAS_CORETYPE: 'Haswell',
};

/** OpenBLAS takes SSE kernels on processors newer than itself; this names the kernels that fit. */
function fittingKernels() {
  const flags = existsSync('/proc/cpuinfo') ? readFileSync('/proc/cpuinfo', 'utf8') : '';
  if (/\bavx512f\b/.test(flags)) return { OPENBLAS_CORETYPE: 'SkylakeX' };
  return /\bavx2\b/.test(flags) ? { OPENBLAS_CORETYPE: 'Haswell' } : {};
}

/** A Python that has PyTorch: $PYTHON, Debian's, or the first on PATH. */
export function pythonWith(...modules) {
  const candidates = [process.env.PYTHON, '/usr/bin/python3', 'python3'].filter(Boolean);
  const code = modules.map((name) => `import ${name}`).join('\n');
  return candidates.find((python) => spawnSync(python, ['-c', code]).status === 0);
}

/** The arrays of a case, by name. */
function arraysOf(spec) {
  if (spec.kind === 'prediction') return { operands: operands(spec), weights: mobileNetWeights() };
  if (spec.kind === 'training') {
    const { inputs, target, stepsPerEpoch } = trainingData(spec);
    return { inputs, target: [target], weights: initialWeights(spec.network), stepsPerEpoch };
  }
  if (spec.kind === 'tuning') {
    const { inputs, target, weights, head, stepsPerEpoch } = tuningData(spec);
    return { inputs, target: [target], weights, head, stepsPerEpoch };
  }
  return { operands: operands(spec) };
}

/**
 * `simd`: 'native', what the machine has, or 'avx2'. `byProcess`: it tells the process's time, not that
 * on the wall.
 */
export async function create({ simd = 'native', byProcess = false } = {}) {
  const python = pythonWith('torch', 'numpy');
  if (!python) throw new CannotDo('there is no Python with torch (Debian: python3-torch)');
  const script = fileURLToPath(new URL('../native/peer.py', import.meta.url));
  const env = { ...process.env, ...kOneThread, ...(simd === 'avx2' ? kAvx2 : fittingKernels()) };
  const child = spawn(python, [script, byProcess ? 'process' : 'wall'], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const folder = mkdtempSync(join(tmpdir(), 'heddle-bench-'));
  const answer = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error('PyTorch ended by itself');
    const result = JSON.parse(value);
    if (result.error) throw new CannotDo(result.error);
    return result;
  };
  const ask = (request) => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    return answer();
  };
  const { version } = await answer();
  let made = 0;

  async function prepare(spec) {
    const { stepsPerEpoch = 1, ...arrays } = arraysOf(spec);
    const id = made++;
    const file = join(folder, `${id}.bin`);
    const flat = Object.values(arrays).flat();
    const places = {};
    let offset = 0;
    for (const [name, list] of Object.entries(arrays)) {
      places[name] = list.map(({ shape, values }) => {
        const place = [shape, offset];
        offset += values.length;
        return place;
      });
    }
    writeFileSync(file, Buffer.concat(flat.map(({ values }) => Buffer.from(values.buffer))));
    await ask({ make: id, spec, file, arrays: places, steps: stepsPerEpoch });
    rmSync(file);
    return {
      stepsPerEpoch,
      run: async (units) => (await ask({ run: id, units })).seconds,
      check: async () => (await ask({ check: id })).values,
      trend: async () => (await ask({ check: id })).trend,
      dispose: () => ask({ drop: id }),
    };
  }

  return {
    label: simd === 'avx2' ? 'PyTorch, held to AVX2' : 'PyTorch',
    version,
    prepare,
    close: () => {
      child.stdin.end();
      rmSync(folder, { recursive: true });
    },
  };
}
