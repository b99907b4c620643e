import type { CoreVariable } from '../core.js';
import { dtypeCode, dtypeName, type DataType, type TensorLike, type TypedArray } from '../dtype.js';
import type { Constraint } from '../constraints.js';
import { core } from '../engine.js';
import { ValueError } from '../errors.js';
import { IdentityMap, inScope } from '../lifetime.js';
import { withTemporaries } from '../ops/operation.js';
import { subscribe } from '../subscriptions.js';
import { Tensor } from '../tensor.js';
import { assignTo, viewOf } from '../variable.js';

/** A weight of a layer: a named, mutable tensor. All calls of the layer read the same one. */
export class LayerVariable {
  /** "layer/kernel". */
  readonly name: string;
  readonly originalName: string;
  readonly dtype: DataType;
  readonly shape: number[];
  /** Distinguishes variables for the life of the program. */
  readonly id: number;
  /** What its value is made to keep to after each update. */
  constraint: Constraint | null = null;
  /** @internal */
  readonly core!: CoreVariable;

  /** @internal */
  constructor(variable: CoreVariable, originalName?: string) {
    this.name = variable.name();
    this.originalName = originalName ?? this.name;
    this.dtype = dtypeName(variable.dtype());
    this.shape = variable.shape();
    this.id = variable.id();
    // Not enumerable: comparing and printing weights must not wander into the module.
    Object.defineProperty(this, 'core', { value: variable });
  }

  get trainable(): boolean {
    return this.core.trainable();
  }

  /** Counts the updates. */
  get version(): number {
    return this.core.version();
  }

  /** The value now, as a tensor that later updates do not change. */
  read(): Tensor {
    return new Tensor(core().readVariable(this.core));
  }

  /**
   * Copies a new value in, made to keep to the constraint if there is one. Throws ValueError when its
   * shape or dtype is another.
   */
  write(newValue: Tensor | TensorLike): this {
    assignTo(this.core, 'write', newValue);
    this.constrain();
    return this;
  }

  /** @internal Makes the value keep to the constraint. */
  constrain(): void {
    const { constraint } = this;
    if (constraint === null) return;
    inScope(() => assignTo(this.core, 'constraint', constraint.apply(this.read())));
  }

  /**
   * The weights' memory as it is now: no copy. It shows later updates, until the memory of
   * WebAssembly grows or somebody reads the variable into a tensor; take a new view for each use.
   * For reading only: values go in by `write`, from which compiled programs know that they changed.
   */
  view(): TypedArray {
    return viewOf(this.core);
  }

  /**
   * Calls `fn` after updates: at most once per time slice of `fit`, and after each step outside
   * `fit`. Returns a function that ends it.
   */
  subscribe(fn: (variable: LayerVariable) => void): () => void {
    return subscribe(this, () => fn(this));
  }
}

const known = new IdentityMap<LayerVariable>();

/** @internal The one LayerVariable of a Variable. Takes the handle over. */
export function layerVariable(handle: CoreVariable): LayerVariable {
  const id = handle.id();
  const existing = known.get(id);
  if (existing !== undefined) {
    handle.delete();
    return existing;
  }
  const made = new LayerVariable(handle);
  known.set(id, made);
  return made;
}

/** @internal A new weight with a copy of a value. */
export function makeLayerVariable(
  value: Tensor,
  {
    name,
    dtype,
    shape,
  }: {
    name: string;
    dtype: DataType;
    shape: readonly number[];
  },
  trainable: boolean,
): LayerVariable {
  if (String(value.shape) !== String(shape)) {
    throw new ValueError(
      `The initializer of weight '${name}' gave a value of shape [${value.shape}], it must have ` +
        `shape [${shape}]`,
    );
  }
  const handle = withTemporaries((temporary) => {
    let first = value.borrow(temporary);
    if (value.dtype !== dtype) {
      first = core().cast(first, dtypeCode(dtype));
      temporary.push(first);
    }
    return core().makeVariable(first, name, trainable);
  });
  const made = new LayerVariable(handle);
  known.set(made.id, made);
  return made;
}
