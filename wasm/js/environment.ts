// What code written for TensorFlow.js asks of its engine and backends. There is one backend here.
import { ready } from './engine.js';
import { ValueError } from './errors.js';
import { endScope, startScope, tidy } from './lifetime.js';
import { memory, type MemoryInfo } from './memory.js';
import { threadsObstacle } from './workers.js';

declare const __HEDDLE_VERSION__: string;

/** The versions of Heddle, and of TensorFlow.js whose names and numbers it has. */
export const version: Record<string, string> = { heddle: __HEDDLE_VERSION__, tfjs: '4.22.0' };

/**
 * Starts the engine if it has not started yet. Resolves to true for 'wasm', which is what runs, and
 * for 'cpu', whose numbers are the same; to false for backends that are not here ('webgl', ...).
 */
export async function setBackend(backendName: string): Promise<boolean> {
  if (backendName !== 'wasm' && backendName !== 'cpu') return false;
  await ready();
  return true;
}

/** Always 'wasm'. */
export function getBackend(): string {
  return 'wasm';
}

/** What can be asked of the backend. */
export interface BackendInfo {
  /** Bits of a float. */
  floatPrecision(): 32;
  /** The least number that is added to a divisor to keep it from 0. */
  epsilon(): number;
  /** How many buffers there are. */
  numDataIds(): number;
  memory(): MemoryInfo;
}

const kBackend: BackendInfo = {
  floatPrecision: () => 32,
  epsilon: () => 1e-7,
  numDataIds: () => memory().numDataBuffers,
  memory,
};

/** The backend. */
export function backend(): BackendInfo {
  return kBackend;
}

/** The backend of a name, or null. */
export function findBackend(name: string): BackendInfo | null {
  return name === 'wasm' || name === 'cpu' ? kBackend : null;
}

export type FlagValue = number | boolean | string;

/** Flags by name. Those that are set are remembered; nothing here depends on them. */
export interface Environment {
  /** The value of a flag; undefined if nobody has set it and it says nothing about Heddle. */
  get(flagName: string): FlagValue | undefined;
  getAsync(flagName: string): Promise<FlagValue | undefined>;
  getBool(flagName: string): boolean;
  getNumber(flagName: string): number;
  getString(flagName: string): string;
  set(flagName: string, value: FlagValue): void;
  /** Forgets what was set. */
  reset(): void;
  getFlags(): Record<string, FlagValue>;
}

const { process: host } = globalThis as { process?: { versions?: { node?: unknown } } };
const isNode = typeof host?.versions?.node === 'string';

const kFacts: Record<string, FlagValue> = {
  IS_BROWSER: !isNode && typeof navigator !== 'undefined',
  IS_NODE: isNode,
  PROD: false,
  DEBUG: false,
  HAS_WEBGL: false,
  WASM_HAS_SIMD_SUPPORT: true,
  WASM_HAS_MULTITHREAD_SUPPORT: threadsObstacle() === undefined,
};

const flags = new Map<string, FlagValue>();

function flag(name: string): FlagValue | undefined {
  if (typeof name !== 'string') {
    throw new ValueError(`env().get(): the name of a flag must be a string, got ${typeof name}`);
  }
  return flags.get(name) ?? kFacts[name];
}

const kEnvironment: Environment = {
  get: flag,
  getAsync: async (name) => flag(name),
  getBool: (name) => Boolean(flag(name)),
  getNumber: (name) => Number(flag(name)),
  getString: (name) => String(flag(name)),
  set: (name, value) => void flags.set(name, value),
  reset: () => flags.clear(),
  getFlags: () => ({ ...kFacts, ...Object.fromEntries(flags) }),
};

/** The flags of the environment. */
export function env(): Environment {
  return kEnvironment;
}

/** Sets the flag PROD, on which nothing depends here: arguments are always checked. */
export function enableProdMode(): void {
  flags.set('PROD', true);
}

/** Sets the flag DEBUG and warns that nothing depends on it here. */
export function enableDebugMode(): void {
  flags.set('DEBUG', true);
  console.warn('enableDebugMode(): Heddle has no debug mode; profile() lists ops and their times.');
}

/** Keeps deprecationWarn() silent. */
export function disableDeprecationWarnings(): void {
  flags.set('DEPRECATION_WARNINGS_ENABLED', false);
}

/** Writes a warning to the console, unless they are disabled. */
export function deprecationWarn(message: string): void {
  if (flags.get('DEPRECATION_WARNINGS_ENABLED') === false) return;
  console.warn(
    `${message} You can disable deprecation warnings with disableDeprecationWarnings().`,
  );
}

/** What can be asked of the engine. */
export interface Engine {
  backendName: string;
  backend: BackendInfo;
  memory(): MemoryInfo;
  tidy: typeof tidy;
  /** Opens a scope as `tidy` does, for code that awaits; endScope closes it. */
  startScope(name?: string): void;
  /** Frees what was made since startScope, but for the tensors in `result`. */
  endScope(result?: unknown): void;
}

const kEngine: Engine = {
  backendName: 'wasm',
  backend: kBackend,
  memory,
  tidy,
  startScope: () => startScope(),
  endScope,
};

/** The engine. */
export function engine(): Engine {
  return kEngine;
}
