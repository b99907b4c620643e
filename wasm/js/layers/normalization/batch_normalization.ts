import type { Shape } from '../../dtype.js';
import type { Initializer, InitializerIdentifier } from '../../initializers.js';
import { moments } from '../../ops/reduce.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { onlyInput, onlyShape, type Kwargs } from '../layer.js';
import type { LayerVariable } from '../layer_variable.js';
import { AffineNormalization, type AffineArgs } from './affine.js';
import { resolveAxes, sizesOf } from './axes.js';

export interface BatchNormalizationLayerArgs extends AffineArgs {
  /** The axis of the channels. Default −1. */
  axis?: number;
  /** How much of the moving averages stays at each step. Default 0.99. */
  momentum?: number;
  /** Default 'zeros'. */
  movingMeanInitializer?: InitializerIdentifier;
  /** Default 'ones'. */
  movingVarianceInitializer?: InitializerIdentifier;
}

/**
 * Normalises each channel to mean 0 and variance 1: while training over the batch and all positions,
 * otherwise by moving averages of what training saw (Ioffe & Szegedy 2015). Any shape, kept.
 *
 *   y = gamma · (x − mean) / √(variance + epsilon) + beta
 *   moving ← momentum · moving + (1 − momentum) · of this batch
 *
 * Weights: gamma, beta, moving_mean, moving_variance, each [channels]; the last two are not trained.
 * A frozen layer (`trainable = false`) uses its averages in training too, and they stay. With a mask
 * [batch, ...] only what counts goes into mean and variance (Keras 3).
 */
export class BatchNormalization extends AffineNormalization {
  static override readonly className: string = 'BatchNormalization';
  static override readonly optionNames: readonly string[] = [
    ...AffineNormalization.optionNames,
    'axis',
    'momentum',
    'movingMeanInitializer',
    'movingVarianceInitializer',
  ];
  readonly axis: number;
  readonly momentum: number;
  readonly movingMeanInitializer: Initializer;
  readonly movingVarianceInitializer: Initializer;
  movingMean!: LayerVariable;
  movingVariance!: LayerVariable;

  constructor(args: BatchNormalizationLayerArgs = {}) {
    super(args);
    const options = this.options(args);
    this.axis = options.integer('axis', {}, -1);
    this.momentum = options.number('momentum', { min: 0, max: 1 }, 0.99);
    this.movingMeanInitializer = options.initializer('movingMeanInitializer', 'zeros');
    this.movingVarianceInitializer = options.initializer('movingVarianceInitializer', 'ones');
  }

  override build(inputShape: Shape | Shape[]): void {
    const shape = onlyShape(inputShape);
    const axis = resolveAxes(this.axis, shape.length, this)[0]!;
    const channels = sizesOf(shape, [axis], this)[0]!;
    this.addAffine([channels]);
    const moving = (name: string, initializer: Initializer) =>
      this.addWeight(name, [channels], 'float32', initializer, null, false);
    this.movingMean = moving('moving_mean', this.movingMeanInitializer);
    this.movingVariance = moving('moving_variance', this.movingVarianceInitializer);
    this.inputSpec = [{ ndim: shape.length, axes: { [axis]: channels } }];
    super.build(inputShape);
  }

  override call(inputs: Tensor | Tensor[], { training, mask }: Kwargs): Tensor {
    const x = onlyInput(inputs, this);
    const axis = resolveAxes(this.axis, x.rank, this)[0]!;
    const others = [...x.shape.keys()].filter((a) => a !== axis);
    // The channels' sizes where they are, 1 elsewhere; at the end they need no dimensions before.
    const channels =
      axis === x.rank - 1 ? [x.shape[axis]!] : x.shape.map((dim, a) => (a === axis ? dim : 1));
    if (!training || !this.trainable) {
      const [mean, variance] = [this.movingMean, this.movingVariance].map((v) =>
        v.read().reshape(channels),
      );
      return this.normalized(x, mean!, variance!, channels);
    }
    const move = (average: LayerVariable, value: Tensor) => {
      const old = average.read();
      average.write(old.sub(old.sub(value.reshape(old.shape)).mul(1 - this.momentum)));
    };
    const kept = Array.isArray(mask) ? mask[0] : mask;
    if (!kept && axis === x.rank - 1) {
      const size = x.shape[axis]!;
      const positions = x.shape.slice(0, -1).reduce((a, b) => a * b, 1);
      const { y, mean, variance } = this.normalizedByItself(x, [1, positions, size, 1]);
      move(this.movingMean, mean);
      move(this.movingVariance, variance);
      return y;
    }
    const { mean, variance } = kept ? this.maskedMoments(x, kept, others) : moments(x, others);
    move(this.movingMean, mean);
    move(this.movingVariance, variance);
    return this.normalized(x, mean.reshape(channels), variance.reshape(channels), channels);
  }

  /** Of the elements whose mask is true. */
  private maskedMoments(x: Tensor, mask: Tensor, axes: number[]) {
    let weight = mask.toFloat();
    while (weight.rank < x.rank) weight = weight.expandDims(-1);
    const weights = weight.broadcastTo(x.shape);
    const count = weights.sum(axes, true).add(1e-7);
    const mean = x.mul(weights).sum(axes, true).div(count);
    const variance = x.sub(mean).square().mul(weights).sum(axes, true).div(count);
    const channels = [x.size / axes.reduce((size, axis) => size * x.shape[axis]!, 1)];
    return { mean: mean.reshape(channels), variance: variance.reshape(channels) };
  }
}

export const batchNormalization = (
  args?: BatchNormalizationLayerArgs | ConfigDict,
): BatchNormalization => new BatchNormalization(args as BatchNormalizationLayerArgs);
