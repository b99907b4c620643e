// What layers over sequences, images and volumes have in common.
import type { Shape } from '../dtype.js';
import { ValueError } from '../errors.js';
import type { ConfigDict } from '../serialization.js';
import { Layer, onlyShape, type LayerArgs } from './layer.js';
import type { DataFormat } from './options.js';

export interface SpatialLayerArgs extends LayerArgs {
  /** Default 'channelsLast'. */
  dataFormat?: DataFormat;
}

/**
 * A layer whose input is [batch, ...spatial, channels], or with `dataFormat` 'channelsFirst'
 * [batch, channels, ...spatial], with `rank` spatial dimensions: (length), (height, width) or
 * (depth, height, width).
 */
export abstract class SpatialLayer extends Layer {
  static override readonly optionNames: readonly string[] = ['dataFormat'];
  readonly rank: number;
  readonly dataFormat: DataFormat;

  constructor(rank: number, args: SpatialLayerArgs) {
    super(args);
    this.rank = rank;
    this.dataFormat = this.options(args).dataFormat();
    this.inputSpec = [{ ndim: rank + 2 }];
  }

  protected get channelsFirst(): boolean {
    return this.dataFormat === 'channelsFirst';
  }

  protected get channelAxis(): number {
    return this.channelsFirst ? 1 : this.rank + 1;
  }

  protected get spatialAxes(): number[] {
    return Array.from({ length: this.rank }, (_, i) => i + (this.channelsFirst ? 2 : 1));
  }

  /** The input's shape with every spatial size that is known replaced. */
  protected resized(
    inputShape: Shape | Shape[],
    sizeOf: (size: number, i: number) => number,
  ): Shape {
    const shape = [...onlyShape(inputShape)];
    if (shape.length !== this.rank + 2) {
      throw new ValueError(
        `${this.getClassName()} layer '${this.name}' needs an input of rank ${this.rank + 2}, ` +
          `got shape [${shape}]`,
      );
    }
    this.spatialAxes.forEach((axis, i) => {
      const size = shape[axis];
      if (size != null) shape[axis] = sizeOf(size, i);
    });
    return shape;
  }

  override getConfig(): ConfigDict {
    const config = super.getConfig();
    // TensorFlow.js's layers over sequences have none.
    if (this.rank === 1 && !this.channelsFirst) delete config['dataFormat'];
    return config;
  }
}

export type PaddingMode = 'valid' | 'same' | 'causal';

/** Paddings by their numbers in the core, which has one more. */
const kPaddings: readonly string[] = ['valid', 'same', 'explicit', 'causal'];

/**
 * @internal A window as the core takes it. What comes last are the dilations of a convolution, or
 * the sizes of a pooling window.
 */
export function windowOf(
  strides: readonly number[],
  padding: PaddingMode,
  channelsFirst: boolean,
  last: readonly number[],
): number[] {
  const sides = strides.length < 3 ? [...strides, ...strides].fill(0) : [];
  return [...strides, kPaddings.indexOf(padding), ...sides, Number(channelsFirst), ...last];
}

/** @internal How many places a window has: with padding 'valid' it stays inside. */
export function windowedSize(
  layer: Layer,
  size: number,
  window: number,
  stride: number,
  padding: string,
  dilation = 1,
): number {
  const reach = dilation * (window - 1) + 1;
  const places =
    padding === 'valid' ? Math.floor((size - reach) / stride) + 1 : Math.ceil(size / stride);
  if (places < 1) {
    throw new ValueError(
      `${layer.getClassName()} layer '${layer.name}': a window over ${reach} cells does not fit ` +
        `into ${size}. Take a smaller window, or padding 'same'`,
    );
  }
  return places;
}
