import type { Shape } from '../../dtype.js';
import { ValueError } from '../../errors.js';
import type { Tensor } from '../../tensor.js';
import { Layer, shapesOf, type Kwargs, type LayerArgs } from '../layer.js';

/** A function of tensors: it gets what the layer is called on, and how. */
export type LayerFunction = (inputs: never, kwargs: Kwargs) => Tensor | Tensor[];

export interface FnLayerArgs extends LayerArgs {
  /** Shape of one example of the output, the batch not included. By default found by tracing. */
  outputShape?: Shape | ((inputShape: Shape | Shape[]) => Shape | Shape[]);
}

/**
 * A function of tensors, written in ops, as a layer without weights (Keras: Lambda). In a model it is
 * traced once for each shape, and runs as part of the program. A configuration cannot hold a function:
 * models with such layers are saved as a class of one's own.
 */
export class Fn extends Layer {
  static override readonly className: string = 'Fn';
  static override readonly optionNames: readonly string[] = ['f', 'outputShape'];
  private readonly f: LayerFunction;

  constructor(args: FnLayerArgs & { f: LayerFunction }) {
    super(args);
    const { f, outputShape } = args;
    if (typeof f !== 'function') {
      throw new ValueError(
        `Layer '${this.name}' (Fn) needs a function, got ${f === null ? 'null' : typeof f}. ` +
          'Configurations do not hold it: call hd.layers.fn(f, options), or write a class of your own',
      );
    }
    this.f = f;
    this.supportsMasking = true;
    if (outputShape == null) return;
    const options = this.options(args);
    const fixed = typeof outputShape === 'function' ? null : options.shape('outputShape');
    // As an attribute, so that a layer without the option has its shape found by tracing.
    this.computeOutputShape = (inputShape) =>
      fixed === null
        ? (outputShape as (shape: Shape | Shape[]) => Shape | Shape[])(inputShape)
        : [shapesOf(inputShape)[0]![0]!, ...fixed];
  }

  override call(inputs: Tensor | Tensor[], kwargs: Kwargs): Tensor | Tensor[] {
    return this.f(inputs as never, kwargs);
  }
}

/** A layer that computes `f`, a function of a tensor (or of a list of them). */
export const fn = <Inputs extends Tensor | Tensor[]>(
  f: (inputs: Inputs, kwargs: Kwargs) => Tensor | Tensor[],
  args: FnLayerArgs = {},
): Fn => new Fn({ ...args, f: f as LayerFunction });
