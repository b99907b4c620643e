import type { DataType, Shape } from '../../dtype.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { Layer, type LayerArgs } from '../layer.js';

/** Its input, or all of them, as they are (Keras). */
export class Identity extends Layer {
  static override readonly className: string = 'Identity';

  constructor(args: LayerArgs = {}) {
    super(args);
    this.supportsMasking = true;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape | Shape[] {
    return inputShape;
  }

  override computeOutputDtypes(dtypes: DataType[]): DataType[] {
    return dtypes;
  }

  override call(inputs: Tensor | Tensor[]): Tensor | Tensor[] {
    return inputs;
  }
}

export const identity = (args?: LayerArgs | ConfigDict): Identity =>
  new Identity(args as LayerArgs);
