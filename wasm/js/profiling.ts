// How long functions take, and what they do.
import type { CoreTensor } from './core.js';
import { core } from './engine.js';
import { ValueError } from './errors.js';
import { liveTensors } from './lifetime.js';
import { memory } from './memory.js';

/** Milliseconds. */
export interface TimeInfo {
  /** All of it. */
  wallMs: number;
  /** The same: ops are done when they return. */
  kernelMs: number;
}

function checkFunction(op: string, f: unknown): void {
  if (typeof f !== 'function') {
    throw new ValueError(`${op}(): needs a function, got ${typeof f}`);
  }
}

/** How long f takes. */
export async function time(f: () => unknown): Promise<TimeInfo> {
  checkFunction('time', f);
  const start = performance.now();
  await f();
  const wallMs = performance.now() - start;
  return { wallMs, kernelMs: wallMs };
}

/** One call of the core that made tensors. */
export interface KernelInfo {
  name: string;
  bytesAdded: number;
  totalBytesSnapshot: number;
  tensorsAdded: number;
  totalTensorsSnapshot: number;
  inputShapes: number[][];
  outputShapes: number[][];
  /** Milliseconds. */
  kernelTimeMs: number;
}

/** What a function has done. */
export interface ProfileInfo {
  /** How much more memory tensors have after it. */
  newBytes: number;
  newTensors: number;
  /** The most that all tensors had after any of the ops. */
  peakBytes: number;
  /** The ops, in their order. What runs in a compiled program (fit, predict) is not among them. */
  kernels: KernelInfo[];
  /** Their names, each once. */
  kernelNames: string[];
  result: unknown;
}

const isTensor = (value: unknown): value is CoreTensor =>
  typeof (value as CoreTensor | null)?.address === 'function' &&
  typeof (value as CoreTensor).detach === 'function';

const shapesIn = (values: unknown[]): number[][] =>
  values.flat().flatMap((value) => (isTensor(value) ? [value.shape()] : []));

/** What gives tensors without computing any. */
const kNoOps = ['emptyTensor', 'readVariable'];

/** Runs f and tells which ops it ran and what they have left in memory. */
export async function profile(f: () => unknown): Promise<ProfileInfo> {
  checkFunction('profile', f);
  const engine = core() as unknown as Record<string, unknown>;
  const { liveBytes } = core(); // as it is now, before it is wrapped
  const kernels: KernelInfo[] = [];
  const originals: [string, unknown][] = [];
  const before = memory();
  let peakBytes = before.numBytes;

  for (const [name, member] of Object.entries(engine)) {
    // Ops are plain functions; classes and Emscripten's own are not touched.
    if (typeof member !== 'function' || !/^[a-z]/.test(name) || kNoOps.includes(name)) continue;
    originals.push([name, member]);
    engine[name] = (...args: unknown[]): unknown => {
      const bytes = liveBytes();
      const start = performance.now();
      const result: unknown = (member as (...args: unknown[]) => unknown)(...args);
      const kernelTimeMs = performance.now() - start;
      const outputShapes = shapesIn([result]);
      if (outputShapes.length === 0) return result;
      const numBytes = liveBytes();
      peakBytes = Math.max(peakBytes, numBytes);
      kernels.push({
        name,
        bytesAdded: numBytes - bytes,
        totalBytesSnapshot: numBytes,
        tensorsAdded: outputShapes.length,
        totalTensorsSnapshot: liveTensors() + outputShapes.length,
        inputShapes: shapesIn(args),
        outputShapes,
        kernelTimeMs,
      });
      return result;
    };
  }
  let result: unknown;
  try {
    result = await f();
  } finally {
    for (const [name, member] of originals) engine[name] = member;
  }
  const after = memory();
  return {
    newBytes: after.numBytes - before.numBytes,
    newTensors: after.numTensors - before.numTensors,
    peakBytes,
    kernels,
    kernelNames: [...new Set(kernels.map(({ name }) => name))],
    result,
  };
}
