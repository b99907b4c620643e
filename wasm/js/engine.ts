import { relaxedSimd, simd } from 'wasm-feature-detect';
import type { Core } from './core.js';
import { HeddleError, ValueError, guard } from './errors.js';
import { liveTensors } from './lifetime.js';
import { chooseThreads, newWorker, sharedMemory } from './workers.js';

declare const __HEDDLE_VERSION__: string;

/** The WebAssembly builds: 128-bit SIMD, and the same with fused multiply-add (relaxed SIMD). */
export type Build = 'simd' | 'relaxed';

/** @internal */
export type ModuleFactory = (options: {
  locateFile?: (file: string, folder: string) => string;
  printErr?: (text: string) => void;
  wasmMemory?: WebAssembly.Memory;
  newWorker?: () => object | null;
}) => Promise<object>;

/** How to start the engine. */
export interface ReadyOptions {
  /**
   * How many threads share the work of one step; 32 at most. 'auto' (the default) takes as many as the
   * machine has processors, 8 at most. Where there can be no threads (in pages that are not
   * cross-origin isolated) there is one, and `info().threadsReason` says why. Results may differ
   * between numbers of threads as sums in another order do; for one number they are the same each time.
   */
  threads?: number | 'auto';
  /** 'auto' (the default) takes the fastest build that this machine can run. */
  build?: 'auto' | Build;
  /**
   * Where the .wasm file is, if not beside index.js: the URL of the file itself, or of a folder
   * (ending in '/').
   */
  wasmPath?: string;
}

/** What runs, and what it holds. */
export interface EngineInfo {
  build: Build;
  /** How many threads share the work. */
  threads: number;
  /** Why there are as many, and no more. */
  threadsReason: string;
  version: string;
  /** Bytes of WebAssembly memory. It grows as needed and never shrinks. */
  heapBytes: number;
  /** Bytes in the buffers of all tensors, variables and programs. */
  liveBytes: number;
  /** Tensors that are neither disposed of nor collected as garbage. */
  tensors: number;
}

interface Running {
  core: Core;
  build: Build;
  /** What ready() was first called with. */
  threadsAsked: number | 'auto';
  threadsReason: string;
  /** Why workers did not start, if any did not. */
  failure?: string;
}

let running: Running | null = null;
let starting: Promise<void> | null = null;

/** @internal The WebAssembly module. Throws HeddleError before `ready`. */
export function core(): Core {
  if (running === null) {
    throw new HeddleError('Heddle has not started yet: call `await ready()` before anything else');
  }
  return running.core;
}

const kGlue = {
  simd: () => import('./heddle-simd.js'),
  relaxed: () => import('./heddle-relaxed.js'),
  'simd-threads': () => import('./heddle-simd-threads.js'),
  'relaxed-threads': () => import('./heddle-relaxed-threads.js'),
};

/** Makes the module; with `wasmMemory` the threaded one of the build. */
async function makeModule(
  build: Build,
  wasmPath: string | undefined,
  threaded?: { wasmMemory: WebAssembly.Memory; newWorker: () => object | null },
): Promise<object> {
  const name = threaded ? (`${build}-threads` as const) : build;
  const { default: create } = await kGlue[name]();
  const locateFile = (file: string) => (wasmPath!.endsWith('/') ? wasmPath + file : wasmPath!);
  // What goes wrong is thrown; the module need not print it too.
  const printErr = () => undefined;
  return create({
    printErr,
    ...threaded,
    ...(wasmPath !== undefined && { locateFile }),
  }).catch((error: unknown) => {
    const from = wasmPath === undefined ? 'beside index.js' : locateFile(`heddle-${name}.wasm`);
    throw new HeddleError(
      `heddle-${name}.wasm could not be loaded (${from}): ${String(error)}. If it is elsewhere, say ` +
        'so: ready({wasmPath})',
    );
  });
}

async function load(
  build: Build,
  threads: number | 'auto',
  wasmPath: string | undefined,
): Promise<void> {
  const { count, reason } = chooseThreads(threads);
  const fail = (why: string) => {
    if (running !== null) running.failure ??= why;
  };
  const module = await makeModule(
    build,
    wasmPath,
    count > 1 ? { wasmMemory: sharedMemory(), newWorker: () => newWorker(build, fail) } : undefined,
  );
  guard(module);
  const engine = module as Core;
  running = { core: engine, build, threadsAsked: threads, threadsReason: reason };
  // As in other libraries, random numbers differ from run to run until setRandomSeed is called.
  engine.setRandomSeed(Math.floor(Math.random() * Number.MAX_SAFE_INTEGER));
  if (count === 1) return;
  // Who names a number wants to have it now; otherwise threads are made as there is work for them.
  const now = threads !== 'auto';
  engine.startThreads(count, now);
  while (now && running.failure === undefined && engine.threadsBegun() + 1 < engine.threadCount()) {
    await new Promise((resume) => setTimeout(resume, 1));
  }
}

async function start(
  build: 'auto' | Build,
  threads: number | 'auto',
  wasmPath: string | undefined,
): Promise<void> {
  if (!(await simd())) {
    throw new HeddleError(
      'Heddle needs WebAssembly SIMD, which this browser or runtime does not have. Chrome and ' +
        'Edge have it from version 91, Firefox from 89, Safari from 16.4, Node from 16.4',
    );
  }
  const relaxed = build !== 'simd' && (await relaxedSimd());
  if (build === 'relaxed' && !relaxed) {
    throw new HeddleError(
      'The relaxed build needs relaxed SIMD, which this browser or runtime does not have (Node 20 ' +
        "wants --experimental-wasm-relaxed-simd). Use build: 'auto' or 'simd'",
    );
  }
  await load(relaxed ? 'relaxed' : 'simd', threads, wasmPath);
}

/**
 * Starts the engine: loads the best WebAssembly build for this machine. Everything else needs it
 * once; calling it again does no harm.
 *
 * Throws ValueError for options that are wrong or ask for another build or number of threads than run,
 * HeddleError where the machine lacks SIMD.
 */
export async function ready(options: ReadyOptions = {}): Promise<void> {
  const { threads = 'auto', build = 'auto', wasmPath } = options;
  for (const key of Object.keys(options)) {
    if (!['threads', 'build', 'wasmPath'].includes(key)) {
      throw new ValueError(
        `ready() has no option '${key}'; it knows 'threads', 'build' and 'wasmPath'`,
      );
    }
  }
  if (!['auto', 'simd', 'relaxed'].includes(build)) {
    throw new ValueError(`ready(): build must be 'auto', 'simd' or 'relaxed', got '${build}'`);
  }
  if (threads !== 'auto' && !(Number.isInteger(threads) && threads >= 1)) {
    throw new ValueError(`ready(): threads must be 'auto' or a positive integer, got ${threads}`);
  }
  starting ??= start(build, threads, wasmPath).catch((error: unknown) => {
    starting = null;
    throw error;
  });
  await starting;
  const { threadsAsked } = running!;
  const { threads: sharing } = threadsOf(running!);
  if (threads !== 'auto' && threads !== threadsAsked && threads !== sharing) {
    throw new ValueError(
      `ready(): the engine runs with threads: ${sharing} already; a page has one engine, which ` +
        `cannot change to ${threads}`,
    );
  }
  if (build !== 'auto' && build !== running!.build) {
    throw new ValueError(
      `ready(): the '${running!.build}' build runs already; a page has one engine, which cannot ` +
        `change to '${build}'`,
    );
  }
}

function threadsOf({ core: engine, threadsReason, failure }: Running) {
  return failure === undefined
    ? { threads: engine.threadCount(), threadsReason }
    : { threads: 1 + engine.threadsBegun(), threadsReason: `workers did not start: ${failure}` };
}

/** What runs, and what it holds. Throws HeddleError before `ready`. */
export function info(): EngineInfo {
  const engine = core();
  return {
    build: running!.build,
    ...threadsOf(running!),
    version: __HEDDLE_VERSION__,
    heapBytes: engine.heapBytes(),
    liveBytes: engine.liveBytes(),
    tensors: liveTensors(),
  };
}
