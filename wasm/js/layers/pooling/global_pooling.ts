import type { Shape } from '../../dtype.js';
import { div } from '../../ops/arithmetic.js';
import { max, mean, sum } from '../../ops/reduce.js';
import { where } from '../../ops/indexing.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { onlyInput, type Kwargs } from '../layer.js';
import { SpatialLayer, type SpatialLayerArgs } from '../spatial.js';

export interface GlobalPoolingLayerArgs extends SpatialLayerArgs {
  /** Whether the spatial dimensions stay, with size 1 (Keras). Default false. */
  keepDims?: boolean;
}

/**
 * One number for each channel: [batch, ...spatial, channels] → [batch, channels], or with keepDims
 * [batch, 1, ..., channels].
 */
export abstract class GlobalPooling extends SpatialLayer {
  static override readonly optionNames: readonly string[] = [
    ...SpatialLayer.optionNames,
    'keepDims',
  ];

  readonly keepDims: boolean;

  constructor(rank: number, args: GlobalPoolingLayerArgs = {}) {
    super(rank, args);
    this.keepDims = this.options(args).flag('keepDims', false);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const shape = this.resized(inputShape, (size) => size);
    const channels = shape[this.channelAxis]!;
    if (!this.keepDims) return [shape[0]!, channels];
    return shape.map((size, i) => (i === 0 || i === this.channelAxis ? size : 1));
  }

  override getConfig(): ConfigDict {
    const config = super.getConfig();
    if (!this.keepDims) delete config['keepDims']; // TensorFlow.js has none
    return config;
  }
}

export abstract class GlobalMaxPooling extends GlobalPooling {
  override call(inputs: Tensor | Tensor[], _kwargs: Kwargs): Tensor {
    return max(onlyInput(inputs, this), this.spatialAxes, this.keepDims);
  }
}

export abstract class GlobalAveragePooling extends GlobalPooling {
  override call(inputs: Tensor | Tensor[], _kwargs: Kwargs): Tensor {
    return mean(onlyInput(inputs, this), this.spatialAxes, this.keepDims);
  }
}

/** The greatest element of each channel: [batch, length, channels] → [batch, channels]. */
export class GlobalMaxPooling1D extends GlobalMaxPooling {
  static override readonly className: string = 'GlobalMaxPooling1D';
  constructor(args?: GlobalPoolingLayerArgs) {
    super(1, args);
  }
}

/** The greatest element of each channel: [batch, height, width, channels] → [batch, channels]. */
export class GlobalMaxPooling2D extends GlobalMaxPooling {
  static override readonly className: string = 'GlobalMaxPooling2D';
  constructor(args?: GlobalPoolingLayerArgs) {
    super(2, args);
  }
}

/** The greatest element of each channel of volumes. */
export class GlobalMaxPooling3D extends GlobalMaxPooling {
  static override readonly className: string = 'GlobalMaxPooling3D';
  constructor(args?: GlobalPoolingLayerArgs) {
    super(3, args);
  }
}

/**
 * The mean of each channel: [batch, length, channels] → [batch, channels]. With a mask [batch,
 * length] it is that of the steps that count, as in Keras.
 */
export class GlobalAveragePooling1D extends GlobalAveragePooling {
  static override readonly className: string = 'GlobalAveragePooling1D';
  constructor(args?: GlobalPoolingLayerArgs) {
    super(1, args);
    this.supportsMasking = true;
  }

  override call(inputs: Tensor | Tensor[], kwargs: Kwargs): Tensor {
    const given = kwargs.mask;
    const mask = Array.isArray(given) ? given[0] : given;
    if (mask == null) return super.call(inputs, kwargs);
    const x = onlyInput(inputs, this);
    const counts = mask.expandDims(this.channelsFirst ? 1 : 2); // [batch, length, 1]
    const total = sum(where(counts, x, 0), this.spatialAxes, this.keepDims);
    return div(total, sum(counts.toFloat(), this.spatialAxes, this.keepDims));
  }

  override computeMask(): null {
    return null;
  }
}

/** The mean of each channel: [batch, height, width, channels] → [batch, channels]. */
export class GlobalAveragePooling2D extends GlobalAveragePooling {
  static override readonly className: string = 'GlobalAveragePooling2D';
  constructor(args?: GlobalPoolingLayerArgs) {
    super(2, args);
  }
}

/** The mean of each channel of volumes. */
export class GlobalAveragePooling3D extends GlobalAveragePooling {
  static override readonly className: string = 'GlobalAveragePooling3D';
  constructor(args?: GlobalPoolingLayerArgs) {
    super(3, args);
  }
}

type Given = GlobalPoolingLayerArgs;
type Args = Given | ConfigDict;
export const globalMaxPooling1d = (args?: Args) => new GlobalMaxPooling1D(args as Given);
export const globalMaxPooling2d = (args?: Args) => new GlobalMaxPooling2D(args as Given);
export const globalMaxPooling3d = (args?: Args) => new GlobalMaxPooling3D(args as Given);
export const globalAveragePooling1d = (args?: Args) => new GlobalAveragePooling1D(args as Given);
export const globalAveragePooling2d = (args?: Args) => new GlobalAveragePooling2D(args as Given);
export const globalAveragePooling3d = (args?: Args) => new GlobalAveragePooling3D(args as Given);

// TensorFlow.js's other names.
export const globalMaxPool1d = globalMaxPooling1d;
export const globalMaxPool2d = globalMaxPooling2d;
