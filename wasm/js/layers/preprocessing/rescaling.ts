import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { Layer, onlyInput, type LayerArgs } from '../layer.js';

export interface RescalingArgs extends LayerArgs {
  scale: number;
  /** Default 0. */
  offset?: number;
}

/** x · scale + offset, float32: brings pixels to another range. Any shape, kept. */
export class Rescaling extends Layer {
  static override readonly className: string = 'Rescaling';
  static override readonly optionNames: readonly string[] = ['scale', 'offset'];
  readonly scale: number;
  readonly offset: number;

  constructor(args: RescalingArgs) {
    super(args);
    const options = this.options(args);
    this.scale = options.number('scale');
    this.offset = options.number('offset', {}, 0);
    this.supportsMasking = true;
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return onlyInput(inputs, this).toFloat().mul(this.scale).add(this.offset);
  }
}

export const rescaling = (args: RescalingArgs | ConfigDict): Rescaling =>
  new Rescaling(args as unknown as RescalingArgs);
