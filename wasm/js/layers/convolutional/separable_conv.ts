import type { ConstraintIdentifier } from '../../constraints.js';
import type { InitializerIdentifier } from '../../initializers.js';
import type { RegularizerIdentifier } from '../../regularizers.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import type { LayerVariable } from '../layer_variable.js';
import { windowOf, type PaddingMode } from '../spatial.js';
import { convolve } from './base_conv.js';
import { DepthwiseConv, type DepthwiseConvLayerArgs } from './depthwise_conv.js';
import { addWeightOf, weightOptions } from '../weight_options.js';

export interface SeparableConvLayerArgs extends DepthwiseConvLayerArgs {
  /** Number of output channels, positive. */
  filters: number;
  /** Default 'glorotUniform'. */
  depthwiseInitializer?: InitializerIdentifier;
  /** Default 'glorotUniform'. */
  pointwiseInitializer?: InitializerIdentifier;
  pointwiseRegularizer?: RegularizerIdentifier;
  pointwiseConstraint?: ConstraintIdentifier;
}

/**
 * A depthwise convolution, then a pointwise one that mixes the channels: [batch, ...spatial, in] →
 * [batch, ...places, filters]. Weights: depthwise_kernel [...kernelSize, in, depthMultiplier],
 * pointwise_kernel [1, ..., in · depthMultiplier, filters], bias [filters].
 */
export abstract class SeparableConv extends DepthwiseConv {
  static override readonly optionNames: readonly string[] = [
    ...DepthwiseConv.optionNames,
    'filters',
    ...weightOptions('pointwise'),
  ];
  static override readonly kernels: Readonly<Record<string, string>> = {
    depthwise: 'glorotUniform',
    pointwise: 'glorotUniform',
  };

  readonly filters: number;
  pointwiseKernel: LayerVariable | null = null;

  constructor(rank: number, args: SeparableConvLayerArgs, paddings: readonly PaddingMode[]) {
    super(rank, args, paddings);
    this.filters = this.options(args).integer('filters', { min: 1 });
  }

  protected override outputChannels(): number {
    return this.filters;
  }

  protected override addKernels(channels: number): void {
    super.addKernels(channels);
    const ones = this.kernelSize.map(() => 1);
    const shape = [...ones, channels * this.depthMultiplier, this.filters];
    this.pointwiseKernel = addWeightOf(this, 'pointwise', shape, 'pointwise_kernel');
  }

  protected override convolution(x: Tensor): Tensor {
    const apart = super.convolution(x);
    const ones = this.kernelSize.map(() => 1);
    const window = windowOf(ones, 'valid', this.channelsFirst, ones);
    return convolve(`conv${this.rank}d`, apart, this.pointwiseKernel!.read(), window);
  }
}

/** Over sequences: [batch, length, in] → [batch, places, filters]. */
export class SeparableConv1D extends SeparableConv {
  static override readonly className: string = 'SeparableConv1D';
  constructor(args: SeparableConvLayerArgs) {
    super(1, args, ['valid', 'same', 'causal']);
  }
}

/** Over images: [batch, height, width, in] → [batch, ...places, filters]. */
export class SeparableConv2D extends SeparableConv {
  static override readonly className: string = 'SeparableConv2D';
  constructor(args: SeparableConvLayerArgs) {
    super(2, args, ['valid', 'same']);
  }
}

type Args = SeparableConvLayerArgs | ConfigDict;
export const separableConv1d = (args: Args) => new SeparableConv1D(args as SeparableConvLayerArgs);
export const separableConv2d = (args: Args) => new SeparableConv2D(args as SeparableConvLayerArgs);
