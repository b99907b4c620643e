// Who frees what, and when: scopes (tidy), and the garbage collector where there is no scope.
import type { Handle } from './core.js';
import { HeddleError, ValueError } from './errors.js';

/** What `tidy` and `dispose` work on. */
export interface Disposable {
  dispose(): void;
}

/**
 * Symbol.dispose, by which `using` frees a value at the end of its block; where the engine
 * lacks it, a symbol that nobody asks for.
 */
export const kDispose: typeof Symbol.dispose = (Symbol.dispose ??
  Symbol('dispose')) as typeof Symbol.dispose;

interface Scoped extends Disposable {
  readonly isDisposed: boolean;
  kept: boolean;
}

let live = 0;

/** @internal How many tensors are neither disposed of nor collected. */
export const liveTensors = (): number => live;

const collected = new FinalizationRegistry<Handle>((handle) => {
  live--;
  handle.delete();
});

const scopes: Set<Scoped>[] = [];

/** @internal Counts a new tensor and puts it into the scope in progress. */
export function track(tensor: Scoped, handle: Handle): void {
  live++;
  collected.register(tensor, handle, tensor);
  scopes.at(-1)?.add(tensor);
}

/** @internal Frees a tensor's handle now. */
export function untrack(tensor: Scoped, handle: Handle): void {
  live--;
  collected.unregister(tensor);
  handle.delete();
  scopes.at(-1)?.delete(tensor);
}

/** @internal Keeps a tensor out of every scope. */
export function keepOut(tensor: Scoped): void {
  tensor.kept = true;
  for (const scope of scopes) scope.delete(tensor);
}

/** Calls `visit` for all tensors in a tensor, list or object, however nested. */
function visitTensors(
  container: unknown,
  visit: (tensor: Scoped) => void,
  seen = new Set<unknown>(),
): void {
  if (typeof container !== 'object' || container === null || seen.has(container)) return;
  seen.add(container);
  if ('isDisposed' in container) {
    visit(container as Scoped);
  } else if (!ArrayBuffer.isView(container)) {
    for (const value of Object.values(container)) visitTensors(value, visit, seen);
  }
}

/** Opens a scope that `closeScope` closes. */
function openScope(): Set<Scoped> {
  const scope = new Set<Scoped>();
  scopes.push(scope);
  return scope;
}

/** Frees what was made in a scope, but for the tensors in `result`, which the scope around takes. */
function closeScope(scope: Set<Scoped>, result: unknown): void {
  const returned = new Set<Scoped>();
  visitTensors(result, (tensor) => returned.add(tensor));
  scopes.splice(scopes.lastIndexOf(scope), 1);
  const outer = scopes.at(-1);
  for (const tensor of scope) {
    if (returned.has(tensor)) outer?.add(tensor);
    else if (!tensor.isDisposed) tensor.dispose();
  }
}

/**
 * @internal Runs `work`; what it has made is freed at its end, but for what it returns and for what
 * `keep` was called on.
 */
export function inScope<T>(work: () => T): T {
  const scope = openScope();
  let result: T | undefined;
  try {
    return (result = work());
  } finally {
    closeScope(scope, result);
  }
}

/** @internal Opens a scope for code that cannot be a function; `endScope` closes it. */
export function startScope(): void {
  openScope();
}

/** @internal Closes the innermost scope. What `result` holds goes to the scope around it. */
export function endScope(result?: unknown): void {
  const scope = scopes.at(-1);
  if (scope !== undefined) closeScope(scope, result);
}

/**
 * Runs `fn` and frees every tensor that it made, but for those that it returns (also in lists and
 * objects), variables, and tensors that `keep` was called on. `fn` must not be asynchronous: throws
 * HeddleError for a promise.
 */
export function tidy<T>(fn: () => T): T;
export function tidy<T>(name: string, fn: () => T): T;
export function tidy<T>(nameOrFn: string | (() => T), fn?: () => T): T {
  const work = typeof nameOrFn === 'function' ? nameOrFn : fn!;
  if (typeof work !== 'function')
    throw new ValueError(`tidy() takes a function, got ${typeof work}`);
  return inScope(() => {
    const result = work();
    if (result instanceof Promise) {
      result.catch(() => undefined); // what it rejects with would otherwise be reported as unhandled
      throw new HeddleError(
        'Cannot return a Promise inside of tidy. Tidy the synchronous parts, or dispose by hand',
      );
    }
    return result;
  });
}

/** Keeps a tensor alive beyond the `tidy` in progress; it must be disposed of by hand then. */
export function keep<T extends Disposable>(tensor: T): T {
  if (typeof tensor !== 'object' || tensor === null) {
    throw new ValueError(`keep() takes a tensor, got ${String(tensor)}`);
  }
  keepOut(tensor as unknown as Scoped);
  return tensor;
}

/** Frees a tensor, or all tensors in a list or object, at once. */
export function dispose(container: unknown): void {
  visitTensors(container, (tensor) => {
    if (!tensor.isDisposed) tensor.dispose();
  });
}

/**
 * JavaScript objects by the number of the C++ object they stand for, so that there is one of each.
 * Nothing is kept alive by this.
 */
export class IdentityMap<T extends object> {
  private readonly refs = new Map<number, WeakRef<T>>();
  private readonly gone = new FinalizationRegistry<number>((id) => {
    if (this.refs.get(id)?.deref() === undefined) this.refs.delete(id);
  });

  get(id: number): T | undefined {
    return this.refs.get(id)?.deref();
  }

  set(id: number, object: T): void {
    this.refs.set(id, new WeakRef(object));
    this.gone.register(object, id, object);
  }

  delete(id: number, object: T): void {
    if (this.get(id) !== object) return;
    this.refs.delete(id);
    this.gone.unregister(object);
  }
}
