import { ValueError } from '../../errors.js';
import type { ConstraintIdentifier } from '../../constraints.js';
import type { InitializerIdentifier } from '../../initializers.js';
import type { RegularizerIdentifier } from '../../regularizers.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import type { LayerVariable } from '../layer_variable.js';
import type { PaddingMode } from '../spatial.js';
import { BaseConv, convolve, type BaseConvLayerArgs } from './base_conv.js';
import { addWeightOf, weightOptions } from '../weight_options.js';

export interface ConvLayerArgs extends BaseConvLayerArgs {
  /** Number of output channels, positive. */
  filters: number;
  /** Parts in which the channels are convolved apart; divides input channels and filters. Default 1. */
  groups?: number;
  /** Default 'glorotNormal'. */
  kernelInitializer?: InitializerIdentifier;
  kernelRegularizer?: RegularizerIdentifier;
  kernelConstraint?: ConstraintIdentifier;
}

/**
 * activation(x ∗ kernel + bias), ∗ being the cross-correlation: [batch, ...spatial, in] → [batch,
 * ...places, filters]. Along each dimension there are floor((size − dilation · (window − 1) − 1) /
 * stride) + 1 places with padding 'valid', else ceil(size / stride). Weights: kernel
 * [...kernelSize, in / groups, filters], bias [filters].
 */
export abstract class Conv extends BaseConv {
  static override readonly optionNames: readonly string[] = [
    ...BaseConv.optionNames,
    'filters',
    'groups',
    ...weightOptions('kernel'),
  ];
  static override readonly kernels: Readonly<Record<string, string>> = { kernel: 'glorotNormal' };

  readonly filters: number;
  readonly groups: number;
  kernel: LayerVariable | null = null;

  constructor(rank: number, args: ConvLayerArgs, paddings: readonly PaddingMode[]) {
    super(rank, args, paddings);
    const options = this.options(args);
    this.filters = options.integer('filters', { min: 1 });
    this.groups = options.integer('groups', { min: 1 }, 1);
    if (this.filters % this.groups !== 0) {
      options.fail('groups', `a divisor of filters (${this.filters})`);
    }
  }

  protected override outputChannels(channels: number | null): number {
    if (channels !== null && channels % this.groups !== 0) {
      throw new ValueError(
        `${this.getClassName()} layer '${this.name}': ${this.groups} groups must divide the ` +
          `channels of its input, got ${channels} channels`,
      );
    }
    return this.filters;
  }

  protected override addKernels(channels: number): void {
    const shape = [...this.kernelSize, channels / this.groups, this.filters];
    this.kernel = addWeightOf(this, 'kernel', shape);
  }

  protected override convolution(x: Tensor): Tensor {
    return convolve(`conv${this.rank}d`, x, this.kernel!.read(), this.window(this.groups));
  }

  override getConfig(): ConfigDict {
    const config = super.getConfig();
    if (this.groups === 1) delete config['groups']; // TensorFlow.js has none
    return config;
  }
}

/** Over sequences: [batch, length, in] → [batch, places, filters]. */
export class Conv1D extends Conv {
  static override readonly className: string = 'Conv1D';
  constructor(args: ConvLayerArgs) {
    super(1, args, ['valid', 'same', 'causal']);
  }
}

/** Over volumes: [batch, depth, height, width, in] → [batch, ...places, filters]. */
export class Conv3D extends Conv {
  static override readonly className: string = 'Conv3D';
  constructor(args: ConvLayerArgs) {
    super(3, args, ['valid', 'same']);
  }
}

export const conv1d = (args: ConvLayerArgs | ConfigDict) => new Conv1D(args as ConvLayerArgs);
export const conv3d = (args: ConvLayerArgs | ConfigDict) => new Conv3D(args as ConvLayerArgs);
