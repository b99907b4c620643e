import type { DataType, Shape } from '../dtype.js';
import { ValueError } from '../errors.js';

export interface InputSpecArgs {
  /** The exact shape; null fits any size. */
  shape?: Shape;
  dtype?: DataType;
  /** The exact rank. */
  ndim?: number;
  maxNDim?: number;
  minNDim?: number;
  /** Sizes that axes must have; negative axes count from the end. */
  axes?: Record<number, number>;
}

/** What one input of a layer must be. */
export class InputSpec implements InputSpecArgs {
  shape?: Shape;
  dtype?: DataType;
  ndim?: number;
  maxNDim?: number;
  minNDim?: number;
  axes: Record<number, number>;

  constructor(args: InputSpecArgs) {
    if (args.shape !== undefined) this.shape = args.shape;
    if (args.dtype !== undefined) this.dtype = args.dtype;
    const ndim = args.shape?.length ?? args.ndim;
    if (ndim !== undefined) this.ndim = ndim;
    if (args.maxNDim !== undefined) this.maxNDim = args.maxNDim;
    if (args.minNDim !== undefined) this.minNDim = args.minNDim;
    this.axes = args.axes ?? {};
  }
}

const show = (shape: Shape) => `[${shape.map((dim) => dim ?? 'null')}]`;

/** @internal Throws ValueError where the shapes are not what a layer's inputs must be. */
export function checkInputs(
  layer: string,
  specs: readonly InputSpecArgs[] | null | undefined,
  shapes: readonly Shape[],
): void {
  if (specs == null || specs.length === 0) return;
  if (specs.length !== shapes.length) {
    throw new ValueError(
      `Layer '${layer}' expects ${specs.length} input(s), but it received ${shapes.length} input ` +
        `tensor(s): ${shapes.map(show).join(', ')}`,
    );
  }
  specs.forEach((spec, i) => {
    if (spec == null) return;
    const shape = shapes[i]!;
    const refuse = (needed: string): never => {
      throw new ValueError(
        `Input ${i} is incompatible with layer '${layer}': it needs ${needed}, got shape ` +
          `${show(shape)} of rank ${shape.length}`,
      );
    };
    const rank = spec.shape?.length ?? spec.ndim;
    if (rank != null && shape.length !== rank) refuse(`rank ${rank}`);
    if (spec.maxNDim != null && shape.length > spec.maxNDim) {
      refuse(`rank ${spec.maxNDim} or less`);
    }
    if (spec.minNDim != null && shape.length < spec.minNDim) {
      refuse(`rank ${spec.minNDim} or more`);
    }
    for (const [key, size] of Object.entries(spec.axes ?? {})) {
      const axis = Number(key);
      const got = shape[axis < 0 ? shape.length + axis : axis];
      if (size == null || got == null || got === size) continue;
      throw new ValueError(
        `Input is incompatible with layer '${layer}': its weights were built for inputs of size ` +
          `${size} along axis ${axis}, got size ${got} (shape ${show(shape)}). A layer has one set ` +
          `of weights, of one shape: use a second layer for inputs of size ${got}`,
      );
    }
    spec.shape?.forEach((size, axis) => {
      const got = shape[axis];
      if (size != null && got != null && got !== size) refuse(`shape ${show(spec.shape!)}`);
    });
  });
}
