import { logSumExp } from '../../ops/reduce.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { Layer, onlyInput, type Kwargs, type LayerArgs } from '../layer.js';
import { readAxes } from '../normalization/axes.js';

export interface SoftmaxLayerArgs extends LayerArgs {
  /** One axis or several, over all of which the sum is 1. Default −1, the last. */
  axis?: number | number[];
}

/** @internal Scores where the mask (true: counts) is false become so low that softmax gives 0. */
export const maskScores = (scores: Tensor, mask: Tensor): Tensor =>
  scores.add(mask.toFloat().sub(1).mul(1e9));

/**
 * exp(x) over its sum along `axis`. Any shape, kept. `apply(x, {mask})`: where the mask, of x's shape
 * or of its first dimensions, is false, the result is 0.
 */
export class Softmax extends Layer {
  static override readonly className: string = 'Softmax';
  static override readonly optionNames: readonly string[] = ['axis'];
  readonly axis: number | number[];

  constructor(args: SoftmaxLayerArgs = {}) {
    super(args);
    this.axis = readAxes(this.options(args), 'axis', -1);
    this.supportsMasking = true;
  }

  override call(inputs: Tensor | Tensor[], { mask }: Kwargs): Tensor {
    let x = onlyInput(inputs, this);
    let kept = Array.isArray(mask) ? mask[0] : mask;
    if (kept) {
      while (kept.rank < x.rank) kept = kept.expandDims(-1);
      x = maskScores(x, kept);
    }
    const axes = [this.axis].flat();
    if (axes.length === 1) return x.softmax(axes[0]);
    return x.sub(logSumExp(x, axes, true)).exp();
  }
}

export const softmax = (args?: SoftmaxLayerArgs | ConfigDict): Softmax =>
  new Softmax(args as SoftmaxLayerArgs);
