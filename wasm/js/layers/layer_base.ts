import type { CoreCall, CoreLayer, CoreSymbolic } from '../core.js';
import { dtypeName, toShape, type Shape } from '../dtype.js';
import { ValueError } from '../errors.js';
import { kDispose } from '../lifetime.js';
import { withTemporaries } from '../ops/operation.js';
import { Serializable } from '../serialization.js';
import { notify } from '../subscriptions.js';
import { Tensor } from '../tensor.js';
import type { Layer } from './layer.js';
import { layerVariable, type LayerVariable } from './layer_variable.js';
import { known, layerOf } from './registry.js';
import { Call, SymbolicTensor } from './symbolic.js';

/** @internal One thing alone, several as a list. */
export const single = <T>(list: readonly T[]): T | T[] =>
  list.length === 1 ? list[0]! : [...list];

/** @internal A list of one or more things. */
export const listOf = <T>(value: T | readonly T[]): T[] =>
  Array.isArray(value) ? [...(value as readonly T[])] : [value as T];

/** @internal The SymbolicTensor that [layer, call, output] stands for. */
export const symbolicOf = ([layer, call, output]: CoreSymbolic): SymbolicTensor =>
  layerOf(layer).callAt(call)!.outputs[output]!;

/** @internal A SymbolicTensor as the module takes it. */
export const toCoreSymbolic = (tensor: SymbolicTensor): CoreSymbolic => [
  tensor.sourceLayer.core,
  tensor.nodeIndex,
  tensor.tensorIndex,
];

/** What every layer is in the module: a name, Calls in the layer graph, and weights. */
export abstract class LayerBase extends Serializable {
  #handle: CoreLayer | null = null;
  readonly #calls: (Call | undefined)[] = [];

  /** @internal Sets what this object stands for. */
  protected standFor(handle: CoreLayer): void {
    this.#handle = handle;
    known.set(handle.id(), this as unknown as Layer);
  }

  /** @internal */
  get core(): CoreLayer {
    if (this.#handle === null) throw new ValueError('This layer is disposed.');
    return this.#handle;
  }

  get name(): string {
    return this.core.name();
  }

  /** Every use of the layer in the layer graph, in order. */
  get calls(): readonly Call[] {
    const last = this.core.numCalls() - 1;
    if (this.#calls.length <= last) this.callAt(last);
    return this.#calls.filter((call) => call !== undefined);
  }

  /** @internal Call number `index`, with those before it; nothing for one that nobody has kept. */
  callAt(index: number): Call | undefined {
    const count = Math.min(index + 1, this.core.numCalls());
    for (let at = this.#calls.length; at < count; at++) {
      const record = this.core.callAt(at);
      this.#calls.push(record === null ? undefined : this.#callOf(record));
    }
    return this.#calls[index];
  }

  /** Holds the Call, and its inputs: what the module knows weakly lives as long as this layer. */
  #callOf(record: CoreCall): Call {
    const index = record.index();
    const dtypes = record.dtypes();
    const layer = this as unknown as Layer;
    const outputs = record
      .shapes()
      .map(
        (shape, i) => new SymbolicTensor(layer, index, i, toShape(shape), dtypeName(dtypes[i]!)),
      );
    return new Call(record, record.inputs().map(symbolicOf), outputs);
  }

  /** The models that contain this layer. */
  get users(): Layer[] {
    return this.core.users().map(layerOf);
  }

  #call(index: number): Call {
    const call = this.callAt(index);
    if (call === undefined) {
      throw new ValueError(
        `Layer '${this.name}' has ${this.calls.length} calls, numbered from 0; there is no call ` +
          `${index}`,
      );
    }
    return call;
  }

  #onlyCall(what: 'input' | 'output'): Call {
    const { length } = this.calls;
    if (length === 1) return this.calls[0]!;
    const get = what === 'input' ? 'getInputAt' : 'getOutputAt';
    throw new ValueError(
      length === 0
        ? `Layer ${this.name} has never been called and thus has no defined ${what}.`
        : `Layer ${this.name} has multiple inbound nodes, hence the notion of "layer ${what}" is ` +
            `ill-defined. Use \`${get}(nodeIndex)\` instead.`,
    );
  }

  /** What Call number `nodeIndex` reads. Throws ValueError where there is no such Call. */
  getInputAt(nodeIndex: number): SymbolicTensor | SymbolicTensor[] {
    return single(this.#call(nodeIndex).inputs);
  }

  /** What Call number `nodeIndex` gives. Throws ValueError where there is no such Call. */
  getOutputAt(nodeIndex: number): SymbolicTensor | SymbolicTensor[] {
    return single(this.#call(nodeIndex).outputs);
  }

  /** What its only Call reads. Throws ValueError where there are none or several. */
  get input(): SymbolicTensor | SymbolicTensor[] {
    return single(this.#onlyCall('input').inputs);
  }

  /** What its only Call gives. Throws ValueError where there are none or several. */
  get output(): SymbolicTensor | SymbolicTensor[] {
    return single(this.#onlyCall('output').outputs);
  }

  /** The shape that all its Calls give. Throws ValueError where they differ. */
  get outputShape(): Shape | Shape[] {
    const shapes = this.calls.map((call) => call.outputs.map((output) => output.shape));
    if (shapes.length === 0) this.#onlyCall('output');
    if (new Set(shapes.map((shape) => JSON.stringify(shape))).size > 1) {
      throw new ValueError(
        `The layer ${this.name} has multiple inbound nodes with different output shapes. Hence the ` +
          'notion of "output shape" is ill-defined for the layer.',
      );
    }
    return single(shapes[0]!);
  }

  /** Whether the weights are made. */
  get built(): boolean {
    return this.core.built();
  }

  set built(built: boolean) {
    this.core.setBuilt(built);
  }

  /** Whether training changes the weights. A change counts from the next `compile` on. */
  get trainable(): boolean {
    return this.core.trainable();
  }

  set trainable(trainable: boolean) {
    if (typeof trainable !== 'boolean') {
      throw new ValueError(
        `trainable of layer '${this.name}' must be true or false, got ${String(trainable)}`,
      );
    }
    this.core.setTrainable(trainable);
  }

  get trainableWeights(): LayerVariable[] {
    return this.core.trainableWeights().map(layerVariable);
  }

  get nonTrainableWeights(): LayerVariable[] {
    return this.core.nonTrainableWeights().map(layerVariable);
  }

  /** The trainable ones first; each once, however often the layer is called. */
  get weights(): LayerVariable[] {
    return [...this.trainableWeights, ...this.nonTrainableWeights];
  }

  /** The values of the weights now. */
  getWeights(trainableOnly = false): Tensor[] {
    const variables = trainableOnly ? this.trainableWeights : this.weights;
    return variables.map((variable) => variable.read());
  }

  /** Copies values in, in the order of `weights`. Throws ValueError where number or shapes differ. */
  setWeights(weights: Tensor[]): void {
    if (!Array.isArray(weights) || !weights.every((weight) => weight instanceof Tensor)) {
      throw new ValueError(`setWeights() of layer '${this.name}' takes a list of tensors`);
    }
    withTemporaries((temporary) => {
      this.core.setWeights(weights.map((weight) => weight.borrow(temporary)));
    });
    for (const variable of this.weights) variable.constrain();
    notify();
  }

  /** The number of weights, one by one. Throws ValueError before they are made. */
  countParams(): number {
    if (!this.built) {
      throw new ValueError(
        `You tried to call countParams() on ${this.name}, but the layer is not built yet. Call it ` +
          'on an input first.',
      );
    }
    return this.core.countParams();
  }

  /**
   * Lets go of the layer: this object cannot be used any more, and its memory is freed at once
   * unless a model uses the layer.
   */
  dispose(): { refCountAfterDispose: number; numDisposedVariables: number } {
    if (this.#handle === null) return { refCountAfterDispose: 0, numDisposedVariables: 0 };
    const users = this.#handle.users();
    const variables = this.#handle.trainableWeights().concat(this.#handle.nonTrainableWeights());
    const numDisposedVariables = users.length === 0 ? variables.length : 0;
    for (const handle of [...users, ...variables]) handle.delete();
    this.release();
    return { refCountAfterDispose: users.length, numDisposedVariables };
  }

  [kDispose](): void {
    this.dispose();
  }

  /** @internal Gives the handle back. */
  release(): void {
    known.delete(this.core.id(), this as unknown as Layer);
    this.core.delete();
    this.#handle = null;
    for (const call of this.#calls) call?.release();
    this.#calls.length = 0;
  }
}
