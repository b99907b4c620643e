// Threads are workers that share the module's memory. This file knows where they can be had and makes them.
import type { Build } from './engine.js';

/** The part of a worker that pages and Node have in common. */
interface ThreadWorker {
  postMessage(message: unknown): void;
}

interface NodeWorker extends ThreadWorker {
  on(event: 'error', listener: (error: Error) => void): void;
}

interface NodeProcess {
  versions?: { node?: string };
  getBuiltinModule?: {
    (name: 'os'): { availableParallelism(): number };
    (name: 'worker_threads'): {
      Worker: new (url: URL, options: { workerData: string }) => NodeWorker;
    };
  };
}

const { process: host } = globalThis as { process?: NodeProcess };
const here = import.meta.url;
const builtin = typeof host?.versions?.node === 'string' ? host.getBuiltinModule : undefined;

/** The most threads that the module can share work among. */
const kMostThreads = 32;
/** The most that 'auto' takes: with more, what the threads do not share decides. */
const kMostByThemselves = 8;
// Pages of 64 KiB: as the module wants to begin, and what may be had at most. Some systems refuse to
// set 4 GB aside for memory that is shared.
const kFirstPages = 256;
const kMostPages = [65536, 32768, 16384, 8192];

/** @internal Why there can be no threads here, or undefined if there can be. */
export function threadsObstacle(): string | undefined {
  const { crossOriginIsolated } = globalThis as { crossOriginIsolated?: boolean };
  if (builtin === undefined && crossOriginIsolated !== true) {
    return (
      'this page is not cross-origin isolated: threads need it served with the headers ' +
      "'Cross-Origin-Opener-Policy: same-origin' and 'Cross-Origin-Embedder-Policy: require-corp'"
    );
  }
  return typeof SharedArrayBuffer === 'undefined'
    ? 'there is no SharedArrayBuffer here'
    : undefined;
}

/** @internal How many threads `ready({threads})` gets, and why not more, or so many. */
export function chooseThreads(wanted: number | 'auto'): { count: number; reason: string } {
  if (wanted === 1) return { count: 1, reason: 'one thread was asked for' };
  const obstacle = threadsObstacle();
  if (obstacle !== undefined) return { count: 1, reason: obstacle };
  if (wanted === 'auto') {
    const processors = builtin
      ? builtin('os').availableParallelism()
      : (globalThis.navigator?.hardwareConcurrency ?? 1);
    const count = Math.min(processors, kMostByThemselves);
    return { count, reason: `'auto', with ${processors} processors` };
  }
  return wanted > kMostThreads
    ? { count: kMostThreads, reason: `there are at most ${kMostThreads}` }
    : { count: wanted, reason: `${wanted} were asked for` };
}

/** @internal Memory that threads can share. Throws RangeError where there is none to be had. */
export function sharedMemory(): WebAssembly.Memory {
  for (const maximum of kMostPages) {
    try {
      return new WebAssembly.Memory({ initial: kFirstPages, maximum, shared: true });
    } catch {
      // less, then
    }
  }
  throw new RangeError('no shared memory can be had');
}

function makeWorker(build: Build, failed: (why: string) => void): ThreadWorker {
  if (builtin) {
    const { Worker: ThreadOfNode } = builtin('worker_threads');
    const url = new URL(`./heddle-${build}-threads.js`, here);
    const thread = new ThreadOfNode(url, { workerData: 'em-pthread' });
    thread.on('error', ({ message }) => failed(message));
    return thread;
  }
  // Bundlers look for exactly this form of `new Worker`, and take the file along as a program of its own;
  // none is wanted for Node. As the names differ, a minifier cannot make one call of two.
  const worker =
    build === 'simd'
      ? new Worker(new URL('./heddle-simd-threads.js', import.meta.url), {
          type: 'module',
          name: 'em-pthread simd',
        })
      : new Worker(new URL('./heddle-relaxed-threads.js', import.meta.url), {
          type: 'module',
          name: 'em-pthread relaxed',
        });
  worker.onerror = (event) => {
    event.preventDefault();
    failed(event.message || 'its file could not be loaded');
  };
  return worker;
}

/**
 * @internal A worker for one thread of a build, which knows by its name (in Node by its data) that it is
 * one; null where there is none to be had. `failed` hears why, also later.
 */
export function newWorker(build: Build, failed: (why: string) => void): ThreadWorker | null {
  try {
    return makeWorker(build, failed);
  } catch (error) {
    failed(String(error)); // the page's policy may forbid it
    return null;
  }
}
