import type { CoreLayer, CoreTensor } from '../core.js';
import { toShape, type DataType, type Shape } from '../dtype.js';
import { core } from '../engine.js';
import { ValueError } from '../errors.js';
import { getInitializer, type InitializerIdentifier } from '../initializers.js';
import { inScope } from '../lifetime.js';
import { withTemporaries } from '../ops/operation.js';
import { getRegularizer, type Regularizer, type RegularizerIdentifier } from '../regularizers.js';
import type { Constraint } from '../constraints.js';
import { serialize, type ConfigDict, type SerializableClass } from '../serialization.js';
import { Tensor, type Scalar } from '../tensor.js';
import { CallArguments, type Kwargs } from './arguments.js';
import { alsoList, handleOf, makeHooks, outputsOf, type Hooked } from './hooks.js';
import { inferOutputShapes } from './infer_shapes.js';
import { checkInputs, type InputSpecArgs } from './input_spec.js';
import { LayerBase, listOf, single, symbolicOf, toCoreSymbolic } from './layer_base.js';
import { makeLayerVariable, type LayerVariable } from './layer_variable.js';
import { attributesOf, Options, toPlain } from './options.js';
import { Adopted, layerOf, type LayerClass } from './registry.js';
import { layersIn } from './sublayers.js';
import { SymbolicTensor } from './symbolic.js';
import { WeightRules } from './weight_rules.js';

export { Adopted, layerOf, listOf, single, symbolicOf, toCoreSymbolic };
export { InputSpec, type InputSpecArgs } from './input_spec.js';
export type { Kwargs, LayerClass };
/** How a layer is called. */
export type CallArgs = Kwargs;
export type { ConfigDict };

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
  /** TensorFlow.js's older name of dtype. */
  inputDType?: DataType;
  /** First values of the weights. */
  weights?: Tensor[];
  /** A penalty on the outputs, as Keras has it: its value is added to the loss. */
  activityRegularizer?: RegularizerIdentifier;
}

/** The options of every layer that the module reads. */
const kModuleOptions = ['name', 'trainable', 'inputShape', 'batchInputShape', 'batchSize', 'dtype'];
const kBaseOptions = [...kModuleOptions, 'inputDType', 'weights', 'activityRegularizer'];

/** @internal A list of one or more shapes. */
export function shapesOf(shape: Shape | Shape[]): Shape[] {
  const list: unknown[] = Array.isArray(shape?.[0]) ? shape : [shape];
  const isSize = (dim: unknown) => dim == null || (Number.isInteger(dim) && (dim as number) >= 0);
  if (list.every((each) => Array.isArray(each) && each.every(isSize))) return list as Shape[];
  const shown = JSON.stringify(shape, (_, dim: unknown) => (Number.isNaN(dim) ? 'NaN' : dim));
  throw new ValueError(
    `A shape must be a list of whole numbers, null where unknown, or a list of shapes; got ${shown}`,
  );
}

const toCoreShapes = (shapes: readonly Shape[]): number[][] =>
  shapes.map((shape) => shape.map((dim) => dim ?? -1));

/** The one tensor of a layer's inputs; a list of one is opened. Throws ValueError for several. */
export function onlyInput(inputs: Tensor | Tensor[], layer: Layer): Tensor {
  const list = listOf<Tensor>(inputs);
  if (list.length === 1) return list[0]!;
  throw new ValueError(`Layer '${layer.name}' takes one input, got ${list.length}`);
}

/** The one shape of a layer's inputs; a list of one is opened. Throws ValueError for several. */
export function onlyShape(inputShape: Shape | Shape[]): Shape {
  const list = shapesOf(inputShape);
  if (list.length === 1) return list[0]!;
  throw new ValueError(`One input shape is wanted, got ${JSON.stringify(inputShape)}`);
}

/**
 * The layer in the module that does what a class derived from its own does not define anew, or that
 * is to have a penalty on its outputs.
 */
function innerLayer(cls: LayerClass, options: Record<string, unknown>, name: string): Layer {
  let native = cls;
  while (!Object.hasOwn(native, 'native')) native = Object.getPrototypeOf(native) as LayerClass;
  const known = [...native.optionNames!, 'trainable', 'dtype'];
  const own = Object.fromEntries(Object.entries(options).filter(([key]) => known.includes(key)));
  return new native({ ...own, name } as never);
}

const classNameOf = (cls: LayerClass): string =>
  Object.hasOwn(cls, 'className') ? cls.className : (cls as unknown as { name: string }).name;

/** The options of a class, and whether it takes no others. */
function checkNames(cls: LayerClass, options: object): void {
  if (typeof options !== 'object' || Array.isArray(options)) {
    throw new ValueError(
      `${cls.className} layer takes an object of options, got ${typeof options}`,
    );
  }
  if (!Object.hasOwn(cls, 'optionNames')) return; // a class of the user's takes what it likes
  const names = cls.optionNames!;
  for (const key of Object.keys(options)) {
    if (names.includes(key) || kBaseOptions.includes(key)) continue;
    throw new ValueError(
      `${cls.className} layer has no option '${key}'; it knows ` +
        [...names, ...kBaseOptions].join(', '),
    );
  }
}

/** The options of every layer, as the module takes them. */
function baseOptions(options: Record<string, unknown>, owner: string): Record<string, unknown> {
  const checked = new Options(options, owner);
  checked.integerOrNull('batchSize', { min: 1 });
  const weights = checked.any('weights') ?? [];
  if (!Array.isArray(weights) || !weights.every((weight) => weight instanceof Tensor)) {
    checked.fail('weights', 'a list of tensors');
  }
  const base: Record<string, unknown> = {};
  for (const key of kModuleOptions) if (options[key] != null) base[key] = options[key];
  base['dtype'] ??= options['inputDType'];
  // A configuration of TensorFlow.js may have both; the one with the batch counts.
  if (base['batchInputShape'] !== undefined) delete base['inputShape'];
  return base;
}

let made = 0;

/**
 * A layer owns weights and can be called any number of times; all calls read the same weights. They
 * are made at the first call.
 *
 * To write one, derive, give the class a `static className`, make weights in `build` by `addWeight`,
 * and write the computation in `call`, in ops. Layers that are attributes (also in lists and plain
 * objects) count as part of it. `computeOutputShape` says the shape of its output; a class without
 * it has it found by tracing `call`. In a model `call` runs once for each shape and training flag, on
 * tensors without values, and what it does becomes part of the program.
 */
export class Layer extends LayerBase implements Hooked {
  static override readonly className: string = 'Layer';
  /** The options of a class besides those of every layer. A class that lists them takes no others. */
  static readonly optionNames: readonly string[] = [];

  /** Distinguishes layers for the life of the program. */
  readonly id: number = made++;
  /** What its inputs must be, one entry for each. Null, the default, takes anything. */
  inputSpec: InputSpecArgs[] | null = null;
  /** Whether masks pass through the layer; if not, they end at it. */
  supportsMasking = false;
  /** Whether it keeps states from batch to batch. */
  stateful = false;
  /** A penalty on its outputs. */
  activityRegularizer: Regularizer | null = null;

  /** Whether the layer itself is in the module, and not only its place in the graph. */
  readonly #native: boolean;
  /** Where this is a layer of the module with something added: that layer. */
  readonly #inner: Layer | null = null;
  readonly #rules: WeightRules | null = null;
  #initialWeights: Tensor[] | undefined;
  readonly #arguments: (CallArguments | undefined)[] = [];
  /** Of the Call that is being recorded. */
  #recording: CallArguments | undefined;
  readonly #losses: (() => Scalar)[] = [];
  /** What the module knows weakly and lives as long as the layer. */
  readonly #kept: object[] = [];

  constructor(args: LayerArgs | Adopted = {}) {
    super();
    const cls = new.target as unknown as LayerClass;
    // What the module has is JavaScript's to add to: a penalty on outputs, say.
    const isPlain = (args as LayerArgs | null)?.activityRegularizer == null;
    this.#native = args instanceof Adopted || (Object.hasOwn(cls, 'native') && isPlain);
    if (args instanceof Adopted) {
      this.standFor(args.handle);
    } else {
      const options = (args ?? {}) as Record<string, unknown>;
      const className = classNameOf(cls);
      checkNames(cls, options);
      const base = baseOptions(options, `${className} layer`);
      this.#initialWeights = (options['weights'] ?? undefined) as Tensor[] | undefined;
      this.activityRegularizer = getRegularizer(
        options['activityRegularizer'],
        `${className} layer: activityRegularizer`,
      );
      if (this.#native) {
        this.#rules = new WeightRules(options, cls.optionNames!, `${className} layer`);
        const all = { ...base, ...this.#rules.options };
        this.standFor(core().makeLayer(className, toPlain(all, `${className} options`)));
      } else {
        const plain = toPlain(base, `${className} options`);
        this.standFor(core().makeScriptLayer(className, plain, makeHooks(this)));
        if (cls.native) this.#inner = innerLayer(cls, options, this.name);
      }
    }
    this.supportsMasking = (this.#native ? this : this.#inner)?.core.supportsMasking() ?? false;
  }

  /**
   * A layer configured alike, with weights of its own: `Dense.fromConfig(config)`, or in
   * TensorFlow.js's way `fromConfig(Dense, config)`.
   */
  static override fromConfig<T>(cls: SerializableClass<T>, config: ConfigDict): T;
  static override fromConfig<L extends Layer>(this: LayerClass<L>, config: ConfigDict): L;
  static override fromConfig(
    this: LayerClass,
    first: LayerClass | ConfigDict,
    config?: ConfigDict,
  ): Layer {
    const [cls, options] = typeof first === 'function' ? [first, config] : [this, first];
    if (typeof options !== 'object' || options === null) {
      throw new ValueError(
        `fromConfig() of ${cls.className} takes a configuration, got ${options}`,
      );
    }
    return new cls(options as never);
  }

  override getClassName(): string {
    return classNameOf(this.constructor as unknown as LayerClass);
  }

  get batchInputShape(): Shape | undefined {
    return this.core.baseConfig()['batchInputShape'] as Shape | undefined;
  }

  get dtype(): DataType {
    return (this.core.baseConfig()['dtype'] as DataType | undefined) ?? 'float32';
  }

  /** @internal Reads options, with messages that name the layer. */
  protected options(args: object | null | undefined): Options {
    return new Options(args, `${this.getClassName()} layer '${this.name}'`);
  }

  /**
   * All options, such that a layer made of them is configured alike. Those of `optionNames` are the
   * attributes of that name.
   */
  override getConfig(): ConfigDict {
    const config = this.#native
      ? this.#nativeConfig()
      : { ...this.#inner?.getConfig(), ...attributesOf(this), ...this.core.baseConfig() };
    if (this.activityRegularizer !== null) {
      config['activityRegularizer'] = serialize(this.activityRegularizer);
    }
    return config;
  }

  #nativeConfig(): ConfigDict {
    const config = this.core.config();
    return this.#rules?.addTo(config) ?? config;
  }

  // What a class defines.

  /** Makes the weights, for inputs of these shapes. Called once, before the first call. */
  build(inputShape: Shape | Shape[]): void {
    const target = this.#native ? this : this.#inner;
    target?.core.build(toCoreShapes(shapesOf(inputShape)));
    target?.settle();
    this.built = true;
  }

  /** The computation, in ops. */
  call(inputs: Tensor | Tensor[], kwargs: Kwargs): Tensor | Tensor[] {
    const target = this.#native ? this : this.#inner;
    if (target === null) return inputs;
    return single(
      withTemporaries((temporary) => {
        const handles = listOf<Tensor>(inputs).map((input) => input.borrow(temporary));
        const masks = kwargs?.mask == null ? null : listOf<Tensor | null>(kwargs.mask);
        const maskHandles = masks && masks.map((mask) => mask && mask.borrow(temporary));
        return target.core.applyValues(handles, kwargs?.training === true, maskHandles);
      }).map((handle) => new Tensor(handle)),
    );
  }

  /**
   * The shapes of the outputs for inputs of these shapes; `kwargs` are those of `apply`. Throws
   * ValueError where they do not fit.
   */
  computeOutputShape(inputShape: Shape | Shape[], kwargs?: Kwargs): Shape | Shape[] {
    void kwargs;
    const target = this.#native ? this : this.#inner;
    if (target !== null) {
      return single(target.core.outputShapes(toCoreShapes(shapesOf(inputShape))).map(toShape));
    }
    return inputShape;
  }

  /** The dtypes of the outputs for inputs of these. */
  computeOutputDtypes(dtypes: DataType[]): DataType[] {
    void dtypes;
    return ['float32'];
  }

  /** The masks of the outputs. Throws ValueError for a mask where the layer supports none. */
  computeMask(
    inputs: Tensor | Tensor[],
    mask?: Tensor | (Tensor | null)[] | null,
  ): Tensor | (Tensor | null)[] | null {
    const masks = listOf<Tensor | null>(mask ?? null);
    if (masks.every((each) => each === null)) return null;
    if (!this.supportsMasking) {
      throw new ValueError(
        `Layer ${this.name} does not support masking, but was passed an inputMask.`,
      );
    }
    const target = this.#native ? this : this.#inner;
    if (target === null) return mask ?? null;
    const handles = withTemporaries((temporary) =>
      target.core.outputMasks(
        listOf<Tensor>(inputs).map((input) => input.borrow(temporary)),
        masks.map((each) => each && each.borrow(temporary)),
      ),
    );
    return single(handles.map((handle) => handle && new Tensor(handle)));
  }

  // Making weights, losses and values for the logs.

  /** Makes a weight, read by `.read()` in `call`. By default float32, glorotUniform, trainable. */
  addWeight(
    name: string,
    shape: Shape,
    dtype: DataType = 'float32',
    initializer?: InitializerIdentifier | null,
    regularizer?: Regularizer | null,
    trainable = true,
    constraint?: Constraint | null,
  ): LayerVariable {
    if (!Array.isArray(shape) || !shape.every((dim) => Number.isInteger(dim) && dim! >= 0)) {
      throw new ValueError(
        `addWeight('${name}') of layer '${this.name}' needs a shape of whole numbers, got ` +
          JSON.stringify(shape),
      );
    }
    const where = `addWeight('${name}') of layer '${this.name}'`;
    const first = getInitializer(initializer ?? 'glorotUniform', where);
    const variable = inScope(() =>
      makeLayerVariable(
        first.apply(shape as number[], dtype),
        { name: `${this.name}/${name}`, dtype, shape: shape as number[] },
        (trainable ?? true) && this.trainable,
      ),
    );
    this.core.addWeight(variable.core, trainable ?? true);
    if (regularizer) this.addLoss(() => regularizer.apply(variable.read()));
    if (constraint) this.#constrain(variable, constraint);
    return variable;
  }

  #constrain(variable: LayerVariable, constraint: Constraint): void {
    const apply = (value: CoreTensor) =>
      handleOf(() => constraint.apply(new Tensor(value)), `constraint of '${variable.name}'`);
    this.#kept.push(variable);
    variable.constraint = constraint;
    variable.core.setConstraint(this.#weakly(apply));
  }

  /** A function for the module, which holds it by a root that the collector does not see through. */
  #weakly<Args extends unknown[]>(f: (...args: Args) => CoreTensor): (...args: Args) => CoreTensor {
    this.#kept.push(f);
    const ref = new WeakRef(f);
    return (...args) => ref.deref()!(...args);
  }

  /**
   * Adds to what training makes small: functions without arguments that return a scalar, computed
   * anew in each step; or, in `call`, scalars.
   */
  addLoss(losses: (() => Scalar) | Scalar | readonly ((() => Scalar) | Scalar)[]): void {
    for (const loss of listOf<(() => Scalar) | Scalar>(losses as Scalar)) {
      if (loss instanceof Tensor) {
        loss.with((handle) => core().addValue('', handle));
        continue;
      }
      if (typeof loss !== 'function') {
        throw new ValueError(
          `addLoss() of layer '${this.name}' takes functions that return a scalar, or in call() ` +
            `scalars, got ${typeof loss}`,
        );
      }
      this.#losses.push(loss);
      this.core.addLoss(this.#weakly(() => handleOf(loss, `loss of layer '${this.name}'`)));
    }
  }

  /** In `call`: a value for the logs of training and evaluation, under a name. */
  addMetric(value: Tensor, name: string): void {
    if (typeof name !== 'string' || name === '') {
      throw new ValueError(`addMetric() of layer '${this.name}' needs a name`);
    }
    value.with((handle) => core().addValue(name, handle));
  }

  /** The functions that add to the loss, those of layers inside included. */
  get losses(): (() => Scalar)[] {
    return [...this.#losses, ...this.sublayers().flatMap((layer) => layer.losses)];
  }

  /** Their values now. */
  calculateLosses(): Scalar[] {
    return this.losses.map((loss) => loss());
  }

  /** Layers that are part of this one. */
  protected sublayers(): Layer[] {
    if (this.#native) return this.core.sublayers().map(layerOf);
    return this.#inner === null ? layersIn(this) : [this.#inner, ...layersIn(this)];
  }

  /** @internal */
  sublayerHandles(): CoreLayer[] {
    return this.sublayers().map((layer) => layer.core);
  }

  /** Forgets the states of it and of the layers inside. */
  resetStates(): void {
    for (const layer of this.sublayers()) if (layer.stateful) layer.resetStates();
  }

  // Being called.

  /**
   * Calls the layer. On SymbolicTensors it adds a Call to the layer graph and returns what it will
   * give; on Tensors it runs at once. Makes the weights if this is the first call. Throws ValueError
   * for shapes that do not fit the weights.
   */
  apply(
    inputs: Tensor | SymbolicTensor | Tensor[] | SymbolicTensor[],
    kwargs?: Kwargs | null,
  ): Tensor | SymbolicTensor | Tensor[] | SymbolicTensor[] {
    const list: unknown[] = Array.isArray(inputs) ? inputs : [inputs];
    if (list.length > 0 && list.every((input) => input instanceof SymbolicTensor)) {
      return this.#applySymbolic(list, kwargs ?? {});
    }
    if (list.length === 0 || !list.every((input) => input instanceof Tensor)) {
      throw new ValueError(
        `Arguments to apply() must be all SymbolicTensors or all Tensors (layer '${this.name}')`,
      );
    }
    const shapes = list.map(({ shape }) => shape);
    if (this.#native) {
      this.#checkKwargs(kwargs);
      if (!this.built) {
        this.core.outputShapes(shapes); // complains before anything is built
        this.core.build(shapes);
        this.settle();
      }
    } else {
      this.checkInputShapes(shapes);
      this.core.build(shapes);
    }
    return single(this.#run(inputs as Tensor | Tensor[], kwargs ?? {}));
  }

  #applySymbolic(inputs: SymbolicTensor[], kwargs: Kwargs): SymbolicTensor | SymbolicTensor[] {
    if (this.#native) this.#checkKwargs(kwargs);
    const args = new CallArguments(inputs.length, kwargs);
    const all = [...inputs, ...args.further].map(toCoreSymbolic);
    this.#recording = args;
    let index: number;
    try {
      const plain = Object.keys(kwargs).length === 0 ? null : args.plain();
      const record = this.core.applySymbolic(all, plain);
      index = record.index();
      this.callAt(index); // holds it from here on
      record.delete();
    } finally {
      this.#recording = undefined;
    }
    this.#arguments[index] = args;
    this.settle();
    return single(this.callAt(index)!.outputs);
  }

  #checkKwargs(kwargs: Kwargs | null | undefined): void {
    const { training } = kwargs ?? {};
    if (typeof (kwargs ?? {}) !== 'object' || typeof (training ?? true) !== 'boolean') {
      throw new ValueError(
        `apply() of layer '${this.name}' takes an object of arguments, training true or false; got ` +
          (typeof kwargs === 'object' ? `training ${String(training)}` : typeof kwargs),
      );
    }
    for (const key of Object.keys(kwargs ?? {})) {
      if (key === 'training' || key === 'mask') continue;
      throw new ValueError(
        `apply() of layer '${this.name}' knows the arguments 'training' and 'mask', got '${key}'`,
      );
    }
  }

  /** Runs `call` and what belongs to it. */
  #run(inputs: Tensor | Tensor[], kwargs: Kwargs): Tensor[] {
    // What `call` makes on the way is freed, also where it runs eagerly.
    return inScope(() => {
      const outputs = outputsOf(this.call(inputs, kwargs), this.name);
      const { activityRegularizer } = this;
      if (activityRegularizer !== null) {
        for (const output of outputs) this.addLoss(activityRegularizer.apply(output));
      }
      return outputs;
    });
  }

  /** @internal */
  checkInputShapes(shapes: readonly Shape[]): void {
    // Inputs beyond its own are SymbolicTensors of the arguments.
    const further = this.#arguments.some((args) => args !== undefined && args.further.length > 0);
    const count = this.#recording?.inputs ?? (further ? this.inputSpec?.length : undefined);
    checkInputs(this.name, this.inputSpec, shapes.slice(0, count));
  }

  /** @internal Runs `build` and what belongs to it. */
  buildFor(shapes: readonly Shape[]): void {
    const losses = this.#losses.length;
    try {
      inScope(() => this.build(single(shapes.slice(0, this.#recording?.inputs))));
    } catch (error) {
      this.core.undoBuild();
      this.#losses.length = losses;
      throw error;
    }
    this.built = true;
    this.settle();
  }

  /** @internal */
  outputShapesOf(callIndex: number, shapes: readonly Shape[]): Shape[] {
    const args = callIndex < 0 ? this.#recording : this.#arguments[callIndex];
    const count = args?.inputs ?? shapes.length;
    const isNew = !this.built;
    const losses = this.#losses.length;
    try {
      this.core.build(toCoreShapes(shapes));
      const declares = this.computeOutputShape !== Layer.prototype.computeOutputShape;
      const whole = this.#inner !== null || layersIn(this).every((layer) => layer.built);
      if (!whole || !(declares || this.#inner)) {
        // Layers inside are built as `call` calls them.
        const inferred = inferOutputShapes(shapes, (inputs) =>
          this.#run(single(inputs.slice(0, count)), args?.fill(inputs.slice(count)) ?? {}),
        );
        if (inferred !== null && !declares) return inferred;
      }
      return shapesOf(this.computeOutputShape(single(shapes.slice(0, count)), args?.fill([])));
    } catch (error) {
      if (isNew) {
        this.core.undoBuild();
        this.#losses.length = losses;
      }
      throw error;
    }
  }

  /** @internal */
  runCall(
    callIndex: number,
    inputs: Tensor[],
    training: boolean,
    masks: (Tensor | null)[] | null,
  ): Tensor[] {
    const args = this.#arguments[callIndex];
    const count = args?.inputs ?? inputs.length;
    const kwargs: Kwargs = args?.fill(inputs.slice(count)) ?? {};
    kwargs.training ??= training;
    if (masks !== null) kwargs.mask ??= single(masks.slice(0, count));
    const own = inputs.slice(0, count);
    return this.#run(own.length === 1 ? alsoList(own[0]!) : own, kwargs);
  }

  /** @internal */
  masksOf(callIndex: number, inputs: Tensor[], masks: (Tensor | null)[] | null): (Tensor | null)[] {
    const count = this.#arguments[callIndex]?.inputs ?? inputs.length;
    const mask = masks && single(masks.slice(0, count));
    return listOf<Tensor | null>(this.computeMask(single(inputs.slice(0, count)), mask));
  }

  /** @internal Once built, gives weights of the module what the options ask of them. */
  settle(): void {
    if (!this.built) return;
    this.#rules?.take((weight, { regularizer, constraint, initializer }) => {
      const variable = this.weights.find(({ name }) => name === `${this.name}/${weight}`);
      if (variable === undefined) return;
      if (initializer) inScope(() => variable.write(initializer.apply(variable.shape)));
      if (regularizer) this.addLoss(() => regularizer.apply(variable.read()));
      if (constraint) this.#constrain(variable, constraint);
    });
    const weights = this.#initialWeights;
    if (weights === undefined) return;
    this.#initialWeights = undefined;
    this.setWeights(weights);
  }
}
