import type { ConstraintIdentifier } from '../../constraints.js';
import type { InitializerIdentifier } from '../../initializers.js';
import type { RegularizerIdentifier } from '../../regularizers.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import type { LayerVariable } from '../layer_variable.js';
import type { PaddingMode } from '../spatial.js';
import { BaseConv, convolve, type BaseConvLayerArgs } from './base_conv.js';
import { addWeightOf, weightOptions } from '../weight_options.js';

export interface DepthwiseConvLayerArgs extends BaseConvLayerArgs {
  /** Output channels of each input channel. Default 1. */
  depthMultiplier?: number;
  /** Default 'glorotNormal'. */
  depthwiseInitializer?: InitializerIdentifier;
  depthwiseRegularizer?: RegularizerIdentifier;
  depthwiseConstraint?: ConstraintIdentifier;
}

/**
 * A convolution of each channel with kernels of its own: [batch, ...spatial, in] → [batch,
 * ...places, in · depthMultiplier]. Weights: depthwise_kernel [...kernelSize, in,
 * depthMultiplier], bias [in · depthMultiplier].
 */
export abstract class DepthwiseConv extends BaseConv {
  static override readonly optionNames: readonly string[] = [
    ...BaseConv.optionNames,
    'depthMultiplier',
    ...weightOptions('depthwise'),
  ];
  static override readonly kernels: Readonly<Record<string, string>> = {
    depthwise: 'glorotNormal',
  };

  readonly depthMultiplier: number;
  depthwiseKernel: LayerVariable | null = null;

  constructor(rank: number, args: DepthwiseConvLayerArgs, paddings: readonly PaddingMode[]) {
    super(rank, args, paddings);
    this.depthMultiplier = this.options(args).integer('depthMultiplier', { min: 1 }, 1);
  }

  protected override outputChannels(channels: number | null): number | null {
    return channels && channels * this.depthMultiplier;
  }

  protected override addKernels(channels: number): void {
    const shape = [...this.kernelSize, channels, this.depthMultiplier];
    this.depthwiseKernel = addWeightOf(this, 'depthwise', shape, 'depthwise_kernel');
  }

  protected override convolution(x: Tensor): Tensor {
    const op = `depthwiseConv${this.rank}d`;
    return convolve(op, x, this.depthwiseKernel!.read(), this.window());
  }
}

/** Over sequences: [batch, length, in] → [batch, places, in · depthMultiplier]. */
export class DepthwiseConv1D extends DepthwiseConv {
  static override readonly className: string = 'DepthwiseConv1D';
  constructor(args: DepthwiseConvLayerArgs) {
    super(1, args, ['valid', 'same', 'causal']);
  }
}

/** Over images: [batch, height, width, in] → [batch, ...places, in · depthMultiplier]. */
export class DepthwiseConv2D extends DepthwiseConv {
  static override readonly className: string = 'DepthwiseConv2D';
  constructor(args: DepthwiseConvLayerArgs) {
    super(2, args, ['valid', 'same']);
  }
}

type Args = DepthwiseConvLayerArgs | ConfigDict;
export const depthwiseConv1d = (args: Args) => new DepthwiseConv1D(args as DepthwiseConvLayerArgs);
export const depthwiseConv2d = (args: Args) => new DepthwiseConv2D(args as DepthwiseConvLayerArgs);
