import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { Layer, onlyInput, type LayerArgs } from '../layer.js';
import { readAxes, resolveAxes } from './axes.js';

export interface UnitNormalizationLayerArgs extends LayerArgs {
  /** The axis or axes along which lengths are taken. Default −1. */
  axis?: number | number[];
}

/**
 * Divides by the Euclidean length along `axis` (or by 1e-12, if that is more), so that each has
 * length 1 (Keras). Any shape, kept.
 */
export class UnitNormalization extends Layer {
  static override readonly className: string = 'UnitNormalization';
  static override readonly optionNames: readonly string[] = ['axis'];
  readonly axis: number | number[];

  constructor(args: UnitNormalizationLayerArgs = {}) {
    super(args);
    this.axis = readAxes(this.options(args), 'axis', -1);
    this.supportsMasking = true;
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const x = onlyInput(inputs, this);
    const axes = resolveAxes(this.axis, x.rank, this);
    return x.mul(x.square().sum(axes, true).maximum(1e-24).rsqrt());
  }
}

export const unitNormalization = (
  args?: UnitNormalizationLayerArgs | ConfigDict,
): UnitNormalization => new UnitNormalization(args as UnitNormalizationLayerArgs);
