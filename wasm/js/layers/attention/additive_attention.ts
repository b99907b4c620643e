import type { Shape } from '../../dtype.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { Layer, shapesOf, type LayerArgs } from '../layer.js';
import { sizesOf } from '../normalization/axes.js';
import { Attention, checkInputCount } from './attention.js';

export interface AdditiveAttentionLayerArgs extends LayerArgs {
  /** Whether each dimension has a learned factor. Default true. */
  useScale?: boolean;
  /** The part of the weights that is dropped while training. Default 0. */
  dropout?: number;
  seed?: number;
}

/**
 * Additive attention (Bahdanau et al. 2015; Keras): the score of a query q and a key k is
 * Σ scale · tanh(q + k). All else is as in Attention. Weight: scale [dim], with useScale.
 */
export class AdditiveAttention extends Attention {
  static override readonly className: string = 'AdditiveAttention';
  static override readonly optionNames: readonly string[] = ['useScale', 'dropout', 'seed'];

  constructor(args: AdditiveAttentionLayerArgs = {}) {
    super(args, true);
  }

  override build(inputShape: Shape | Shape[]): void {
    const shapes = shapesOf(inputShape);
    checkInputCount(shapes, this);
    const query = shapes[0]!;
    if (this.useScale)
      this.scale = this.addWeight('scale', sizesOf(query, [query.length - 1], this));
    Layer.prototype.build.call(this, inputShape);
  }

  protected override multiplier(): Tensor | null {
    return null;
  }

  protected override scores(query: Tensor, key: Tensor): Tensor {
    const sum = query.expandDims(-2).add(key.expandDims(-3)).tanh(); // [batch, Tq, Tv, dim]
    return (this.scale === null ? sum : sum.mul(this.scale.read())).sum(-1);
  }
}

export const additiveAttention = (
  args?: AdditiveAttentionLayerArgs | ConfigDict,
): AdditiveAttention => new AdditiveAttention(args as AdditiveAttentionLayerArgs);
