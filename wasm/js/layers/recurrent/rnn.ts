import { zeros } from '../../create.js';
import type { Shape } from '../../dtype.js';
import { ValueError } from '../../errors.js';
import { isSerialized, type ConfigDict, type Serialized } from '../../serialization.js';
import { unstack } from '../../ops/shape.js';
import type { Tensor } from '../../tensor.js';
import { variable, type Variable } from '../../variable.js';
import { Layer, type Kwargs, type LayerArgs } from '../layer.js';
import { Options } from '../options.js';
import { layerFromConfig, type LayerClass } from '../registry.js';
import type { SymbolicTensor } from '../symbolic.js';
import type { GatedCell } from './gated_cell.js';
import { joined, outputShapeOf, runCell, sizesOf, stateShapesOf, type Cell } from './rnn_cell.js';
import { StackedRNNCells } from './stacked_rnn_cells.js';
import { buildInside } from './weight_names.js';

/** What all recurrent layers take besides what their cell does. */
export interface RNNOptions {
  /** Whether the outputs of all steps are wanted, not of the last alone. Default false. */
  returnSequences?: boolean;
  /** Whether the states after the last step are returned too. Default false. */
  returnState?: boolean;
  /** From the last step to the first; the outputs come in that order. Default false. */
  goBackwards?: boolean;
  /**
   * Whether the states after a batch are the first ones of the next, until `resetStates`. The batch
   * size must be known: `batchInputShape`. Default false.
   */
  stateful?: boolean;
  /** Keras's older options for inputShape: [inputLength or null, inputDim]. */
  inputDim?: number;
  inputLength?: number;
  /** Accepted; steps are always written out. */
  unroll?: boolean;
  /** Whether outputs of masked steps are zeros, and not those of the step before. Default false. */
  zeroOutputForMask?: boolean;
}

export interface BaseRNNLayerArgs extends LayerArgs, RNNOptions {
  /** What is done at each step; a list is stacked. */
  cell?: Cell | Cell[] | Serialized;
  /** How many of the inputs in a list are constants. */
  numConstants?: number;
}

export interface RNNLayerArgs extends BaseRNNLayerArgs {
  cell: Cell | Cell[] | Serialized;
}

/** Arguments of a recurrent layer's `apply`. */
export interface RNNKwargs extends Kwargs {
  /** States before the first step: [batch, size] each. By default zeros. */
  initialState?: Tensor | SymbolicTensor | (Tensor | SymbolicTensor)[] | null;
  /** Given to the cell at each step as `kwargs.constants`. */
  constants?: Tensor | SymbolicTensor | (Tensor | SymbolicTensor)[] | null;
}

/** @internal Names of the options of all recurrent layers. */
export const kSequenceOptions = [
  'returnSequences',
  'returnState',
  'goBackwards',
  'stateful',
  'unroll',
  'zeroOutputForMask',
  'numConstants',
  'inputDim',
  'inputLength',
] as const;

type Anything = Tensor | SymbolicTensor;
const listOf = <T>(value: T | T[] | null | undefined): T[] =>
  value == null ? [] : Array.isArray(value) ? value : [value];

/**
 * Runs a cell over a sequence: [batch, time, ...] → the last output [batch, ...], or
 * [batch, time, ...] with returnSequences; with returnState the states after it follow. The cell's
 * `call([x, ...states])` → [output, ...states] is done for each step. Called on
 * [x, ...states], or with `initialState`, it begins with these states. A step that the mask
 * [batch, time] leaves out keeps the states.
 */
export class RNN extends Layer {
  static override readonly className: string = 'RNN';
  static override readonly optionNames: readonly string[] = ['cell', ...kSequenceOptions];
  readonly cell: Cell;
  readonly returnSequences: boolean;
  readonly returnState: boolean;
  readonly goBackwards: boolean;
  readonly unroll: boolean;
  private readonly zeroOutputForMask: boolean;
  private numConstants: number | null;
  /** Of a stateful layer, once built. */
  #states: Variable[] | null = null;

  constructor(args: BaseRNNLayerArgs) {
    super(withInput(args));
    const options = this.options(args);
    this.cell = this.makeCell(args);
    this.returnSequences = options.flag('returnSequences', false);
    this.returnState = options.flag('returnState', false);
    this.goBackwards = options.flag('goBackwards', false);
    this.stateful = options.flag('stateful', false);
    this.unroll = options.flag('unroll', false);
    this.zeroOutputForMask = options.flag('zeroOutputForMask', false);
    this.numConstants = options.integerOrNull('numConstants', { min: 0 });
    this.supportsMasking = true;
    this.inputSpec = [{ ndim: this.inputRank() }];
  }

  /** The cell that the options ask for. */
  protected makeCell({ cell }: BaseRNNLayerArgs): Cell {
    const one = Array.isArray(cell) ? new StackedRNNCells({ cells: cell }) : cell;
    const made = isSerialized(one) ? layerFromConfig(one) : one;
    if (!(made instanceof Layer) || (made as Partial<Cell>).stateSize == null) {
      throw new ValueError(
        `RNN layer '${this.name}': 'cell' must be a layer with a property stateSize, such as ` +
          'lstmCell({units}), or a list of them',
      );
    }
    return made as Cell;
  }

  /** The rank of the input. */
  protected inputRank(): number {
    return 3;
  }

  /** The states that a stateful layer begins the next batch with; null where there are none. */
  get states(): (Tensor | null)[] {
    return this.#states?.map((state) => state.clone()) ?? sizesOf(this.cell).map(() => null);
  }

  getStates(): (Tensor | null)[] {
    return this.states;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape | Shape[] {
    const shape = firstShape(inputShape);
    const [batch, time, ...rest] = shape;
    const step: Shape = [batch!, ...rest];
    const [first, ...features] = outputShapeOf(this.cell, step);
    const output: Shape = this.returnSequences
      ? [first!, time!, ...features]
      : [first!, ...features];
    return this.returnState ? [output, ...stateShapesOf(this.cell, step)] : output;
  }

  override computeMask(
    _inputs: Tensor | Tensor[],
    mask?: Tensor | (Tensor | null)[] | null,
  ): Tensor | null | (Tensor | null)[] {
    const own = this.returnSequences ? (listOf(mask)[0] ?? null) : null;
    return this.returnState ? [own, ...sizesOf(this.cell).map(() => null)] : own;
  }

  override build(inputShape: Shape | Shape[]): void {
    const shape = firstShape(inputShape);
    const [batch, , ...rest] = shape;
    this.inputSpec = [{ shape: [this.stateful ? batch! : null, null, ...rest] }];
    const step: Shape = [batch!, ...rest];
    buildInside(this.cell, step, this.name);
    if (this.stateful) {
      if (batch == null) {
        throw new ValueError(
          `Layer '${this.name}': If an RNN is stateful, it needs to know its batch size. Give ` +
            'batchInputShape to the first layer of a Sequential model, or batchShape to input()',
        );
      }
      this.#states = stateShapesOf(this.cell, step).map((dims) =>
        variable(zeros(dims as number[]), false),
      );
    }
    super.build(inputShape);
  }

  /**
   * Sets the states that a stateful layer begins the next batch with: to zeros, or to those given.
   * Throws ValueError for a layer that is not stateful or not built, and for other shapes.
   */
  override resetStates(states?: Tensor | Tensor[] | null): void {
    if (!this.stateful) {
      throw new ValueError(
        `Cannot call resetStates() on an RNN Layer that is not stateful ('${this.name}').`,
      );
    }
    if (this.#states === null) return; // they will begin as zeros
    const values = states == null ? null : listOf(states);
    this.#checkNumber(values ?? this.#states);
    this.#states.forEach((state, i) => {
      const value = values?.[i];
      if (value !== undefined && String(value.shape) !== String(state.shape)) {
        throw new ValueError(
          `State ${i} is incompatible with layer '${this.name}': expected shape ` +
            `[${state.shape}], got [${value.shape}]`,
        );
      }
    });
    this.#states.forEach((state, i) => state.assign(values?.[i] ?? zeros(state.shape)));
  }

  #checkNumber(states: readonly unknown[]): void {
    const count = sizesOf(this.cell).length;
    if (states.length !== count) {
      throw new ValueError(
        `Layer '${this.name}' has ${count} state(s), but it received ${states.length}`,
      );
    }
  }

  /** Calls the layer on x, or on [x, ...states, ...constants]; see RNNKwargs. */
  override apply(
    inputs: Anything | Tensor[] | SymbolicTensor[],
    kwargs: RNNKwargs = {},
  ): Tensor | SymbolicTensor | Tensor[] | SymbolicTensor[] {
    if (!Array.isArray(inputs)) {
      const given: Kwargs = { ...kwargs };
      if (kwargs.initialState != null) given.initialState = listOf(kwargs.initialState);
      if (kwargs.constants != null) {
        given.constants = listOf(kwargs.constants);
        this.numConstants = (given.constants as unknown[]).length;
      }
      return super.apply(inputs, given);
    }
    if (kwargs.initialState != null || kwargs.constants != null) {
      throw new ValueError(
        `Layer '${this.name}': When inputs is an array, neither initialState or constants should ` +
          'be provided',
      );
    }
    const [x, ...others] = inputs as Anything[];
    if (x === undefined) return super.apply(inputs, kwargs); // which refuses it
    const numStates = others.length - (this.numConstants ?? 0);
    const given: Kwargs = { ...kwargs };
    if (numStates > 0) given.initialState = others.slice(0, numStates);
    if (this.numConstants) given.constants = others.slice(numStates);
    return super.apply(x, given);
  }

  override call(inputs: Tensor | Tensor[], kwargs: Kwargs): Tensor | Tensor[] {
    const x = listOf(inputs)[0]!;
    const { cell, returnSequences } = this;
    const [batch, time, ...rest] = x.shape as [number, number, ...number[]];
    if (time === 0) {
      throw new ValueError(
        `Layer '${this.name}' needs at least one step of time, got an input of shape [${x.shape}]`,
      );
    }
    const given = kwargs.initialState as Tensor[] | Tensor | null | undefined;
    const kept = this.#states?.map((state) => state.clone());
    const first =
      given == null
        ? (kept ?? stateShapesOf(cell, [batch, ...rest]).map((dims) => zeros(dims as number[])))
        : listOf(given);
    this.#checkNumber(first);
    const { outputs, states } = runCell(cell, x, first, {
      training: kwargs.training === true,
      constants: kwargs.constants == null ? undefined : listOf(kwargs.constants as Tensor[]),
      masks: this.#masks(listOf(kwargs.mask)[0], x.rank),
      backwards: this.goBackwards,
      everyOutput: returnSequences,
      zeroOutputForMask: this.zeroOutputForMask && returnSequences,
    });
    this.#states?.forEach((state, i) => state.assign(states[i]!));
    const output = returnSequences ? joined(outputs) : outputs[0]!;
    return this.returnState ? [output, ...states] : output;
  }

  /** One mask [batch, 1, ...] for each step in the order they run. */
  #masks(mask: Tensor | null | undefined, rank: number): Tensor[] | undefined {
    if (mask == null) return undefined;
    const ones = new Array<number>(rank - 2).fill(1);
    const steps = unstack(mask.asType('bool').reshape([...mask.shape.slice(0, 2), ...ones]), 1);
    return this.goBackwards ? steps.reverse() : steps;
  }

  override getConfig(): ConfigDict {
    const config = super.getConfig();
    if (!this.zeroOutputForMask) delete config['zeroOutputForMask'];
    if (this.numConstants === null) delete config['numConstants'];
    return config;
  }

  /** Reads TensorFlow.js's configurations too, which hold the cell's options beside the cell. */
  static override fromConfig<L extends Layer>(
    first: LayerClass<L> | ConfigDict,
    config?: ConfigDict,
  ): L {
    const cls = (typeof first === 'function' ? first : this) as unknown as LayerClass<L>;
    const given = (typeof first === 'function' ? config! : first) as ConfigDict;
    if (!isSerialized(given.cell)) return new cls(given as never);
    const stray = Object.keys(given.cell.config);
    const kept = ['name', 'trainable', ...RNN.optionNames];
    return new cls(
      Object.fromEntries(
        Object.entries(given).filter(([key]) => kept.includes(key) || !stray.includes(key)),
      ) as never,
    );
  }
}

/** The options with inputShape in place of inputDim and inputLength. */
function withInput(args: BaseRNNLayerArgs): BaseRNNLayerArgs {
  const options = new Options(args, 'Recurrent layer');
  for (const key of ['inputDim', 'inputLength']) options.integerOrNull(key, { min: 1 });
  if (args?.inputDim == null || args.inputShape != null || args.batchInputShape != null)
    return args;
  return { ...args, inputShape: [args.inputLength ?? null, args.inputDim] };
}

const firstShape = (shape: Shape | Shape[]): Shape =>
  (Array.isArray(shape[0]) ? shape[0] : shape) as Shape;

interface CellClass<C extends Cell> {
  readonly optionNames: readonly string[];
  new (args: never): C;
}

/** A recurrent layer with a cell of its own, whose options are the layer's too. */
export abstract class CellRNN<C extends GatedCell> extends RNN {
  /** The class of the cell. */
  protected static readonly cellClass: CellClass<GatedCell>;
  declare readonly cell: C;

  protected override makeCell(args: object): C {
    const { cellClass } = this.constructor as unknown as { cellClass: CellClass<C> };
    const names = [...cellClass.optionNames, 'activityRegularizer'];
    const own = Object.entries(args).filter(([key]) => names.includes(key));
    // The name is the layer's, so that the weights are "lstm_LSTM1/kernel".
    return new cellClass({ ...Object.fromEntries(own), name: this.name } as never);
  }

  override getConfig(): ConfigDict {
    const config = { ...this.cell.getConfig(), ...super.getConfig() };
    delete config.cell;
    return config;
  }
}
