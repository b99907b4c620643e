import type { ConstraintIdentifier } from '../../constraints.js';
import type { Shape } from '../../dtype.js';
import { ValueError } from '../../errors.js';
import type { InitializerIdentifier } from '../../initializers.js';
import { notEqual } from '../../ops/arithmetic.js';
import { gather } from '../../ops/indexing.js';
import type { RegularizerIdentifier } from '../../regularizers.js';
import { serialize, type ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { Layer, onlyInput, onlyShape, type LayerArgs } from '../layer.js';
import type { LayerVariable } from '../layer_variable.js';
import { addWeightOf, readWeightOptions, weightOptions } from '../weight_options.js';

export interface EmbeddingLayerArgs extends LayerArgs {
  /** How many different numbers there are: the inputs are 0 … inputDim − 1. */
  inputDim: number;
  /** Length of the vectors. */
  outputDim: number;
  /** Default 'randomUniform'. */
  embeddingsInitializer?: InitializerIdentifier;
  embeddingsRegularizer?: RegularizerIdentifier;
  activityRegularizer?: RegularizerIdentifier;
  embeddingsConstraint?: ConstraintIdentifier;
  /** Whether 0 stands for nothing: the mask leaves it out. Default false. */
  maskZero?: boolean;
  /** Length of the sequences, or the sizes of all axes but the batch. */
  inputLength?: number | (number | null)[];
}

/**
 * A vector for each whole number: [batch, ...] → [batch, ..., outputDim]. Weight: embeddings
 * [inputDim, outputDim], of which the numbers are rows. With maskZero, the mask is x ≠ 0.
 */
export class Embedding extends Layer {
  static override readonly className: string = 'Embedding';
  static override readonly optionNames: readonly string[] = [
    'inputDim',
    'outputDim',
    ...weightOptions('embeddings'),
    'maskZero',
    'inputLength',
  ];
  readonly inputDim: number;
  readonly outputDim: number;
  readonly maskZero: boolean;
  readonly inputLength: number | (number | null)[] | null;
  embeddings!: LayerVariable;

  constructor(args: EmbeddingLayerArgs) {
    super(withShape(args));
    const options = this.options(args);
    this.inputDim = options.integer('inputDim', { min: 1 });
    this.outputDim = options.integer('outputDim', { min: 1 });
    readWeightOptions(this, options, { embeddings: 'randomUniform' });
    this.maskZero = options.flag('maskZero', false);
    const { inputLength } = args ?? {};
    if (inputLength != null) {
      const fits = (size: unknown) =>
        size === null || (Number.isInteger(size) && (size as number) > 0);
      if (!listOf(inputLength).every(fits)) {
        options.fail('inputLength', 'a whole number of at least 1, or a list of them');
      }
    }
    this.inputLength = inputLength ?? null;
    this.supportsMasking = this.maskZero;
  }

  override build(inputShape: Shape | Shape[]): void {
    this.embeddings = addWeightOf(this, 'embeddings', [this.inputDim, this.outputDim]);
    super.build(inputShape);
  }

  override computeMask(inputs: Tensor | Tensor[]): Tensor | null {
    return this.maskZero ? notEqual(onlyInput(inputs, this), 0) : null;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const shape = onlyShape(inputShape);
    const [batch, ...sizes] = shape;
    if (this.inputLength === null) return [...shape, this.outputDim];
    const lengths = listOf(this.inputLength);
    const fits = lengths.length === sizes.length;
    if (!fits || lengths.some((n, i) => n != null && sizes[i] != null && n !== sizes[i])) {
      throw new ValueError(
        `Layer '${this.name}': "inputLength" is ${JSON.stringify(this.inputLength)}, but received ` +
          `input shape ${JSON.stringify(shape)}`,
      );
    }
    return [batch!, ...lengths.map((n, i) => n ?? sizes[i]!), this.outputDim];
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const x = onlyInput(inputs, this);
    return gather(this.embeddings.read(), x.dtype === 'int32' ? x : x.asType('int32'));
  }

  override getConfig(): ConfigDict {
    const config = super.getConfig();
    if (this.inputLength === null) delete config['inputLength'];
    return { ...config, activityRegularizer: serialize(this.activityRegularizer) };
  }
}

const listOf = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);

/** As the first layer of a Sequential it needs no inputShape: it is [inputLength], or [null]. */
function withShape(args: EmbeddingLayerArgs): EmbeddingLayerArgs {
  if (args == null || args.batchInputShape != null || args.inputShape != null) return args;
  const sizes = args.inputLength == null ? [null] : listOf(args.inputLength);
  return { ...args, batchInputShape: [args.batchSize ?? null, ...sizes] };
}

export const embedding = (args: EmbeddingLayerArgs | ConfigDict): Embedding =>
  new Embedding(args as EmbeddingLayerArgs);
