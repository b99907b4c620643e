import type { Shape } from '../../dtype.js';
import { notEqual } from '../../ops/arithmetic.js';
import { any } from '../../ops/reduce.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { Layer, onlyInput, onlyShape, type LayerArgs } from '../layer.js';

export interface MaskingArgs extends LayerArgs {
  /** Steps all of whose features have this value are left out. Default 0. */
  maskValue?: number;
}

/**
 * Leaves steps of time out: the mask [batch, time] is false where all features of a step of x
 * [batch, time, features] are maskValue. These steps become zeros; layers after it that know masks
 * skip them.
 */
export class Masking extends Layer {
  static override readonly className: string = 'Masking';
  static override readonly optionNames: readonly string[] = ['maskValue'];
  readonly maskValue: number;

  constructor(args: MaskingArgs = {}) {
    super(args);
    this.maskValue = this.options(args).number('maskValue', {}, 0);
    this.supportsMasking = true;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return onlyShape(inputShape);
  }

  override computeMask(inputs: Tensor | Tensor[]): Tensor {
    return any(notEqual(onlyInput(inputs, this), this.maskValue), -1);
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const x = onlyInput(inputs, this);
    return x.mul(any(notEqual(x, this.maskValue), -1, true).asType(x.dtype));
  }
}

export const masking = (args?: MaskingArgs | ConfigDict): Masking =>
  new Masking(args as MaskingArgs);
