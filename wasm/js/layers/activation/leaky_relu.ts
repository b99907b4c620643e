import { leakyRelu } from '../../ops/unary.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { Layer, onlyInput, type LayerArgs } from '../layer.js';

export interface LeakyReLULayerArgs extends LayerArgs {
  /** Slope below zero. Default 0.3. */
  alpha?: number;
}

/**
 * x, below zero alpha · x (Maas et al. 2013). Any shape, kept.
 */
export class LeakyReLU extends Layer {
  static override readonly className: string = 'LeakyReLU';
  static override readonly optionNames: readonly string[] = ['alpha'];
  readonly alpha: number;

  constructor(args: LeakyReLULayerArgs = {}) {
    super(args);
    this.alpha = this.options(args).number('alpha', {}, 0.3);
    this.supportsMasking = true;
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return leakyRelu(onlyInput(inputs, this), this.alpha);
  }
}

export const leakyReLU = (args?: LeakyReLULayerArgs | ConfigDict): LeakyReLU =>
  new LeakyReLU(args as LeakyReLULayerArgs);
