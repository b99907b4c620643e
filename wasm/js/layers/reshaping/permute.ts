import type { DataType, Shape } from '../../dtype.js';
import { ValueError } from '../../errors.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { Layer, onlyInput, onlyShape } from '../layer.js';
import type { Kwargs, LayerArgs } from '../layer.js';

export interface PermuteLayerArgs extends LayerArgs {
  /** The input's dimension (from 1; 0 is the batch) that each dimension of the output is. */
  dims: number[];
}

/** Dimensions in another order: dims [2, 1] takes [batch, a, b] to [batch, b, a]. */
export class Permute extends Layer {
  static override readonly className: string = 'Permute';
  static override readonly optionNames: readonly string[] = ['dims'];
  readonly dims: number[];

  constructor(args: PermuteLayerArgs) {
    super(args);
    const options = this.options(args);
    this.dims = options.list('dims', { min: 1 });
    const { length } = this.dims;
    if (new Set(this.dims).size !== length || this.dims.some((dim) => dim > length)) {
      options.fail('dims', `each of the numbers from 1 to ${length} once`);
    }
    this.inputSpec = [{ ndim: length + 1 }];
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const shape = onlyShape(inputShape);
    if (shape.length !== this.dims.length + 1) {
      throw new ValueError(
        `Permute layer '${this.name}' with dims [${this.dims}] needs an input of rank ` +
          `${this.dims.length + 1}, got shape [${shape}]`,
      );
    }
    return [0, ...this.dims].map((dim) => shape[dim]!);
  }

  override computeOutputDtypes(dtypes: DataType[]): DataType[] {
    return dtypes;
  }

  override call(inputs: Tensor | Tensor[], _kwargs: Kwargs): Tensor {
    return onlyInput(inputs, this).transpose([0, ...this.dims]);
  }
}

export const permute = (args: PermuteLayerArgs | ConfigDict) =>
  new Permute(args as PermuteLayerArgs);
