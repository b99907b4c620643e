import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { Layer, onlyInput, type Kwargs, type LayerArgs } from '../layer.js';
import type { DataFormat } from '../options.js';
import { Draws } from './draws.js';

export interface SpatialDropoutLayerArgs extends LayerArgs {
  /** The part of the channels that is dropped. 0 and 1 leave the input as it is. */
  rate: number;
  seed?: number;
}

export interface SpatialDropoutImageArgs extends SpatialDropoutLayerArgs {
  /** Default 'channelsLast'. */
  dataFormat?: DataFormat;
}

/**
 * Dropout of whole channels while training, since neighbouring positions are alike (Tompson et al.
 * 2015). Keeps the shape, of which the subclasses say the rank.
 */
export abstract class SpatialDropout extends Layer {
  static override readonly optionNames: readonly string[] = ['rate', 'seed'];
  readonly rate: number;
  readonly dataFormat: DataFormat = 'channelsLast';
  private readonly draws: Draws;

  /** `positions`: how many axes a channel has. */
  constructor(args: SpatialDropoutLayerArgs, positions: number) {
    super(args);
    const options = this.options(args);
    this.rate = options.number('rate', { min: 0, max: 1 });
    this.draws = new Draws(options.integerOrNull('seed'));
    this.inputSpec = [{ ndim: positions + 2 }];
    this.supportsMasking = true;
  }

  override call(inputs: Tensor | Tensor[], { training }: Kwargs): Tensor {
    const x = onlyInput(inputs, this);
    const { rate } = this;
    if (!training || rate === 0 || rate === 1) return x;
    const channels = this.dataFormat === 'channelsFirst' ? 1 : x.rank - 1;
    const noise = x.shape.map((dim, axis) => (axis === 0 || axis === channels ? dim : 1));
    return this.draws.dropout(x, rate, noise);
  }

  override getConfig(): ConfigDict {
    return { seed: this.draws.seed, ...super.getConfig() };
  }
}

/** Drops whole channels of sequences [batch, time, channels] (SpatialDropout). */
export class SpatialDropout1D extends SpatialDropout {
  static override readonly className: string = 'SpatialDropout1D';

  constructor(args: SpatialDropoutLayerArgs) {
    super(args, 1);
  }
}

abstract class SpatialDropoutOfImages extends SpatialDropout {
  static override readonly optionNames: readonly string[] = [
    ...SpatialDropout.optionNames,
    'dataFormat',
  ];
  override readonly dataFormat: DataFormat;

  constructor(args: SpatialDropoutImageArgs, positions: number) {
    super(args, positions);
    this.dataFormat = this.options(args).dataFormat();
  }
}

/** Drops whole channels of images [batch, height, width, channels] (SpatialDropout, Keras). */
export class SpatialDropout2D extends SpatialDropoutOfImages {
  static override readonly className: string = 'SpatialDropout2D';

  constructor(args: SpatialDropoutImageArgs) {
    super(args, 2);
  }
}

/** Drops whole channels of volumes [batch, depth, height, width, channels] (SpatialDropout, Keras). */
export class SpatialDropout3D extends SpatialDropoutOfImages {
  static override readonly className: string = 'SpatialDropout3D';

  constructor(args: SpatialDropoutImageArgs) {
    super(args, 3);
  }
}

export const spatialDropout1d = (args: SpatialDropoutLayerArgs | ConfigDict): SpatialDropout1D =>
  new SpatialDropout1D(args as unknown as SpatialDropoutLayerArgs);
export const spatialDropout2d = (args: SpatialDropoutImageArgs | ConfigDict): SpatialDropout2D =>
  new SpatialDropout2D(args as unknown as SpatialDropoutImageArgs);
export const spatialDropout3d = (args: SpatialDropoutImageArgs | ConfigDict): SpatialDropout3D =>
  new SpatialDropout3D(args as unknown as SpatialDropoutImageArgs);
