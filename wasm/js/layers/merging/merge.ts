import type { DataType, Shape } from '../../dtype.js';
import { ValueError } from '../../errors.js';
import type { Tensor } from '../../tensor.js';
import { Layer, listOf, shapesOf, type LayerArgs } from '../layer.js';

/** @internal The shapes of a merging layer's inputs. Throws ValueError unless there are enough. */
export function mergedShapes(inputShape: Shape | Shape[], layer: Layer, exactly?: number): Shape[] {
  const shapes = shapesOf(inputShape);
  if (exactly === undefined ? shapes.length < 2 : shapes.length !== exactly) {
    throw new ValueError(
      `Layer '${layer.name}' (${layer.getClassName()}) takes a list of ` +
        `${exactly === undefined ? 'at least 2' : `exactly ${exactly}`} inputs, got ` +
        `${shapes.length}`,
    );
  }
  const sizes = new Set(shapes.map((shape) => shape[0]).filter((size) => size != null));
  if (sizes.size > 1) {
    throw new ValueError(
      `Layer '${layer.name}' (${layer.getClassName()}): its inputs have different batch sizes: ` +
        JSON.stringify(shapes),
    );
  }
  return shapes;
}

/** Two shapes without the batch as one; they are aligned at the end. Null where they do not fit. */
function broadcast(a: Shape, b: Shape): Shape | null {
  if (a.length < b.length) return broadcast(b, a);
  const shape = [...a];
  for (let back = 1; back <= b.length; back++) {
    const [i, j] = [a.at(-back)!, b.at(-back)!];
    if (i !== null && j !== null && i !== j && i !== 1 && j !== 1) return null;
    shape[a.length - back] = i === null || j === null ? null : i === 1 ? j : i;
  }
  return shape;
}

/**
 * Joins its inputs element by element. Two inputs or more [batch, ...], which broadcast; those of a
 * smaller rank get dimensions of 1 behind the batch. To write one: derive, define `merge`.
 *
 * Masks: the output counts where any input's mask does, and has none where one input has none (as
 * Keras 3; TensorFlow.js drops masks and adds an axis).
 */
export abstract class Merge extends Layer {
  constructor(args: LayerArgs = {}) {
    super(args);
    this.supportsMasking = true;
  }

  /** The inputs, of one rank, as one tensor. */
  protected abstract merge(inputs: Tensor[]): Tensor;

  override computeOutputDtypes(dtypes: DataType[]): DataType[] {
    return [dtypes.includes('float32') ? 'float32' : 'int32'];
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const shapes = mergedShapes(inputShape, this);
    const batch = shapes.map((shape) => shape[0]).find((size) => size != null) ?? null;
    const rest = shapes
      .map((shape) => shape.slice(1))
      .reduce<Shape | null>((a, b) => a && broadcast(a, b), []);
    if (rest === null) {
      throw new ValueError(
        `Layer '${this.name}' (${this.getClassName()}): inputs of shapes ` +
          `${JSON.stringify(shapes)} do not broadcast together. Dimensions behind the batch must ` +
          'be equal or 1, counted from the end',
      );
    }
    return [batch, ...rest];
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const list = listOf<Tensor>(inputs);
    this.computeOutputShape(list.map(({ shape }) => shape)); // throws where they do not fit
    const rank = Math.max(...list.map((x) => x.rank));
    return this.merge(
      list.map((x) => {
        const [batch, ...rest] = x.shape as [number, ...number[]];
        return x.rank === rank
          ? x
          : x.reshape([batch, ...new Array<number>(rank - x.rank).fill(1), ...rest]);
      }),
    );
  }

  override computeMask(_inputs: Tensor | Tensor[], mask?: Tensor | (Tensor | null)[] | null) {
    if (!Array.isArray(mask) || mask.some((one) => one == null)) return null;
    return (mask as Tensor[]).reduce((a, b) => a.logicalOr(b));
  }
}
