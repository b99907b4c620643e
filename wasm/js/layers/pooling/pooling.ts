import type { Shape } from '../../dtype.js';
import { core } from '../../engine.js';
import { operate } from '../../ops/operation.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { onlyInput, type Kwargs } from '../layer.js';
import { SpatialLayer, windowedSize, windowOf, type SpatialLayerArgs } from '../spatial.js';

/** Options of pooling layers. One number stands for all dimensions. */
export interface PoolingLayerArgs extends SpatialLayerArgs {
  /** Size of the window. Default 2. */
  poolSize?: number | number[];
  /** Default: poolSize. */
  strides?: number | number[] | null;
  /** Default 'valid'. */
  padding?: 'valid' | 'same';
}

/**
 * The greatest element, or the mean, of each window, for each channel: [batch, ...spatial,
 * channels] → [batch, ...places, channels], with floor((size − window) / stride) + 1 places along
 * each dimension for padding 'valid', else ceil(size / stride). Cells outside do not count.
 */
export abstract class Pooling extends SpatialLayer {
  static override readonly optionNames: readonly string[] = [
    ...SpatialLayer.optionNames,
    'poolSize',
    'strides',
    'padding',
  ];

  readonly poolSize: number[];
  readonly strides: number[];
  readonly padding: 'valid' | 'same';

  constructor(rank: number, args: PoolingLayerArgs = {}) {
    super(rank, args);
    const options = this.options(args);
    this.poolSize = options.integers('poolSize', rank, { min: 1 }, 2);
    this.strides = options.integers('strides', rank, { min: 1 }, this.poolSize);
    this.padding = options.choice('padding', ['valid', 'same'], 'valid');
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const { poolSize, strides, padding } = this;
    return this.resized(inputShape, (size, i) =>
      windowedSize(this, size, poolSize[i]!, strides[i]!, padding),
    );
  }

  protected pool(kind: 'max' | 'avg', inputs: Tensor | Tensor[]): Tensor {
    const { strides, padding, channelsFirst, poolSize } = this;
    const op = `${kind}Pool${this.rank as 1 | 3}d` as const;
    const window = windowOf(strides, padding, channelsFirst, poolSize);
    return operate(op, { x: onlyInput(inputs, this) }, (t) => core()[op](t.x, window));
  }
}

export abstract class MaxPooling extends Pooling {
  override call(inputs: Tensor | Tensor[], _kwargs: Kwargs): Tensor {
    return this.pool('max', inputs);
  }
}

export abstract class AveragePooling extends Pooling {
  override call(inputs: Tensor | Tensor[], _kwargs: Kwargs): Tensor {
    return this.pool('avg', inputs);
  }
}

/** The greatest element of each window: [batch, length, channels] → [batch, places, channels]. */
export class MaxPooling1D extends MaxPooling {
  static override readonly className: string = 'MaxPooling1D';
  constructor(args?: PoolingLayerArgs) {
    super(1, args);
  }
}

/** The greatest element of each window of volumes [batch, depth, height, width, channels]. */
export class MaxPooling3D extends MaxPooling {
  static override readonly className: string = 'MaxPooling3D';
  constructor(args?: PoolingLayerArgs) {
    super(3, args);
  }
}

/** The mean of each window: [batch, length, channels] → [batch, places, channels]. */
export class AveragePooling1D extends AveragePooling {
  static override readonly className: string = 'AveragePooling1D';
  constructor(args?: PoolingLayerArgs) {
    super(1, args);
  }
}

/** The mean of each window of volumes [batch, depth, height, width, channels]. */
export class AveragePooling3D extends AveragePooling {
  static override readonly className: string = 'AveragePooling3D';
  constructor(args?: PoolingLayerArgs) {
    super(3, args);
  }
}

type Args = PoolingLayerArgs | ConfigDict;
export const maxPooling1d = (args?: Args) => new MaxPooling1D(args as PoolingLayerArgs);
export const maxPooling3d = (args?: Args) => new MaxPooling3D(args as PoolingLayerArgs);
export const averagePooling1d = (args?: Args) => new AveragePooling1D(args as PoolingLayerArgs);
export const averagePooling3d = (args?: Args) => new AveragePooling3D(args as PoolingLayerArgs);

// TensorFlow.js's other names.
export const maxPool1d = maxPooling1d;
export const maxPool3d = maxPooling3d;
export const avgPool1d = averagePooling1d;
export const avgPooling1d = averagePooling1d;
export const avgPool3d = averagePooling3d;
export const avgPooling3d = averagePooling3d;
