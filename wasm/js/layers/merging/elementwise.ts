import type { DataType, Shape } from '../../dtype.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { type LayerArgs } from '../layer.js';
import { Merge, mergedShapes } from './merge.js';

/** The first of exactly two inputs less the second (Keras); inputs broadcast. */
export class Subtract extends Merge {
  static override readonly className: string = 'Subtract';

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return super.computeOutputShape(mergedShapes(inputShape, this, 2));
  }

  protected merge([a, b]: Tensor[]): Tensor {
    return a!.sub(b!);
  }
}

/** The product of its inputs, which broadcast. */
export class Multiply extends Merge {
  static override readonly className: string = 'Multiply';

  protected merge(inputs: Tensor[]): Tensor {
    return inputs.reduce((a, b) => a.mul(b));
  }
}

/** The mean of its inputs, which broadcast. */
export class Average extends Merge {
  static override readonly className: string = 'Average';

  override computeOutputDtypes(): DataType[] {
    return ['float32'];
  }

  protected merge(inputs: Tensor[]): Tensor {
    return inputs.reduce((a, b) => a.add(b)).mul(1 / inputs.length);
  }
}

/** The greatest of its inputs, which broadcast. */
export class Maximum extends Merge {
  static override readonly className: string = 'Maximum';

  protected merge(inputs: Tensor[]): Tensor {
    return inputs.reduce((a, b) => a.maximum(b));
  }
}

/** The least of its inputs, which broadcast. */
export class Minimum extends Merge {
  static override readonly className: string = 'Minimum';

  protected merge(inputs: Tensor[]): Tensor {
    return inputs.reduce((a, b) => a.minimum(b));
  }
}

export const subtract = (args?: LayerArgs | ConfigDict): Subtract =>
  new Subtract(args as LayerArgs);
export const multiply = (args?: LayerArgs | ConfigDict): Multiply =>
  new Multiply(args as LayerArgs);
export const average = (args?: LayerArgs | ConfigDict): Average => new Average(args as LayerArgs);
export const maximum = (args?: LayerArgs | ConfigDict): Maximum => new Maximum(args as LayerArgs);
export const minimum = (args?: LayerArgs | ConfigDict): Minimum => new Minimum(args as LayerArgs);
