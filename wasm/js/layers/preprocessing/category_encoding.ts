import type { Shape } from '../../dtype.js';
import { ValueError } from '../../errors.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { Layer, onlyInput, onlyShape, type Kwargs, type LayerArgs } from '../layer.js';
import { encode, encodedShape, kEncodings, type Encoding } from './encode.js';

export interface CategoryEncodingArgs extends LayerArgs {
  /** How many tokens there are: 0 to numTokens − 1. */
  numTokens: number;
  /** Default 'multiHot'. */
  outputMode?: Encoding;
}

/**
 * Tokens, whole numbers from 0, as vectors of numTokens elements, float32:
 *
 * - 'oneHot': each token by itself, [..., n] → [..., n, numTokens]; [..., 1] → [..., numTokens].
 * - 'multiHot': which tokens each row has, [..., n] → [..., numTokens].
 * - 'count': how often, [..., n] → [..., numTokens]; `apply(x, {countWeights})`, of the input's
 *   shape, says how much each counts.
 *
 * Tokens out of range count nowhere. (TensorFlow.js throws; it can see the values.)
 */
export class CategoryEncoding extends Layer {
  static override readonly className: string = 'CategoryEncoding';
  static override readonly optionNames: readonly string[] = ['numTokens', 'outputMode'];
  readonly numTokens: number;
  readonly outputMode: Encoding;

  constructor(args: CategoryEncodingArgs) {
    super(args);
    const options = this.options(args);
    this.numTokens = options.integer('numTokens', { min: 1 });
    this.outputMode = options.choice('outputMode', kEncodings, 'multiHot');
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return encodedShape(onlyShape(inputShape), this.outputMode, this.numTokens);
  }

  override call(inputs: Tensor | Tensor[], kwargs: Kwargs): Tensor {
    const weights = kwargs['countWeights'] as Tensor | Tensor[] | undefined;
    if (weights !== undefined && this.outputMode !== 'count') {
      throw new ValueError(
        `Layer '${this.name}' (CategoryEncoding): countWeights are for outputMode 'count', but it is ` +
          `'${this.outputMode}'`,
      );
    }
    const weight = weights && onlyInput(weights, this);
    return encode(onlyInput(inputs, this), this.outputMode, this.numTokens, weight);
  }
}

export const categoryEncoding = (args: CategoryEncodingArgs | ConfigDict): CategoryEncoding =>
  new CategoryEncoding(args as unknown as CategoryEncodingArgs);
