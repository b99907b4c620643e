import type { Constraint, ConstraintIdentifier } from '../../constraints.js';
import type { Shape } from '../../dtype.js';
import { ValueError } from '../../errors.js';
import type { Initializer, InitializerIdentifier } from '../../initializers.js';
import { prelu as preluOp } from '../../ops/unary.js';
import type { Regularizer, RegularizerIdentifier } from '../../regularizers.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { Layer, onlyInput, onlyShape, type LayerArgs } from '../layer.js';
import type { LayerVariable } from '../layer_variable.js';
import { addWeightOf, readWeightOptions, weightOptions } from '../weight_options.js';

export interface PReLULayerArgs extends LayerArgs {
  /** Default 'zeros'. */
  alphaInitializer?: InitializerIdentifier;
  alphaRegularizer?: RegularizerIdentifier;
  alphaConstraint?: ConstraintIdentifier;
  /** Axes along which one slope serves all positions, the batch being axis 0. */
  sharedAxes?: number | number[];
}

/**
 * x, below zero alpha · x with a slope for each element of an example, which is learned (He et al.
 * 2015). Any shape, kept. Weight: alpha, the input's shape without the batch and with 1 along
 * sharedAxes.
 */
export class PReLU extends Layer {
  static override readonly className: string = 'PReLU';
  static override readonly optionNames: readonly string[] = [
    ...weightOptions('alpha'),
    'sharedAxes',
  ];
  readonly alphaInitializer!: Initializer;
  readonly alphaRegularizer!: Regularizer | null;
  readonly alphaConstraint!: Constraint | null;
  readonly sharedAxes: number[] | null;
  alpha!: LayerVariable;

  constructor(args: PReLULayerArgs = {}) {
    super(args);
    const options = this.options(args);
    readWeightOptions(this, options, { alpha: 'zeros' });
    const single = typeof options.any('sharedAxes') === 'number';
    this.sharedAxes = !options.has('sharedAxes')
      ? null
      : single
        ? [options.integer('sharedAxes', { min: 1 })]
        : options.list('sharedAxes', { min: 1 });
    this.supportsMasking = true;
  }

  override build(inputShape: Shape | Shape[]): void {
    const shape = onlyShape(inputShape);
    const shared = this.sharedAxes ?? [];
    const axes: Record<number, number> = {};
    const alpha = shape.slice(1).map((dim, i) => {
      if (shared.includes(i + 1)) return 1;
      if (dim === null) {
        throw new ValueError(
          `Layer '${this.name}' (PReLU) needs to know dimension ${i + 1} of its input, got shape ` +
            `${JSON.stringify(shape)}: give the size, or name the axis in sharedAxes`,
        );
      }
      return (axes[i + 1] = dim);
    });
    this.alpha = addWeightOf(this, 'alpha', alpha);
    this.inputSpec = [{ ndim: shape.length, axes }];
    super.build(inputShape);
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return preluOp(onlyInput(inputs, this), this.alpha.read());
  }
}

export const prelu = (args?: PReLULayerArgs | ConfigDict): PReLU =>
  new PReLU(args as PReLULayerArgs);
