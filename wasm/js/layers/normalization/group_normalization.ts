import type { Shape } from '../../dtype.js';
import { ValueError } from '../../errors.js';
import { moments } from '../../ops/reduce.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { onlyInput, onlyShape } from '../layer.js';
import { AffineNormalization, type AffineArgs } from './affine.js';
import { resolveAxes, sizesOf } from './axes.js';

export interface GroupNormalizationLayerArgs extends AffineArgs {
  /** How many groups the channels form; −1: each is its own. Must divide them. Default 32. */
  groups?: number;
  /** The axis of the channels. Default −1. */
  axis?: number;
}

/**
 * Normalises each group of channels of each example, over all positions, to mean 0 and variance 1,
 * then scales and shifts each channel (Wu & He 2018; Keras). Any shape, kept.
 *
 * Weights: gamma, beta, each [channels].
 */
export class GroupNormalization extends AffineNormalization {
  static override readonly className: string = 'GroupNormalization';
  static override readonly optionNames: readonly string[] = [
    ...AffineNormalization.optionNames,
    'groups',
    'axis',
  ];
  readonly groups: number;
  readonly axis: number;

  constructor(args: GroupNormalizationLayerArgs = {}) {
    super(args);
    const options = this.options(args);
    this.groups = options.integer('groups', { min: -1 }, 32);
    if (this.groups === 0) options.fail('groups', 'a positive whole number, or -1');
    this.axis = options.integer('axis', {}, -1);
  }

  override build(inputShape: Shape | Shape[]): void {
    const shape = onlyShape(inputShape);
    const axis = resolveAxes(this.axis, shape.length, this)[0]!;
    const channels = sizesOf(shape, [axis], this)[0]!;
    if (this.groups > 0 && channels % this.groups !== 0) {
      throw new ValueError(
        `Layer '${this.name}' (GroupNormalization): the ${channels} channels of its input do not ` +
          `divide into ${this.groups} groups`,
      );
    }
    this.addAffine([channels]);
    this.inputSpec = [{ ndim: shape.length, axes: { [axis]: channels } }];
    super.build(inputShape);
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const x = onlyInput(inputs, this);
    const axis = resolveAxes(this.axis, x.rank, this)[0]!;
    const groups = this.groups > 0 ? this.groups : x.shape[axis]!;
    if (axis === x.rank - 1) {
      const [batch, channels] = [x.shape[0]!, x.shape[axis]!];
      const positions = x.shape.slice(1, -1).reduce((a, b) => a * b, 1);
      return this.normalizedByItself(x, [batch, positions, groups, channels / groups]).y;
    }
    const split = (shape: number[]) => [
      ...shape.slice(0, axis),
      groups,
      shape[axis]! / groups,
      ...shape.slice(axis + 1),
    ];
    const grouped = x.reshape(split(x.shape));
    const axes = [...grouped.shape.keys()].filter((a) => a !== 0 && a !== axis);
    const { mean, variance } = moments(grouped, axes, true);
    const shape = split(x.shape.map((dim, a) => (a === axis ? dim : 1)));
    return this.normalized(grouped, mean, variance, shape).reshape(x.shape);
  }
}

export const groupNormalization = (
  args?: GroupNormalizationLayerArgs | ConfigDict,
): GroupNormalization => new GroupNormalization(args as GroupNormalizationLayerArgs);
