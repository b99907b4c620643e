import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { Layer, onlyInput, type LayerArgs } from '../layer.js';

export interface ThresholdedReLULayerArgs extends LayerArgs {
  /** Default 1. */
  theta?: number;
}

/**
 * x where it is above theta, else 0 (Konda et al. 2015). Any shape, kept.
 */
export class ThresholdedReLU extends Layer {
  static override readonly className: string = 'ThresholdedReLU';
  static override readonly optionNames: readonly string[] = ['theta'];
  readonly theta: number;

  constructor(args: ThresholdedReLULayerArgs = {}) {
    super(args);
    this.theta = this.options(args).number('theta', {}, 1);
    this.supportsMasking = true;
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const x = onlyInput(inputs, this);
    return x.mul(x.greater(this.theta).toFloat());
  }
}

export const thresholdedReLU = (args?: ThresholdedReLULayerArgs | ConfigDict): ThresholdedReLU =>
  new ThresholdedReLU(args as ThresholdedReLULayerArgs);
