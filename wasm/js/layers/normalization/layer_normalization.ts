import type { Shape } from '../../dtype.js';
import { moments } from '../../ops/reduce.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { onlyInput, onlyShape } from '../layer.js';
import { AffineNormalization, type AffineArgs } from './affine.js';
import { readAxes, resolveAxes, sizesOf } from './axes.js';

export interface LayerNormalizationLayerArgs extends AffineArgs {
  /** The axis or axes that are normalised together. Default −1. */
  axis?: number | number[];
}

/**
 * Normalises each example by itself to mean 0 and variance 1 along `axis`, then scales and shifts
 * (Ba et al. 2016): gamma · (x − mean) / √(variance + epsilon) + beta. Any shape, kept.
 *
 * Weights: gamma, beta, of the sizes of `axis`.
 */
export class LayerNormalization extends AffineNormalization {
  static override readonly className: string = 'LayerNormalization';
  static override readonly optionNames: readonly string[] = [
    ...AffineNormalization.optionNames,
    'axis',
  ];
  readonly axis: number | number[];

  constructor(args: LayerNormalizationLayerArgs = {}) {
    super(args);
    this.axis = readAxes(this.options(args), 'axis', -1);
  }

  override build(inputShape: Shape | Shape[]): void {
    const shape = onlyShape(inputShape);
    const axes = resolveAxes(this.axis, shape.length, this);
    const sizes = sizesOf(shape, axes, this);
    this.addAffine(sizes);
    this.inputSpec = [
      { ndim: shape.length, axes: Object.fromEntries(axes.map((axis, i) => [axis, sizes[i]!])) },
    ];
    super.build(inputShape);
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const x = onlyInput(inputs, this);
    const axes = resolveAxes(this.axis, x.rank, this);
    if (axes.every((axis) => axis >= x.rank - axes.length)) {
      const size = axes.reduce((product, axis) => product * x.shape[axis]!, 1);
      const outer = x.shape.slice(0, x.rank - axes.length).reduce((a, b) => a * b, 1);
      return this.normalizedByItself(x, [outer, 1, 1, size]).y;
    }
    const { mean, variance } = moments(x, axes, true);
    const shape = x.shape.map((dim, axis) => (axes.includes(axis) ? dim : 1));
    return this.normalized(x, mean, variance, shape);
  }
}

export const layerNormalization = (
  args?: LayerNormalizationLayerArgs | ConfigDict,
): LayerNormalization => new LayerNormalization(args as LayerNormalizationLayerArgs);
