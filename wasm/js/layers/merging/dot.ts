import type { Shape } from '../../dtype.js';
import { ValueError } from '../../errors.js';
import { matMul } from '../../ops/matmul.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { Layer, listOf, type LayerArgs } from '../layer.js';
import { mergedShapes } from './merge.js';

export interface DotLayerArgs extends LayerArgs {
  /** The axis that is summed over, of both inputs or one for each; the batch is axis 0. */
  axes: number | [number, number];
  /** Whether both are scaled to length 1 along it first: the result is the cosine. Default false. */
  normalize?: boolean;
}

/** x over its length along an axis. */
const unit = (x: Tensor, axis: number): Tensor =>
  x.div(x.square().sum(axis, true).maximum(1e-7).sqrt());

/** x as a matrix for each example, and whether the axis comes first in it: [batch, axis, others]. */
function asMatrices(x: Tensor, axis: number): [Tensor, boolean] {
  const { rank, shape } = x;
  const size = shape[axis]!;
  const others = shape.reduce((a, b, i) => (i === 0 || i === axis ? a : a * b), 1);
  if (axis === rank - 1) return [x.reshape([shape[0]!, others, size]), false];
  const perm = [0, axis, ...shape.keys()].filter((a, i, all) => all.indexOf(a) === i);
  return [x.transpose(perm).reshape([shape[0]!, size, others]), true];
}

/**
 * Scalar products of two inputs along an axis of each: [batch, ..., axis, ...] twice → [batch, other
 * dimensions of the first, other dimensions of the second], or [batch, 1] where none are left.
 */
export class Dot extends Layer {
  static override readonly className: string = 'Dot';
  static override readonly optionNames: readonly string[] = ['axes', 'normalize'];
  readonly axes: number | [number, number];
  readonly normalize: boolean;

  constructor(args: DotLayerArgs) {
    super(args);
    const options = this.options(args);
    const pair = options.integers('axes', 2) as [number, number];
    this.axes = typeof args.axes === 'number' ? args.axes : pair;
    this.normalize = options.flag('normalize', false);
    this.supportsMasking = true;
  }

  private axesOf(...ranks: [number, number]): [number, number] {
    const pair = [this.axes, this.axes].flat().slice(0, 2);
    return pair.map((axis, i) => {
      const rank = ranks[i]!;
      const front = axis < 0 ? axis + rank : axis;
      if (front > 0 && front < rank) return front;
      throw new ValueError(
        `Layer '${this.name}' (Dot): axes must be from 1 to ${rank - 1}, or negative from the end, ` +
          `for input ${i} of rank ${rank} (axis 0 is the batch), got ${JSON.stringify(this.axes)}`,
      );
    }) as [number, number];
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const shapes = mergedShapes(inputShape, this, 2) as [Shape, Shape];
    const [a, b] = shapes;
    const axes = this.axesOf(a.length, b.length);
    const sizes = [a[axes[0]]!, b[axes[1]]!];
    if (sizes[0] !== sizes[1] && !sizes.includes(null as never)) {
      throw new ValueError(
        `Layer '${this.name}' (Dot): the axes ${JSON.stringify(axes)} of the inputs must be of one ` +
          `size, got ${sizes[0]} and ${sizes[1]} (shapes ${JSON.stringify(shapes)})`,
      );
    }
    const rest = shapes.flatMap((shape, i) =>
      shape.filter((_, axis) => axis !== 0 && axis !== axes[i]),
    );
    return [a[0] ?? b[0] ?? null, ...(rest.length === 0 ? [1] : rest)];
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const list = listOf<Tensor>(inputs);
    const shape = this.computeOutputShape(list.map((x) => x.shape)) as number[];
    const [a, b] = list as [Tensor, Tensor];
    const axes = this.axesOf(a.rank, b.rank);
    const [x, y] = this.normalize ? [unit(a, axes[0]), unit(b, axes[1])] : [a, b];
    const [left, leftFirst] = asMatrices(x, axes[0]);
    const [right, rightFirst] = asMatrices(y, axes[1]);
    return matMul(left, right, leftFirst, !rightFirst).reshape(shape);
  }

  override computeMask(): null {
    return null;
  }
}

export const dot = (args: DotLayerArgs | ConfigDict): Dot =>
  new Dot(args as unknown as DotLayerArgs);
