import type { CoreLossFunction, CoreModel, CoreTensor, CoreTrainer, Handle } from './core.js';
import { makeHandle } from './create.js';
import { graphFromConfig } from './functional_config.js';
import { registerClass, type SerializableClass } from './serialization.js';
import { core } from './engine.js';
import { HeddleError, NotImplementedError, ValueError } from './errors.js';
import { Adopted, Layer, layerOf, single } from './layers/layer.js';
import { symbolicOf, toCoreSymbolic, type ConfigDict, type LayerClass } from './layers/layer.js';
import { SymbolicTensor } from './layers/symbolic.js';
import { withTemporaries } from './ops/operation.js';
import { notify } from './subscriptions.js';
import { summaryLines } from './summary.js';
import { Tensor, type Scalar } from './tensor.js';
import type { History } from './training/callbacks.js';
import { resolveCompile, type Loss, type ModelCompileArgs } from './training/compile.js';
import { checkBatchSize, checkKeys, checkNotEmpty } from './training/data.js';
import { rows, standardize, type ModelData } from './training/data.js';
import { fit, type ModelFitArgs } from './training/fit.js';
import type { Optimizer } from './training/optimizers.js';

/** What `model()` takes. */
export interface ContainerArgs {
  inputs: SymbolicTensor | readonly SymbolicTensor[];
  outputs: SymbolicTensor | readonly SymbolicTensor[];
  /** By default "model1", "model2" ... */
  name?: string;
}

export interface ModelPredictArgs {
  /** Samples per run, default 32. */
  batchSize?: number;
  /** Accepted for the sake of TensorFlow.js; nothing is printed. */
  verbose?: boolean | number;
}

export interface ModelEvaluateArgs {
  /** Samples per run, default 32. */
  batchSize?: number;
  /** Accepted for the sake of TensorFlow.js; nothing is printed. */
  verbose?: boolean | number;
}

/** @internal What `compile` leaves. */
interface CompiledModel {
  optimizer: Optimizer;
  trainer: CoreTrainer;
  loss: ModelCompileArgs['loss'];
  runEagerly: boolean;
  /** Keeps alive what the trainer knows weakly. */
  functions: CoreLossFunction[];
}

const listOf = <T>(value: T | readonly T[]): readonly T[] =>
  Array.isArray(value) ? (value as readonly T[]) : [value as T];

function checkContainer(args: ContainerArgs): void {
  checkKeys('model()', args, ['inputs', 'outputs', 'name']);
  for (const key of ['inputs', 'outputs'] as const) {
    if (listOf(args[key]).every((tensor) => tensor instanceof SymbolicTensor)) continue;
    throw new ValueError(
      `model(): ${key} must be a SymbolicTensor or a list of them: what hd.input() and apply() on ` +
        'such give',
    );
  }
  if (typeof (args.name ?? '') !== 'string') {
    throw new ValueError(`model(): name must be a text, got ${typeof args.name}`);
  }
}

/**
 * A graph of layers between inputs and outputs, that can be trained. A model is a layer: it can be
 * called, nested, shared and frozen like one.
 */
export class LayersModel extends Layer {
  static override readonly className: string = 'Model';

  /** What the last `fit` went through. */
  history: History | null = null;
  /** Whether it is a stack of layers, each connected to the one before. */
  protected readonly isStack: boolean = false;
  /** Set to true, it ends `fit` after the batch in progress. */
  stopTraining = false;
  /** So that what users know of a layer inside (that it is compiled, say) lives on with the model. */
  #held: Layer[] = [];
  #compiled: CompiledModel | null = null;
  #programs: Handle | null = null;
  #training = false;

  constructor(args: ContainerArgs | Adopted) {
    if (!(args instanceof Adopted) && (args?.inputs == null || args.outputs == null)) {
      throw new ValueError('model() needs `inputs` and `outputs`: model({inputs, outputs})');
    }
    if (!(args instanceof Adopted)) checkContainer(args);
    super(
      args instanceof Adopted
        ? args
        : new Adopted(
            core().makeModel(
              listOf(args.inputs).map(toCoreSymbolic),
              listOf(args.outputs).map(toCoreSymbolic),
              args.name ?? '',
            ),
          ),
    );
    this.forget();
  }

  /** A model of new layers, configured and called as a configuration (`getConfig()`) says. */
  static override fromConfig<T>(cls: SerializableClass<T>, config: ConfigDict): T;
  static override fromConfig<L extends Layer>(this: LayerClass<L>, config: ConfigDict): L;
  static override fromConfig(first: unknown, config?: ConfigDict): Layer {
    const cls = (typeof first === 'function' ? first : this) as new (
      args: ContainerArgs,
    ) => unknown;
    const spec = (typeof first === 'function' ? config : first) as ConfigDict;
    return new cls(graphFromConfig(spec)) as Layer;
  }

  /** @internal */
  override get core(): CoreModel {
    return super.core as CoreModel;
  }

  /** Each layer once, inputs first. */
  get layers(): Layer[] {
    return this.core.layers().map(layerOf);
  }

  get inputs(): SymbolicTensor[] {
    return this.core.inputs().map(symbolicOf);
  }

  get outputs(): SymbolicTensor[] {
    return this.core.outputs().map(symbolicOf);
  }

  override get input(): SymbolicTensor | SymbolicTensor[] {
    return single(this.inputs);
  }

  override get output(): SymbolicTensor | SymbolicTensor[] {
    return single(this.outputs);
  }

  override get outputShape() {
    return single(this.outputs.map(({ shape }) => shape));
  }

  /** The names of the layers that the inputs come from. */
  get inputNames(): string[] {
    return this.core.inputNames();
  }

  /** The names of the layers that make the outputs. */
  get outputNames(): string[] {
    return this.core.outputNames();
  }

  /** A layer by name, or by its place in `layers`. Throws ValueError where there is none. */
  getLayer(name: string): Layer;
  getLayer(index: number): Layer;
  getLayer(name: string | null | undefined, index: number): Layer;
  getLayer(nameOrIndex: string | number | null | undefined, index?: number): Layer {
    const at = typeof nameOrIndex === 'number' ? nameOrIndex : index;
    if (at === undefined) {
      if (typeof nameOrIndex === 'string') return layerOf(this.core.getLayer(nameOrIndex));
      throw new ValueError('Provide either a layer name or layer index');
    }
    const layer = this.layers[at];
    if (layer === undefined) {
      throw new ValueError(
        `Was asked to retrieve layer at index ${at}, but model '${this.name}' only has ` +
          `${this.layers.length} layer(s).`,
      );
    }
    return layer;
  }

  override countParams(): number {
    return this.core.countParams();
  }

  /**
   * Writes a table of the layers: output shapes, parameters (shared ones once), what each is
   * connected to. `printFn` gets a line at a time; `positions` is there for TensorFlow.js's sake.
   */
  summary(
    lineLength?: number,
    _positions?: number[],
    printFn: (line: string) => void = (line) => console.log(line),
  ): void {
    const length = lineLength ?? 0;
    if (!Number.isInteger(length) || length < 0 || typeof printFn !== 'function') {
      throw new ValueError(
        `summary() takes a line length, a list or null, and a function that prints; got ` +
          `${String(lineLength)} and a ${typeof printFn}`,
      );
    }
    for (const line of summaryLines(this, length, !this.isStack)) printFn(line);
  }

  /**
   * Says what to train for, and how. Which weights are trainable is settled here: call it again
   * after changing `trainable`. Throws ValueError for unknown names and for outputs without a loss.
   */
  compile(args: ModelCompileArgs): void {
    const { outputNames } = this;
    if (outputNames.length === 0) {
      throw new ValueError(`Model '${this.name}' has no layers yet: add some before compile()`);
    }
    const { optimizer, goals, functions, runEagerly, lowMemory } = resolveCompile(
      args,
      outputNames,
    );
    const trainer = core().makeTrainer(this.core, optimizer.core, goals, runEagerly, lowMemory);
    // The one before holds on to the graph. While it is training it is left to the collector.
    if (!this.#training) this.#compiled?.trainer.delete();
    this.#compiled = { optimizer, trainer, loss: args.loss, functions, runEagerly };
  }

  /** @internal What `compile` has left. Throws HeddleError before it. */
  compiled(): CompiledModel {
    if (this.#compiled === null) {
      throw new HeddleError(
        `The model needs to be compiled before being used: call compile() of '${this.name}' first.`,
      );
    }
    return this.#compiled;
  }

  /** @internal The graph has changed: what was made of it is of no use any more. */
  protected forget(): void {
    this.#held = this.core.layers().map(layerOf);
    this.#compiled = null;
    this.#programs = null;
  }

  /** What `compile` was given or has made of a name. Throws HeddleError before it. */
  get optimizer(): Optimizer {
    return this.compiled().optimizer;
  }

  get loss(): Loss | readonly Loss[] | Record<string, Loss> {
    return this.compiled().loss;
  }

  /**
   * 'loss', then each output's loss if there are several, then the metrics of each output; then what
   * layers add by addMetric, known from the first step on.
   */
  get metricsNames(): string[] {
    return this.compiled().trainer.metricNames();
  }

  /** @internal */
  inputData(x: ModelData, temporary: CoreTensor[]): CoreTensor[] {
    return standardize(x, { names: this.inputNames, kind: 'input', model: this.name }, temporary);
  }

  /** @internal */
  targetData(y: ModelData, temporary: CoreTensor[]): CoreTensor[] {
    return standardize(y, { names: this.outputNames, kind: 'target', model: this.name }, temporary);
  }

  /**
   * Trains: `epochs` passes over the samples of x and y in batches, giving way to the page every
   * 12 ms. Returns what happened, epoch by epoch. Throws ValueError for data that do not fit and for
   * unknown options, HeddleError while another `fit` of this model runs.
   */
  async fit(x: ModelData, y: ModelData, args: ModelFitArgs = {}): Promise<History> {
    if (this.#training) {
      throw new HeddleError('Cannot start training because another fit() call is ongoing.');
    }
    this.#training = true;
    try {
      return await fit(this, x, y, args);
    } finally {
      this.#training = false;
    }
  }

  /** One step on one batch. Returns loss and metrics before it, in the order of metricsNames. */
  async trainOnBatch(x: ModelData, y: ModelData): Promise<number | number[]> {
    const logs = withTemporaries((temporary) =>
      this.compiled().trainer.trainBatch(
        this.inputData(x, temporary),
        this.targetData(y, temporary),
      ),
    );
    notify();
    return single(logs);
  }

  /** Loss and metrics over the samples, without training, in the order of metricsNames. */
  evaluate(x: ModelData, y: ModelData, args: ModelEvaluateArgs = {}): Scalar | Scalar[] {
    checkKeys('evaluate()', args, ['batchSize', 'verbose', 'sampleWeight', 'steps']);
    for (const key of ['sampleWeight', 'steps']) {
      if ((args as Record<string, unknown>)[key] != null) {
        throw new NotImplementedError(`evaluate(): the option '${key}' is not supported yet`);
      }
    }
    const { batchSize = 32 } = args;
    checkBatchSize(batchSize);
    const { trainer } = this.compiled();
    const run = withTemporaries((temporary) => {
      const inputs = this.inputData(x, temporary);
      const targets = this.targetData(y, temporary);
      checkNotEmpty('evaluate()', inputs);
      return core().makeTrainingRun(trainer, false, inputs, targets, batchSize);
    });
    try {
      run.beginEpoch(false, 0);
      while (!run.epochDone()) run.advance(0x7fffffff, Infinity);
      const scalarOf = (value: number) => new Tensor<'R0'>(makeHandle([], 0, (m) => m.fill(value)));
      return single(this.metricsNames.map((_, i) => scalarOf(run.epochLog(i))));
    } finally {
      run.delete();
    }
  }

  /** The outputs for x, computed in batches: one tensor, or a list if there are several outputs. */
  predict(x: ModelData, args: ModelPredictArgs = {}): Tensor | Tensor[] {
    checkKeys('predict()', args, ['batchSize', 'verbose']);
    const { batchSize = 32 } = args;
    checkBatchSize(batchSize);
    return withTemporaries((temporary) => {
      const inputs = this.inputData(x, temporary);
      const samples = inputs[0]!.shape()[0]!;
      for (const input of inputs) {
        if (input.shape()[0] !== samples) {
          throw new ValueError(
            `All input Tensors of model '${this.name}' should have the same number of samples. Got ` +
              inputs.map((each) => `[${each.shape()}]`).join(', '),
          );
        }
      }
      if (samples <= batchSize) return this.#run(inputs);
      const parts: CoreTensor[][] = [];
      for (let from = 0; from < samples; from += batchSize) {
        const batch = rows(inputs, from, Math.min(samples, from + batchSize), temporary);
        const outputs = this.#predict(batch);
        temporary.push(...outputs);
        parts.push(outputs);
      }
      const whole = parts[0]!.map((_, i) =>
        core().concat(
          parts.map((part) => part[i]!),
          0,
        ),
      );
      return single(whole.map((handle) => new Tensor(handle)));
    });
  }

  /** The outputs for x, computed at once. */
  predictOnBatch(x: ModelData): Tensor | Tensor[] {
    return withTemporaries((temporary) => this.#run(this.inputData(x, temporary)));
  }

  #predict(inputs: CoreTensor[]): CoreTensor[] {
    if (this.#compiled?.runEagerly) return this.#compiled.trainer.predictBatch(inputs);
    this.#programs ??= new (core().ProgramCache)();
    return core().predict(this.core, this.#programs, inputs);
  }

  #run(inputs: CoreTensor[]): Tensor | Tensor[] {
    return single(this.#predict(inputs).map((handle) => new Tensor(handle)));
  }

  /**
   * Lets go of the model and of those of its layers that no other model uses: they cannot be used
   * any more, and their memory is freed at once.
   */
  override dispose(): { refCountAfterDispose: number; numDisposedVariables: number } {
    const layers = this.#held;
    this.#compiled?.trainer.delete();
    this.#programs?.delete();
    this.#compiled = this.#programs = null;
    this.#held = [];
    const result = super.dispose();
    if (result.refCountAfterDispose > 0) return result;
    for (const layer of layers) {
      if (layer.users.length === 0) layer.dispose();
    }
    return result;
  }
}
registerClass(LayersModel as never);
registerClass(LayersModel as never, undefined, 'Functional'); // its name in Keras's files

/** A model of the graph of layers between `inputs` and `outputs`. */
export function model(args: ContainerArgs): LayersModel {
  return new LayersModel(args);
}
