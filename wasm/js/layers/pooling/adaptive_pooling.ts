import type { Shape } from '../../dtype.js';
import { max, mean } from '../../ops/reduce.js';
import { concat, slice } from '../../ops/shape.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { onlyInput, type Kwargs } from '../layer.js';
import { SpatialLayer, type SpatialLayerArgs } from '../spatial.js';

export interface AdaptivePoolingLayerArgs extends SpatialLayerArgs {
  /** Spatial sizes of the output. One number stands for all dimensions. */
  outputSize: number | number[];
}

type Reduction = (x: Tensor, axis: number, keepDims: boolean) => Tensor;

/**
 * Cuts each spatial dimension of n cells into outputSize windows: window i covers the cells from
 * floor(i · n / outputSize) to ceil((i + 1) · n / outputSize), as in PyTorch and Keras 3. [batch,
 * ...spatial, channels] → [batch, ...outputSize, channels].
 */
export abstract class AdaptivePooling extends SpatialLayer {
  static override readonly optionNames: readonly string[] = [
    ...SpatialLayer.optionNames,
    'outputSize',
  ];

  readonly outputSize: number[];

  constructor(rank: number, args: AdaptivePoolingLayerArgs) {
    super(rank, args);
    this.outputSize = this.options(args).integers('outputSize', rank, { min: 1 });
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const shape = this.resized(inputShape, (size) => size);
    this.spatialAxes.forEach((axis, i) => (shape[axis] = this.outputSize[i]!));
    return shape;
  }

  /** One dimension after the other: means and maxima over boxes are those over their sides. */
  protected pool(reduce: Reduction, inputs: Tensor | Tensor[]): Tensor {
    return this.spatialAxes.reduce(
      (x, axis, i) => {
        const count = this.outputSize[i]!;
        const { shape } = x;
        const size = shape[axis]!;
        if (size % count === 0) {
          const windows = x.reshape([
            ...shape.slice(0, axis),
            count,
            size / count,
            ...shape.slice(axis + 1),
          ]);
          return reduce(windows, axis + 1, false);
        }
        const slices = Array.from({ length: count }, (_, place) => {
          const begin = Math.floor((place * size) / count);
          const end = Math.ceil(((place + 1) * size) / count);
          const from = shape.map((_, other) => (other === axis ? begin : 0));
          const lengths = shape.map((all, other) => (other === axis ? end - begin : all));
          return reduce(slice(x, from, lengths), axis, true);
        });
        return concat(slices, axis);
      },
      onlyInput(inputs, this),
    );
  }
}

export abstract class AdaptiveMaxPooling extends AdaptivePooling {
  override call(inputs: Tensor | Tensor[], _kwargs: Kwargs): Tensor {
    return this.pool(max, inputs);
  }
}

export abstract class AdaptiveAveragePooling extends AdaptivePooling {
  override call(inputs: Tensor | Tensor[], _kwargs: Kwargs): Tensor {
    return this.pool(mean, inputs);
  }
}

/** Maxima of windows: [batch, length, channels] → [batch, outputSize, channels]. */
export class AdaptiveMaxPooling1D extends AdaptiveMaxPooling {
  static override readonly className: string = 'AdaptiveMaxPooling1D';
  constructor(args: AdaptivePoolingLayerArgs) {
    super(1, args);
  }
}

/** Maxima of windows: [batch, height, width, channels] → [batch, ...outputSize, channels]. */
export class AdaptiveMaxPooling2D extends AdaptiveMaxPooling {
  static override readonly className: string = 'AdaptiveMaxPooling2D';
  constructor(args: AdaptivePoolingLayerArgs) {
    super(2, args);
  }
}

/** Maxima of windows of volumes. */
export class AdaptiveMaxPooling3D extends AdaptiveMaxPooling {
  static override readonly className: string = 'AdaptiveMaxPooling3D';
  constructor(args: AdaptivePoolingLayerArgs) {
    super(3, args);
  }
}

/** Means of windows: [batch, length, channels] → [batch, outputSize, channels]. */
export class AdaptiveAveragePooling1D extends AdaptiveAveragePooling {
  static override readonly className: string = 'AdaptiveAveragePooling1D';
  constructor(args: AdaptivePoolingLayerArgs) {
    super(1, args);
  }
}

/** Means of windows: [batch, height, width, channels] → [batch, ...outputSize, channels]. */
export class AdaptiveAveragePooling2D extends AdaptiveAveragePooling {
  static override readonly className: string = 'AdaptiveAveragePooling2D';
  constructor(args: AdaptivePoolingLayerArgs) {
    super(2, args);
  }
}

/** Means of windows of volumes. */
export class AdaptiveAveragePooling3D extends AdaptiveAveragePooling {
  static override readonly className: string = 'AdaptiveAveragePooling3D';
  constructor(args: AdaptivePoolingLayerArgs) {
    super(3, args);
  }
}

type Given = AdaptivePoolingLayerArgs;
type Args = Given | ConfigDict;
export const adaptiveMaxPooling1d = (args: Args) => new AdaptiveMaxPooling1D(args as Given);
export const adaptiveMaxPooling2d = (args: Args) => new AdaptiveMaxPooling2D(args as Given);
export const adaptiveMaxPooling3d = (args: Args) => new AdaptiveMaxPooling3D(args as Given);
export const adaptiveAveragePooling1d = (args: Args) => new AdaptiveAveragePooling1D(args as Given);
export const adaptiveAveragePooling2d = (args: Args) => new AdaptiveAveragePooling2D(args as Given);
export const adaptiveAveragePooling3d = (args: Args) => new AdaptiveAveragePooling3D(args as Given);
