import type { Activation, ActivationName } from '../../activations.js';
import type { Constraint, ConstraintIdentifier } from '../../constraints.js';
import { ones } from '../../create.js';
import type { Shape } from '../../dtype.js';
import { ValueError } from '../../errors.js';
import type { Initializer, InitializerIdentifier } from '../../initializers.js';
import { dropout } from '../../ops/random.js';
import type { Regularizer, RegularizerIdentifier } from '../../regularizers.js';
import { serialize, type ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { onlyShape, type Kwargs, type LayerArgs } from '../layer.js';
import type { LayerVariable } from '../layer_variable.js';
import type { Options } from '../options.js';
import { RNNCell, sizesOf, type SequenceArgs, type Steps } from './rnn_cell.js';
import { addWeightOf, readWeightOptions, weightOptions } from '../weight_options.js';

/** What all cells of this library, and the layers over them, take. */
export interface GatedCellArgs extends LayerArgs {
  /** Size of the output, positive. */
  units: number;
  /** Of the output. Default 'tanh'. */
  activation?: ActivationName;
  /** Default true. */
  useBias?: boolean;
  /** Of what the input is multiplied by. Default 'glorotNormal'. */
  kernelInitializer?: InitializerIdentifier;
  /** Of what the state is multiplied by. Default 'orthogonal'. */
  recurrentInitializer?: InitializerIdentifier;
  /** Default 'zeros'. */
  biasInitializer?: InitializerIdentifier;
  kernelRegularizer?: RegularizerIdentifier;
  recurrentRegularizer?: RegularizerIdentifier;
  biasRegularizer?: RegularizerIdentifier;
  kernelConstraint?: ConstraintIdentifier;
  recurrentConstraint?: ConstraintIdentifier;
  biasConstraint?: ConstraintIdentifier;
  /** Share of the inputs' features that are dropped while training, the same at each step. Default 0. */
  dropout?: number;
  /** The same for the state. Default 0. */
  recurrentDropout?: number;
  /** What drops: (ones, rate) → mask. */
  dropoutFunc?: (x: Tensor, rate: number) => Tensor;
}

/** The same with gates. */
export interface RecurrentActivationArgs extends GatedCellArgs {
  /** Of the gates. Default 'hardSigmoid'. */
  recurrentActivation?: ActivationName;
  /** Keras's choice between two ways to the same numbers: 1 or 2. Here there is one. */
  implementation?: number;
}

/** @internal */
export const kCellOptions = [
  'units',
  'activation',
  'useBias',
  ...weightOptions('kernel', 'recurrent', 'bias'),
  'dropout',
  'recurrentDropout',
  'dropoutFunc',
];

/** @internal */
export const kGateOptions = [...kCellOptions, 'recurrentActivation', 'implementation'];

/**
 * What the cells of this library share: one kernel [in, gates · units] for the input, one
 * [units, gates · units] for the state, a bias, and dropout with one mask for a whole sequence (Gal &
 * Ghahramani 2016). All steps' inputs are multiplied at once, before the first step.
 */
export abstract class GatedCell extends RNNCell {
  static override readonly optionNames: readonly string[] = kCellOptions;
  readonly units: number;
  readonly activation: Activation;
  readonly useBias: boolean;
  readonly dropout: number;
  readonly recurrentDropout: number;
  kernel!: LayerVariable;
  recurrentKernel!: LayerVariable;
  bias: LayerVariable | null = null;
  /** How many times `units` wide the kernels are. */
  protected abstract readonly gates: number;
  protected readonly kernelInitializer!: Initializer;
  protected readonly recurrentInitializer!: Initializer;
  protected readonly biasInitializer!: Initializer;
  protected readonly kernelRegularizer!: Regularizer | null;
  protected readonly recurrentRegularizer!: Regularizer | null;
  protected readonly biasRegularizer!: Regularizer | null;
  protected readonly kernelConstraint!: Constraint | null;
  protected readonly recurrentConstraint!: Constraint | null;
  protected readonly biasConstraint!: Constraint | null;
  private readonly dropoutFunc: ((x: Tensor, rate: number) => Tensor) | undefined;

  constructor(args: GatedCellArgs) {
    super(args);
    const options = this.options(args);
    this.units = options.integer('units', { min: 1 });
    this.activation = options.activation('activation', 'tanh');
    this.useBias = options.flag('useBias', true);
    readWeightOptions(this, options, {
      kernel: 'glorotNormal',
      recurrent: 'orthogonal',
      bias: 'zeros',
    });
    this.dropout = share(options, 'dropout');
    this.recurrentDropout = share(options, 'recurrentDropout');
    this.dropoutFunc = args.dropoutFunc ?? undefined;
    if (this.dropoutFunc !== undefined && typeof this.dropoutFunc !== 'function') {
      options.fail('dropoutFunc', 'a function');
    }
  }

  override build(inputShape: Shape | Shape[]): void {
    const inputDim = this.channelsOf(onlyShape(inputShape));
    const window = this.window();
    const out = this.units * this.gates;
    this.kernel = addWeightOf(this, 'kernel', [...window, inputDim, out]);
    this.recurrentKernel = addWeightOf(
      this,
      'recurrent',
      [...window, this.units, out],
      'recurrent_kernel',
    );
    if (this.useBias) {
      this.bias = addWeightOf(this, 'bias', this.biasShape(), 'bias', this.firstBias());
    }
    super.build(inputShape);
  }

  /** Height and width of the kernels, for convolutions. */
  protected window(): number[] {
    return [];
  }

  protected channelsOf(inputShape: Shape): number {
    const size = inputShape.at(-1);
    if (size == null) {
      throw new ValueError(
        `Layer '${this.name}' needs to know the size of its input's last axis, got [${inputShape}]`,
      );
    }
    return size;
  }

  protected biasShape(): number[] {
    return [this.units * this.gates];
  }

  protected firstBias(): Initializer {
    return this.biasInitializer;
  }

  /** x [batch, time, in] · kernel + bias for all steps. */
  protected project(x: Tensor): Tensor {
    const product = x.matMul(this.kernel.read());
    return this.bias === null ? product : product.add(this.bias.read());
  }

  /** The steps over `x` [batch, time, gates · units], projected; `drop` drops from the state. */
  protected abstract stepsOver(x: Tensor, drop: (h: Tensor) => Tensor): Steps;

  override start(x: Tensor, { training }: SequenceArgs): Steps {
    const mask = (of: readonly number[], rate: number): Tensor | null => {
      if (!training || rate <= 0 || rate >= 1) return null;
      return (this.dropoutFunc ?? dropout)(ones(of), rate);
    };
    const [batch, , ...rest] = x.shape as [number, number, ...number[]];
    const inputMask = mask([batch, ...rest], this.dropout);
    let stateMask: Tensor | null | undefined; // drawn at the first step, which knows the shape
    return this.stepsOver(
      this.project(inputMask === null ? x : x.mul(inputMask.expandDims(1))),
      (h) => {
        if (stateMask === undefined) stateMask = mask(h.shape, this.recurrentDropout);
        return stateMask === null ? h : h.mul(stateMask);
      },
    );
  }

  /** [x, ...states] → [output, ...states], all [batch, size]. */
  override call(inputs: Tensor | Tensor[], kwargs: Kwargs): Tensor[] {
    const wanted = 1 + sizesOf(this).length;
    if (!Array.isArray(inputs) || inputs.length !== wanted) {
      const came = Array.isArray(inputs) ? inputs.length : 1;
      throw new ValueError(
        `${this.getClassName()} '${this.name}' expects ${wanted} input Tensors (the input and ` +
          `${wanted - 1} states), got ${came}.`,
      );
    }
    const [x, ...states] = inputs as [Tensor, ...Tensor[]];
    return this.start(x.expandDims(1), { training: kwargs.training === true }).step(0, states);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape[] {
    const step = (Array.isArray(inputShape[0]) ? inputShape[0] : inputShape) as Shape;
    const states = this.stateShapes(step);
    return [states[0]!, ...states];
  }

  override getConfig(): ConfigDict {
    return { ...super.getConfig(), activityRegularizer: serialize(this.activityRegularizer) };
  }
}

/** A share from 0 to 1; beyond it the nearer end, as in TensorFlow.js. */
const share = (options: Options, key: string): number =>
  Math.min(1, Math.max(0, options.number(key, {}, 0)));

/** A cell that has gates beside its activation. */
export abstract class ActivatedGatesCell extends GatedCell {
  static override readonly optionNames: readonly string[] = kGateOptions;
  readonly recurrentActivation: Activation;
  readonly implementation: number | null;

  constructor(args: RecurrentActivationArgs) {
    super(args);
    const options = this.options(args);
    this.recurrentActivation = options.activation('recurrentActivation', 'hardSigmoid');
    this.implementation = options.integerOrNull('implementation', { min: 0, max: 2 });
  }

  override getConfig(): ConfigDict {
    const { implementation, ...config } = super.getConfig();
    return { ...config, ...(implementation != null && { implementation: implementation || 1 }) };
  }
}
