import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { elu as eluOp } from '../../ops/unary.js';
import { Layer, onlyInput, type LayerArgs } from '../layer.js';

export interface ELULayerArgs extends LayerArgs {
  /** What the negative side tends to, negated. Default 1. */
  alpha?: number;
}

/**
 * x, below zero alpha (exp(x) − 1) (Clevert et al. 2016). Any shape, kept.
 */
export class ELU extends Layer {
  static override readonly className: string = 'ELU';
  static override readonly optionNames: readonly string[] = ['alpha'];
  readonly alpha: number;

  constructor(args: ELULayerArgs = {}) {
    super(args);
    this.alpha = this.options(args).number('alpha', {}, 1);
    this.supportsMasking = true;
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const x = onlyInput(inputs, this);
    if (this.alpha === 1) return eluOp(x);
    return x.relu().add(x.minimum(0).expm1().mul(this.alpha));
  }
}

export const elu = (args?: ELULayerArgs | ConfigDict): ELU => new ELU(args as ELULayerArgs);
