import type { Shape } from '../../dtype.js';
import { ValueError } from '../../errors.js';
import type { Initializer, InitializerIdentifier } from '../../initializers.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { Layer, onlyInput, onlyShape, type Kwargs, type LayerArgs } from '../layer.js';
import type { LayerVariable } from '../layer_variable.js';
import { sizesOf } from '../normalization/axes.js';

export interface PositionEmbeddingArgs extends LayerArgs {
  /** The longest sequence that it serves. */
  sequenceLength: number;
  /** Default 'glorotUniform'. */
  initializer?: InitializerIdentifier;
}

/**
 * A learned vector for each position (Gehring et al. 2017; KerasHub). Input [..., time, features],
 * with time up to sequenceLength. Output: the vectors of the positions in the input's shape, to be
 * added to it. Weight: position_embeddings [sequenceLength, features].
 *
 * `apply(x, {startIndex})`: the position that comes first, by default 0.
 */
export class PositionEmbedding extends Layer {
  static override readonly className: string = 'PositionEmbedding';
  static override readonly optionNames: readonly string[] = ['sequenceLength', 'initializer'];
  readonly sequenceLength: number;
  readonly initializer: Initializer;
  positionEmbeddings!: LayerVariable;

  constructor(args: PositionEmbeddingArgs) {
    super(args);
    const options = this.options(args);
    this.sequenceLength = options.integer('sequenceLength', { min: 1 });
    this.initializer = options.initializer('initializer', 'glorotUniform');
    this.inputSpec = [{ minNDim: 2 }];
    this.supportsMasking = true;
  }

  override build(inputShape: Shape | Shape[]): void {
    const shape = onlyShape(inputShape);
    const [features] = sizesOf(shape, [shape.length - 1], this) as [number];
    this.positionEmbeddings = this.addWeight(
      'position_embeddings',
      [this.sequenceLength, features],
      'float32',
      this.initializer,
    );
    this.inputSpec = [{ minNDim: 2, axes: { [-1]: features } }];
    super.build(inputShape);
  }

  override call(inputs: Tensor | Tensor[], kwargs: Kwargs): Tensor {
    const { shape } = onlyInput(inputs, this);
    const first = (kwargs['startIndex'] as number | undefined) ?? 0;
    const time = shape.at(-2)!;
    if (!Number.isInteger(first) || first < 0 || first + time > this.sequenceLength) {
      throw new ValueError(
        `Layer '${this.name}' (PositionEmbedding) has positions up to sequenceLength ` +
          `${this.sequenceLength}, but the input of shape [${shape}] begins at ${first}`,
      );
    }
    const rows = this.positionEmbeddings.read().slice([first, 0], [time, shape.at(-1)!]);
    return rows.broadcastTo(shape);
  }
}

export const positionEmbedding = (args: PositionEmbeddingArgs | ConfigDict): PositionEmbedding =>
  new PositionEmbedding(args as unknown as PositionEmbeddingArgs);
