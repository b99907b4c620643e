import type { Constraint, ConstraintIdentifier } from '../../constraints.js';
import type { Initializer, InitializerIdentifier } from '../../initializers.js';
import { batchNorm } from '../../ops/normalization.js';
import { normalize } from '../../ops/normalize.js';
import type { Regularizer, RegularizerIdentifier } from '../../regularizers.js';
import type { Tensor } from '../../tensor.js';
import { Layer, type LayerArgs } from '../layer.js';
import type { LayerVariable } from '../layer_variable.js';
import { addWeightOf, readWeightOptions, weightOptions } from '../weight_options.js';

export interface AffineArgs extends LayerArgs {
  /** Added to the variance, so that nothing is divided by 0. Default 0.001. */
  epsilon?: number;
  /** Whether there is an offset beta. Default true. */
  center?: boolean;
  /** Whether there is a factor gamma. Default true. */
  scale?: boolean;
  /** Default 'zeros'. */
  betaInitializer?: InitializerIdentifier;
  /** Default 'ones'. */
  gammaInitializer?: InitializerIdentifier;
  betaRegularizer?: RegularizerIdentifier;
  gammaRegularizer?: RegularizerIdentifier;
  betaConstraint?: ConstraintIdentifier;
  gammaConstraint?: ConstraintIdentifier;
}

/** Layers that bring values to mean 0 and variance 1, then scale by gamma and shift by beta. */
export abstract class AffineNormalization extends Layer {
  static override readonly optionNames: readonly string[] = [
    'epsilon',
    'center',
    'scale',
    ...weightOptions('beta', 'gamma'),
  ];
  readonly epsilon: number;
  readonly center: boolean;
  readonly scale: boolean;
  readonly betaInitializer!: Initializer;
  readonly gammaInitializer!: Initializer;
  readonly betaRegularizer!: Regularizer | null;
  readonly gammaRegularizer!: Regularizer | null;
  readonly betaConstraint!: Constraint | null;
  readonly gammaConstraint!: Constraint | null;
  gamma: LayerVariable | null = null;
  beta: LayerVariable | null = null;

  constructor(args: AffineArgs) {
    super(args);
    const options = this.options(args);
    this.epsilon = options.number('epsilon', { min: 0 }, 1e-3);
    this.center = options.flag('center', true);
    this.scale = options.flag('scale', true);
    readWeightOptions(this, options, { beta: 'zeros', gamma: 'ones' });
    this.supportsMasking = true;
  }

  /** Makes gamma and beta. */
  protected addAffine(shape: number[]): void {
    if (this.scale) this.gamma = addWeightOf(this, 'gamma', shape);
    if (this.center) this.beta = addWeightOf(this, 'beta', shape);
  }

  /** (x − mean) / √(variance + epsilon) · gamma + beta, the last two in a shape that broadcasts. */
  protected normalized(x: Tensor, mean: Tensor, variance: Tensor, shape: number[]): Tensor {
    const [beta, gamma] = [this.beta, this.gamma].map((v) => v && v.read().reshape(shape));
    return batchNorm(x, mean, variance, beta, gamma, this.epsilon);
  }

  /**
   * The same by x's own mean and variance, in one pass: those of each of the `groups`, and each of
   * the `outer` indices, of x as [outer, positions, groups, size].
   */
  protected normalizedByItself(
    x: Tensor,
    sizes: [outer: number, positions: number, groups: number, size: number],
  ): { y: Tensor; mean: Tensor; variance: Tensor } {
    const [beta, gamma] = [this.beta, this.gamma].map((v) => v && v.read());
    return normalize(this.name, x, sizes, gamma!, beta!, this.epsilon);
  }
}
