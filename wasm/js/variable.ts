import type { CoreTensor, CoreVariable } from './core.js';
import { arrayOver, dtypeCode, dtypeName, sizeOf } from './dtype.js';
import type { DataType, Rank, TensorLike, TypedArray } from './dtype.js';
import { core } from './engine.js';
import { ValueError } from './errors.js';
import { IdentityMap } from './lifetime.js';
import { borrow, withTemporaries } from './ops/operation.js';
import { notify, subscribe } from './subscriptions.js';
import { Tensor } from './tensor.js';

/** @internal A typed array over a Variable's memory as it is now. */
export function viewOf(variable: CoreVariable): TypedArray {
  const { buffer } = core().wasmMemory;
  return arrayOver(buffer, variable.address(), sizeOf(variable.shape()), variable.dtype());
}

/** @internal Copies a value into a Variable. */
export function assignTo(variable: CoreVariable, where: string, value: Tensor | TensorLike): void {
  withTemporaries((temporary) => {
    core().assignVariable(variable, borrow(where, 'newValue', value, temporary));
  });
  notify();
}

const byName = new Map<string, WeakRef<Variable>>();
const collected = new FinalizationRegistry<string>((name) => {
  if (byName.get(name)?.deref() === undefined) byName.delete(name);
});
let unnamed = 0;

/** Frees all variables that `variable()` made. The weights of layers stay. */
export function disposeVariables(): void {
  for (const ref of [...byName.values()]) ref.deref()?.dispose();
}

/** @internal The variable that `variable()` made under a name. */
export const variableByName = (name: string): Variable | undefined => byName.get(name)?.deref();

const byId = new IdentityMap<Variable>();

/** @internal The variable that `variable()` made, by the module's number of it. */
export const variableById = (id: number): Variable | undefined => byId.get(id);

/**
 * A tensor whose value can be replaced. Wherever a tensor is wanted, a variable stands for its value
 * at that moment; gradients can be taken with respect to it. Freed by `dispose` or the garbage
 * collector, never by `tidy`.
 */
export class Variable<R extends Rank = Rank> extends Tensor<R> {
  readonly name: string;
  #variable: CoreVariable | null;

  /** @internal */
  constructor(variable: CoreVariable) {
    super(null);
    this.#variable = variable;
    this.name = variable.name();
  }

  /** @internal */
  get core(): CoreVariable {
    if (this.#variable === null) throw new ValueError(`Variable '${this.name}' is disposed.`);
    return this.#variable;
  }

  /** @internal Each use is a read of its own. */
  override borrow(temporary: CoreTensor[]): CoreTensor {
    const handle = core().readVariable(this.core);
    temporary.push(handle);
    return handle;
  }

  override get dtype(): DataType {
    return dtypeName(this.core.dtype());
  }

  override get isDisposed(): boolean {
    return this.#variable === null;
  }

  /** Whether gradients are taken with respect to it where no list of variables is given. */
  get trainable(): boolean {
    return this.core.trainable();
  }

  set trainable(trainable: boolean) {
    this.core.setTrainable(trainable);
  }

  /** Counts the updates. */
  get version(): number {
    return this.core.version();
  }

  /** The value now, as a tensor that later updates do not change. */
  read(): Tensor<R> {
    return new Tensor<R>(core().readVariable(this.core));
  }

  /**
   * The variable's memory as it is now: no copy. It shows later updates, until the memory of
   * WebAssembly grows or somebody reads the variable into a tensor; take a new view for each use.
   * For reading only: values go in by `assign`, from which compiled programs know that they changed.
   */
  view(): TypedArray {
    return viewOf(this.core);
  }

  /** Copies a new value in. Throws ValueError when its shape or dtype is another. */
  assign(newValue: Tensor | TensorLike): void {
    assignTo(this.core, 'assign', newValue);
  }

  /**
   * Calls `fn` after updates: at most once per time slice of `fit`, and after each step outside
   * `fit`. Returns a function that ends it.
   */
  subscribe(fn: (variable: this) => void): () => void {
    return subscribe(this, () => fn(this));
  }

  override clone(): Tensor<R> {
    return this.read();
  }

  override dispose(): void {
    if (this.#variable === null) return;
    if (byName.get(this.name)?.deref() === this) byName.delete(this.name);
    byId.delete(this.core.id(), this as Variable);
    collected.unregister(this);
    this.#variable.delete();
    this.#variable = null;
  }
}

/**
 * Makes a variable with a copy of the value given. Its shape and dtype never change. Throws
 * ValueError when there is a variable of that name already.
 */
export function variable<R extends Rank = Rank>(
  initialValue: Tensor<R> | TensorLike,
  trainable = true,
  name?: string,
  dtype?: DataType,
): Variable<R> {
  while (name === undefined || name === '') {
    const next = String(unnamed++);
    if (variableByName(next) === undefined) name = next;
  }
  if (variableByName(name) !== undefined) {
    throw new ValueError(
      `Variable with name ${name} was already registered. Use that one, dispose of it, or take ` +
        'another name',
    );
  }
  if (typeof trainable !== 'boolean') {
    throw new ValueError(`variable(): trainable must be true or false, got ${String(trainable)}`);
  }
  const code = dtype == null ? undefined : dtypeCode(dtype);
  const made = withTemporaries((temporary) => {
    let value = borrow('variable', 'initialValue', initialValue as TensorLike, temporary);
    if (code !== undefined && value.dtype() !== code) {
      value = core().cast(value, code);
      temporary.push(value);
    }
    return new Variable<R>(core().makeVariable(value, name, trainable));
  });
  byName.set(name, new WeakRef(made as Variable));
  byId.set(made.core.id(), made as Variable);
  collected.register(made, name, made);
  return made;
}
