import type { DataType, Shape } from '../../dtype.js';
import { ValueError } from '../../errors.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { Layer, onlyInput, onlyShape } from '../layer.js';
import type { Kwargs, LayerArgs } from '../layer.js';

export interface RepeatVectorLayerArgs extends LayerArgs {
  /** How many times. */
  n: number;
}

/** Repeats its input n times: [batch, features] → [batch, n, features]. */
export class RepeatVector extends Layer {
  static override readonly className: string = 'RepeatVector';
  static override readonly optionNames: readonly string[] = ['n'];
  readonly n: number;

  constructor(args: RepeatVectorLayerArgs) {
    super(args);
    this.n = this.options(args).integer('n', { min: 1 });
    this.inputSpec = [{ ndim: 2 }];
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const shape = onlyShape(inputShape);
    if (shape.length !== 2) {
      throw new ValueError(
        `RepeatVector layer '${this.name}' needs an input [batch, features], got shape [${shape}]`,
      );
    }
    return [shape[0]!, this.n, shape[1]!];
  }

  override computeOutputDtypes(dtypes: DataType[]): DataType[] {
    return dtypes;
  }

  override call(inputs: Tensor | Tensor[], _kwargs: Kwargs): Tensor {
    return onlyInput(inputs, this).expandDims(1).tile([1, this.n, 1]);
  }
}

export const repeatVector = (args: RepeatVectorLayerArgs | ConfigDict) =>
  new RepeatVector(args as RepeatVectorLayerArgs);
