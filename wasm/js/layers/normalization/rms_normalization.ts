import type { Shape } from '../../dtype.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { Layer, onlyInput, onlyShape, type LayerArgs } from '../layer.js';
import type { LayerVariable } from '../layer_variable.js';
import { readAxes, resolveAxes, sizesOf } from './axes.js';

export interface RMSNormalizationLayerArgs extends LayerArgs {
  /** The axis or axes that are normalised together. Default −1. */
  axis?: number | number[];
  /** Added to the mean square. Default 1e-6. */
  epsilon?: number;
}

/**
 * Divides each example by its root mean square along `axis` (Zhang & Sennrich 2019; Keras):
 * scale · x / √(mean(x²) + epsilon). Any shape, kept. Weight: scale, of the sizes of `axis`, ones at
 * first.
 */
export class RMSNormalization extends Layer {
  static override readonly className: string = 'RMSNormalization';
  static override readonly optionNames: readonly string[] = ['axis', 'epsilon'];
  readonly axis: number | number[];
  readonly epsilon: number;
  scale!: LayerVariable;

  constructor(args: RMSNormalizationLayerArgs = {}) {
    super(args);
    const options = this.options(args);
    this.axis = readAxes(options, 'axis', -1);
    this.epsilon = options.number('epsilon', { min: 0 }, 1e-6);
    this.supportsMasking = true;
  }

  override build(inputShape: Shape | Shape[]): void {
    const shape = onlyShape(inputShape);
    const axes = resolveAxes(this.axis, shape.length, this);
    this.scale = this.addWeight('scale', sizesOf(shape, axes, this), 'float32', 'ones');
    super.build(inputShape);
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const x = onlyInput(inputs, this);
    const axes = resolveAxes(this.axis, x.rank, this);
    const shape = x.shape.map((dim, axis) => (axes.includes(axis) ? dim : 1));
    const inverse = x.square().mean(axes, true).add(this.epsilon).rsqrt();
    return x.mul(inverse).mul(this.scale.read().reshape(shape));
  }
}

export const rmsNormalization = (args?: RMSNormalizationLayerArgs | ConfigDict): RMSNormalization =>
  new RMSNormalization(args as RMSNormalizationLayerArgs);
