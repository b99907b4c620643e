import type { CoreLayer, CoreSymbolic, Plain } from '../core.js';
import { dtypeName, toShape, type DataType, type Shape } from '../dtype.js';
import { core } from '../engine.js';
import { NotImplementedError, ValueError } from '../errors.js';
import { IdentityMap, kDispose } from '../lifetime.js';
import { withTemporaries } from '../ops/operation.js';
import { notify } from '../subscriptions.js';
import { Tensor } from '../tensor.js';
import { layerVariable, type LayerVariable } from './layer_variable.js';
import { toPlain } from './options.js';
import { Call, SymbolicTensor } from './symbolic.js';

/** A configuration: plain values, as JSON has them. */
export type ConfigDict = Record<string, Plain>;

/** Options that every layer takes. */
export interface LayerArgs {
  /** Unique in a model. By default "dense_Dense1", "dense_Dense2" ... */
  name?: string;
  /** Whether training changes its weights. Default true. */
  trainable?: boolean;
  /** Shape of one example, for the first layer of a Sequential. */
  inputShape?: Shape;
  /** The same with the batch size in front. */
  batchInputShape?: Shape;
  batchSize?: number;
  dtype?: DataType;
  /** First values of the weights. */
  weights?: Tensor[];
}

/** How a layer is called. */
export interface CallArgs {
  /** Whether dropout and the like behave as in training. Default false. */
  training?: boolean;
}

/** A layer of the module that a new JavaScript object shall stand for. */
export class Adopted {
  readonly handle: CoreLayer;

  constructor(handle: CoreLayer) {
    this.handle = handle;
  }
}

/** What classes of layers have in common. */
export interface LayerClass<L extends Layer = Layer> {
  readonly className: string;
  new (options: never): L;
}

const classes = new Map<string, LayerClass>();
const known = new IdentityMap<Layer>();

/** @internal Says which class stands for layers of that name. */
export function registerLayerClass(layerClass: LayerClass): void {
  classes.set(layerClass.className, layerClass);
}

/** @internal A new layer from {className, config}, as configurations of models hold it. */
export function layerFromConfig(spec: { className: string; config: ConfigDict }): Layer {
  const layerClass = classes.get(spec?.className);
  if (layerClass === undefined) {
    throw new ValueError(`A layer or {className, config} is wanted, got ${JSON.stringify(spec)}`);
  }
  return new layerClass(spec.config as never);
}

/** @internal The one object that stands for a layer of the module. Takes the handle over. */
export function layerOf(handle: CoreLayer): Layer {
  const existing = known.get(handle.id());
  if (existing !== undefined) {
    handle.delete();
    return existing;
  }
  const layerClass = classes.get(handle.className());
  if (layerClass === undefined) throw new ValueError(`Unknown layer class ${handle.className()}`);
  return new layerClass(new Adopted(handle) as never);
}

/** @internal The SymbolicTensor that [layer, call, output] stands for. */
export const symbolicOf = ([layer, call, output]: CoreSymbolic): SymbolicTensor =>
  layerOf(layer).calls[call]!.outputs[output]!;

/** @internal A SymbolicTensor as the module takes it. */
export const toCoreSymbolic = (tensor: SymbolicTensor): CoreSymbolic => [
  tensor.sourceLayer.core,
  tensor.nodeIndex,
  tensor.tensorIndex,
];

/** @internal One thing alone, several as a list. */
export const single = <T>(list: readonly T[]): T | T[] =>
  list.length === 1 ? list[0]! : [...list];

/**
 * A layer owns weights and can be called any number of times; all calls read the same weights. They
 * are made at the first call.
 */
export class Layer {
  static readonly className: string = 'Layer';

  #handle: CoreLayer | null;
  #initialWeights: Tensor[] | undefined;
  readonly #calls: Call[] = [];

  /** @internal Options, or the layer of the module that this object stands for. */
  constructor(options: object | Adopted) {
    if (options instanceof Adopted) {
      this.#handle = options.handle;
    } else {
      const { className } = new.target as unknown as LayerClass;
      if (className === 'Layer' || classes.get(className) === undefined) {
        throw new NotImplementedError(
          'Layers written in JavaScript are not supported yet: combine the layers of hd.layers',
        );
      }
      const { weights, ...rest } = (options ?? {}) as LayerArgs;
      this.#initialWeights = weights;
      this.#handle = core().makeLayer(className, toPlain(rest, `${className} options`));
    }
    known.set(this.#handle.id(), this);
  }

  /**
   * A layer configured alike, with weights of its own: `Dense.fromConfig(config)`, or in
   * TensorFlow.js's way `fromConfig(Dense, config)`.
   */
  static fromConfig<L extends Layer>(this: LayerClass<L>, config: ConfigDict): L;
  static fromConfig<L extends Layer>(layerClass: LayerClass<L>, config: ConfigDict): L;
  static fromConfig(this: LayerClass, first: LayerClass | ConfigDict, config?: ConfigDict): Layer {
    if (typeof first === 'function') return new first(config as never);
    return new this(first as never);
  }

  /** @internal */
  get core(): CoreLayer {
    if (this.#handle === null) throw new ValueError('This layer is disposed.');
    return this.#handle;
  }

  get name(): string {
    return this.core.name();
  }

  getClassName(): string {
    return this.core.className();
  }

  /** All options, such that a layer made of them is configured alike. */
  getConfig(): ConfigDict {
    return this.core.config();
  }

  /**
   * Calls the layer. On SymbolicTensors it adds a Call to the layer graph and returns what it will
   * give; on Tensors it runs at once. Makes the weights if this is the first call. Throws ValueError
   * for shapes that do not fit the weights.
   */
  apply(
    inputs: Tensor | SymbolicTensor | Tensor[] | SymbolicTensor[],
    kwargs: CallArgs = {},
  ): Tensor | SymbolicTensor | Tensor[] | SymbolicTensor[] {
    for (const key of Object.keys(kwargs)) {
      if (key !== 'training') {
        throw new NotImplementedError(
          `apply() of layer '${this.name}' knows the argument 'training' only, got '${key}'`,
        );
      }
    }
    const list: unknown[] = Array.isArray(inputs) ? inputs : [inputs];
    if (list.length > 0 && list.every((input) => input instanceof SymbolicTensor)) {
      const index = this.core.applySymbolic(list.map(toCoreSymbolic));
      this.setInitialWeights();
      return single(this.calls[index]!.outputs);
    }
    if (list.length === 0 || !list.every((input) => input instanceof Tensor)) {
      throw new ValueError(
        `Arguments to apply() must be all SymbolicTensors or all Tensors (layer '${this.name}')`,
      );
    }
    const outputs = withTemporaries((temporary) => {
      const handles = list.map((input) => input.borrow(temporary));
      const run = () => this.core.applyValues(handles, kwargs.training === true);
      if (this.#initialWeights !== undefined && !this.built) {
        temporary.push(...run()); // makes the weights, which then take their first values
        this.setInitialWeights();
      }
      return run();
    });
    return single(outputs.map((handle) => new Tensor(handle)));
  }

  /** @internal Once built, takes the values that the option `weights` gave. */
  setInitialWeights(): void {
    if (this.#initialWeights === undefined || !this.built) return;
    const weights = this.#initialWeights;
    this.#initialWeights = undefined;
    this.setWeights(weights);
  }

  /** Every use of the layer in the layer graph, in order. */
  get calls(): readonly Call[] {
    const count = this.core.numCalls();
    for (let index = this.#calls.length; index < count; index++) {
      const { shapes, dtypes } = this.core.call(index);
      const outputs = shapes.map(
        (shape, i) => new SymbolicTensor(this, index, i, toShape(shape), dtypeName(dtypes[i]!)),
      );
      this.#calls.push(new Call(index, () => this.#inputsOf(index), outputs));
    }
    return this.#calls;
  }

  #inputsOf(index: number): SymbolicTensor[] {
    return this.core.inputsOf(index).map(symbolicOf);
  }

  /** The models that contain this layer. */
  get users(): Layer[] {
    return this.core.users().map(layerOf);
  }

  #call(index: number): Call {
    const call = this.calls[index];
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

  /** The shapes of the outputs for inputs of these shapes. Throws ValueError where they do not fit. */
  computeOutputShape(inputShape: Shape | Shape[]): Shape | Shape[] {
    const list = (Array.isArray(inputShape[0]) ? inputShape : [inputShape]) as Shape[];
    const shapes = this.core.outputShapes(list.map((shape) => shape.map((dim) => dim ?? -1)));
    return single(shapes.map(toShape));
  }

  /** Whether the weights are made. */
  get built(): boolean {
    return this.core.built();
  }

  /** Whether training changes the weights. A change counts from the next `compile` on. */
  get trainable(): boolean {
    return this.core.trainable();
  }

  set trainable(trainable: boolean) {
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
    withTemporaries((temporary) => {
      this.core.setWeights(weights.map((weight) => weight.borrow(temporary)));
    });
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
    known.delete(this.core.id(), this);
    this.core.delete();
    this.#handle = null;
    this.#calls.length = 0;
  }
}
