import type { DataType, Shape } from '../../dtype.js';
import { core } from '../../engine.js';
import { operate } from '../../ops/operation.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { onlyInput, type Kwargs } from '../layer.js';
import { SpatialLayer, type SpatialLayerArgs } from '../spatial.js';

export interface UpSamplingLayerArgs extends SpatialLayerArgs {
  /** Factor for each spatial dimension; one number stands for all. Default 2. */
  size?: number | number[];
}

/** Repeats the cells along each spatial dimension: a size n becomes n · size. */
export abstract class UpSampling extends SpatialLayer {
  static override readonly optionNames: readonly string[] = [...SpatialLayer.optionNames, 'size'];
  readonly size: number[];

  constructor(rank: number, args: UpSamplingLayerArgs = {}) {
    super(rank, args);
    this.size = this.options(args).integers('size', rank, { min: 1 }, 2);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return this.resized(inputShape, (size, i) => size * this.size[i]!);
  }

  override computeOutputDtypes(dtypes: DataType[]): DataType[] {
    return dtypes;
  }

  override call(inputs: Tensor | Tensor[], _kwargs: Kwargs): Tensor {
    return this.spatialAxes.reduce(
      (x, axis, i) => operate('repeat', { x }, (t) => core().repeat(t.x, this.size[i]!, axis)),
      onlyInput(inputs, this),
    );
  }

  override getConfig(): ConfigDict {
    const { size } = this;
    return { ...super.getConfig(), size: size.length === 1 ? size[0]! : size };
  }
}

/** [batch, length, channels] → [batch, length · size, channels]. */
export class UpSampling1D extends UpSampling {
  static override readonly className: string = 'UpSampling1D';
  constructor(args?: UpSamplingLayerArgs) {
    super(1, args);
  }
}

export interface UpSampling2DLayerArgs extends UpSamplingLayerArgs {
  /** 'nearest' repeats cells, 'bilinear' goes from one to the next evenly. Default 'nearest'. */
  interpolation?: 'nearest' | 'bilinear';
}

/** [batch, height, width, channels] → [batch, height · size[0], width · size[1], channels]. */
export class UpSampling2D extends UpSampling {
  static override readonly className: string = 'UpSampling2D';
  static override readonly optionNames: readonly string[] = [
    ...UpSampling.optionNames,
    'interpolation',
  ];
  readonly interpolation: 'nearest' | 'bilinear';

  constructor(args: UpSampling2DLayerArgs = {}) {
    super(2, args);
    const options = this.options(args);
    this.interpolation = options.choice('interpolation', ['nearest', 'bilinear'], 'nearest');
  }

  override computeOutputDtypes(dtypes: DataType[]): DataType[] {
    return this.interpolation === 'nearest' ? dtypes : ['float32'];
  }

  override call(inputs: Tensor | Tensor[], kwargs: Kwargs): Tensor {
    if (this.interpolation === 'nearest') return super.call(inputs, kwargs);
    const images = onlyInput(inputs, this);
    const shape = this.computeOutputShape(images.shape) as number[];
    // Cells are where their corners are, as in TensorFlow.js; in Keras they are at their centers.
    const size = [...this.spatialAxes.map((axis) => shape[axis]!), 0, 0];
    size.push(Number(this.channelsFirst));
    return operate('resizeBilinear', { images }, (t) => core().resizeBilinear(t.images, size));
  }
}

/** Volumes [batch, depth, height, width, channels] with every cell repeated. */
export class UpSampling3D extends UpSampling {
  static override readonly className: string = 'UpSampling3D';
  constructor(args?: UpSamplingLayerArgs) {
    super(3, args);
  }
}

export const upSampling1d = (args?: UpSamplingLayerArgs | ConfigDict) =>
  new UpSampling1D(args as UpSamplingLayerArgs);
export const upSampling2d = (args?: UpSampling2DLayerArgs | ConfigDict) =>
  new UpSampling2D(args as UpSampling2DLayerArgs);
export const upSampling3d = (args?: UpSamplingLayerArgs | ConfigDict) =>
  new UpSampling3D(args as UpSamplingLayerArgs);
