import type { CoreProgram, CoreTensor } from './core.js';
import { dtypeCode } from './dtype.js';
import { core } from './engine.js';
import { ValueError } from './errors.js';
import { inScope } from './lifetime.js';
import { withTemporaries } from './ops/operation.js';
import { notify } from './subscriptions.js';
import { Tensor } from './tensor.js';

/** Where a tensor was in a nested structure. */
class Place {
  readonly index: number;

  constructor(index: number) {
    this.index = index;
  }
}

const isNested = (value: unknown): value is object =>
  Array.isArray(value) ||
  (typeof value === 'object' &&
    value !== null &&
    [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null));

/** A nested structure with its leaves replaced. */
function map(value: unknown, replace: (leaf: unknown) => unknown): unknown {
  if (!isNested(value)) return replace(value);
  if (Array.isArray(value)) return value.map((item) => map(item, replace));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, map(item, replace)]));
}

/**
 * The tensors of a nested structure, and the structure with places for them. Variables are part of
 * the structure: a program reads and assigns those that it was traced with.
 */
function flatten(value: unknown): { tensors: Tensor[]; structure: unknown } {
  const tensors: Tensor[] = [];
  const structure = map(value, (leaf) => {
    if (ArrayBuffer.isView(leaf)) {
      throw new ValueError(
        'jit(): make tensors of typed arrays before they are passed or returned',
      );
    }
    return leaf instanceof Tensor && !('assign' in leaf) ? new Place(tensors.push(leaf) - 1) : leaf;
  });
  return { tensors, structure };
}

const fill = (structure: unknown, tensors: readonly Tensor[]): unknown =>
  map(structure, (leaf) => (leaf instanceof Place ? tensors[leaf.index] : leaf));

/** Numbers for objects that are compared by identity (functions, layers). */
const ids = new WeakMap<object, number>();
let nextId = 0;

/** What a trace depends on: structure, shapes and dtypes of tensors, and all other values. */
function keyOf(structure: unknown, tensors: readonly Tensor[]): string {
  const specs = tensors.map(({ shape, dtype }) => `${dtype}[${shape}]`);
  const plain = JSON.stringify(structure, (_, value: unknown) => {
    if (value instanceof Place) return { place: value.index };
    if (typeof value === 'number' && !Number.isFinite(value)) return { number: String(value) };
    if (typeof value === 'bigint' || typeof value === 'symbol') return { other: String(value) };
    if (value === undefined) return { other: 'undefined' };
    if (
      (typeof value === 'object' && value !== null && !isNested(value)) ||
      typeof value === 'function'
    ) {
      if (!ids.has(value)) ids.set(value, nextId++);
      return { object: ids.get(value) };
    }
    return value;
  });
  return `${plain} ${specs.join(' ')}`;
}

/** A function traced for arguments of some shapes. */
interface Traced {
  program: CoreProgram;
  structure: unknown;
}

function trace(
  f: (...args: never[]) => unknown,
  structure: unknown,
  inputs: readonly Tensor[],
): Traced {
  let traced: Traced | undefined;
  inScope(() => {
    const recording = new (core().Trace)();
    try {
      const stand = inputs.map(
        (input) => new Tensor(recording.input([...input.shape], dtypeCode(input.dtype))),
      );
      const result = f(...(fill(structure, stand) as never[]));
      if (result instanceof Promise) {
        result.catch(() => undefined);
        throw new ValueError('jit(): the function must not be asynchronous, it returned a promise');
      }
      const { tensors, structure: shape } = flatten(result);
      withTemporaries((temporary) => {
        const outputs = tensors.map((tensor) => tensor.borrow(temporary));
        traced = { program: recording.finish(outputs), structure: shape };
      });
    } finally {
      recording.delete();
    }
  });
  return traced!;
}

const freed = new FinalizationRegistry<Map<string, Traced>>((programs) => {
  for (const { program } of programs.values()) program.delete();
});

/**
 * Traces a function of tensors into a program: its ops fused, its memory placed beforehand, without
 * any JavaScript. Traced once for each structure, shapes and dtypes of its arguments and each other
 * value among them; the arguments and the result may be lists and objects of tensors. Variables are
 * read and assigned in each run, random ops draw anew. While gradients are taken (or another function
 * is traced) it runs as it is written, so that gradients go through it; `jit(valueAndGrads(f))` makes
 * one program of both.
 *
 * A function must not depend on values: asking for those of a traced tensor throws ValueError.
 */
export function jit<F extends (...args: never[]) => unknown>(f: F): F {
  if (typeof f !== 'function') {
    throw new ValueError(`jit() takes a function of tensors, got ${typeof f}`);
  }
  const programs = new Map<string, Traced>();
  const jitted = (...args: unknown[]): unknown => {
    if (core().recording()) return f(...(args as never[]));
    const { tensors, structure } = flatten(args);
    const key = keyOf(structure, tensors);
    let traced = programs.get(key);
    if (traced === undefined) {
      traced = trace(f, structure, tensors);
      programs.set(key, traced);
    }
    const { program } = traced;
    const outputs = withTemporaries((temporary: CoreTensor[]) =>
      program.run(tensors.map((tensor) => tensor.borrow(temporary))),
    );
    notify();
    return fill(
      traced.structure,
      outputs.map((handle) => new Tensor(handle)),
    );
  };
  freed.register(jitted, programs);
  return jitted as unknown as F;
}
