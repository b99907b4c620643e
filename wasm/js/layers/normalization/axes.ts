import type { Shape } from '../../dtype.js';
import { ValueError } from '../../errors.js';
import type { Options } from '../options.js';

/** @internal An option that is one axis or a list of axes. */
export const readAxes = (options: Options, key: string, otherwise: number): number | number[] =>
  Array.isArray(options.any(key)) ? options.list(key) : options.integer(key, {}, otherwise);

/** @internal Axes counted from the front, in order. Throws ValueError, which names the layer. */
export function resolveAxes(
  axes: number | readonly number[],
  rank: number,
  layer: { name: string },
): number[] {
  const list = [axes].flat();
  const resolved = list.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b);
  const valid = resolved.every((axis, i) => axis >= 0 && axis < rank && axis !== resolved[i - 1]);
  if (!valid) {
    throw new ValueError(
      `Layer '${layer.name}': axis must name different axes from ${-rank} to ${rank - 1} for an ` +
        `input of rank ${rank}, got ${JSON.stringify(axes)}`,
    );
  }
  return resolved;
}

/** @internal The sizes of axes of a shape. Throws ValueError where one is not known. */
export function sizesOf(shape: Shape, axes: readonly number[], layer: { name: string }): number[] {
  return axes.map((axis) => {
    const size = shape[axis];
    if (size != null) return size;
    throw new ValueError(
      `Layer '${layer.name}' needs to know the size of axis ${axis} of its input, got shape ` +
        JSON.stringify(shape),
    );
  });
}
