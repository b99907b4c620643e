import { relaxedSimd, simd } from 'wasm-feature-detect';
import type { Core } from './core.js';
import { HeddleError, NotImplementedError, ValueError, guard } from './errors.js';
import { liveTensors } from './lifetime.js';

declare const __HEDDLE_VERSION__: string;

/** The WebAssembly builds: 128-bit SIMD, and the same with fused multiply-add (relaxed SIMD). */
export type Build = 'simd' | 'relaxed';

/** @internal */
export type ModuleFactory = (options: {
  locateFile?: (file: string, folder: string) => string;
  printErr?: (text: string) => void;
}) => Promise<object>;

/** How to start the engine. */
export interface ReadyOptions {
  /** 'auto' (the default) or 1: this version runs on one thread. More throws NotImplementedError. */
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
  threads: number;
  /** Why there are no more threads. */
  threadsReason: string;
  version: string;
  /** Bytes of WebAssembly memory. It grows as needed and never shrinks. */
  heapBytes: number;
  /** Bytes in the buffers of all tensors, variables and programs. */
  liveBytes: number;
  /** Tensors that are neither disposed of nor collected as garbage. */
  tensors: number;
}

let running: { core: Core; build: Build } | null = null;
let starting: Promise<void> | null = null;

/** @internal The WebAssembly module. Throws HeddleError before `ready`. */
export function core(): Core {
  if (running === null) {
    throw new HeddleError('Heddle has not started yet: call `await ready()` before anything else');
  }
  return running.core;
}

async function load(build: Build, wasmPath: string | undefined): Promise<void> {
  const { default: create } =
    build === 'simd' ? await import('./heddle-simd.js') : await import('./heddle-relaxed.js');
  const locateFile = (file: string) => (wasmPath!.endsWith('/') ? wasmPath + file : wasmPath!);
  // What goes wrong is thrown; the module need not print it too.
  const printErr = () => undefined;
  const module = await create(
    wasmPath === undefined ? { printErr } : { printErr, locateFile },
  ).catch((error: unknown) => {
    const from = wasmPath === undefined ? 'beside index.js' : locateFile(`heddle-${build}.wasm`);
    throw new HeddleError(
      `heddle-${build}.wasm could not be loaded (${from}): ${String(error)}. If it is elsewhere, say ` +
        'so: ready({wasmPath})',
    );
  });
  guard(module);
  running = { core: module as Core, build };
  // As in other libraries, random numbers differ from run to run until setRandomSeed is called.
  running.core.setRandomSeed(Math.floor(Math.random() * Number.MAX_SAFE_INTEGER));
}

async function start(build: 'auto' | Build, wasmPath: string | undefined): Promise<void> {
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
  await load(relaxed ? 'relaxed' : 'simd', wasmPath);
}

/**
 * Starts the engine: loads the best WebAssembly build for this machine. Everything else needs it
 * once; calling it again does no harm.
 *
 * Throws ValueError for options that are wrong or ask for another build than the one that runs,
 * NotImplementedError for more than one thread, HeddleError where the machine lacks SIMD.
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
  if (threads !== 'auto' && threads > 1) {
    throw new NotImplementedError(
      `ready(): this version runs on one thread, got threads: ${threads}. Use 1 or 'auto'`,
    );
  }
  starting ??= start(build, wasmPath).catch((error: unknown) => {
    starting = null;
    throw error;
  });
  await starting;
  if (build !== 'auto' && build !== running!.build) {
    throw new ValueError(
      `ready(): the '${running!.build}' build runs already; a page has one engine, which cannot ` +
        `change to '${build}'`,
    );
  }
}

/** What runs, and what it holds. Throws HeddleError before `ready`. */
export function info(): EngineInfo {
  const engine = core();
  return {
    build: running!.build,
    threads: 1,
    threadsReason: 'this version runs on one thread',
    version: __HEDDLE_VERSION__,
    heapBytes: engine.heapBytes(),
    liveBytes: engine.liveBytes(),
    tensors: liveTensors(),
  };
}
