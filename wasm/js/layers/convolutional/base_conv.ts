// What all convolutional layers share: the window, the weights' rules, bias and activation.
import type { Activation, ActivationName } from '../../activations.js';
import type { ConstraintIdentifier } from '../../constraints.js';
import type { Shape } from '../../dtype.js';
import { core } from '../../engine.js';
import { ValueError } from '../../errors.js';
import type { InitializerIdentifier } from '../../initializers.js';
import { operate } from '../../ops/operation.js';
import type { RegularizerIdentifier } from '../../regularizers.js';
import { serialize, type ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { onlyInput, onlyShape, type Kwargs } from '../layer.js';
import type { LayerVariable } from '../layer_variable.js';
import { SpatialLayer, windowedSize, windowOf } from '../spatial.js';
import type { PaddingMode, SpatialLayerArgs } from '../spatial.js';
import { addWeightOf, readWeightOptions, weightOptions } from '../weight_options.js';

/** Options of all convolutional layers. One number stands for all dimensions. */
export interface BaseConvLayerArgs extends SpatialLayerArgs {
  /** Size of the window. */
  kernelSize: number | number[];
  /** Default 1. */
  strides?: number | number[];
  /** Default 'valid'. 'causal' (all padding in front) is for sequences. */
  padding?: PaddingMode;
  /** Distance of the window's cells. Default 1. */
  dilationRate?: number | number[];
  /** Default 'linear'. */
  activation?: ActivationName;
  /** Default true. */
  useBias?: boolean;
  /** Default 'zeros'. */
  biasInitializer?: InitializerIdentifier;
  biasRegularizer?: RegularizerIdentifier;
  biasConstraint?: ConstraintIdentifier;
}

type Convolution = `conv${1 | 2 | 3}d` | `conv${1 | 2 | 3}dTranspose` | `depthwiseConv${1 | 2}d`;

/** Runs a convolution of the core. */
export const convolve = (op: string, x: Tensor, filter: Tensor, window: number[]): Tensor =>
  operate(op, { x, filter }, (t) => core()[op as Convolution](t.x, t.filter, window));

/** activation(convolution(x) + bias). */
export abstract class BaseConv extends SpatialLayer {
  static override readonly optionNames: readonly string[] = [
    ...SpatialLayer.optionNames,
    'kernelSize',
    'strides',
    'padding',
    'dilationRate',
    'activation',
    'useBias',
    ...weightOptions('bias'),
  ];
  /** The kinds of kernels, and what initializes each if nothing else is said. */
  static readonly kernels: Readonly<Record<string, string>>;

  readonly kernelSize: number[];
  readonly strides: number[];
  readonly padding: PaddingMode;
  readonly dilationRate: number[];
  readonly activation: Activation;
  readonly useBias: boolean;
  bias: LayerVariable | null = null;

  constructor(rank: number, args: BaseConvLayerArgs, paddings: readonly PaddingMode[]) {
    super(rank, args);
    const options = this.options(args);
    this.kernelSize = options.integers('kernelSize', rank, { min: 1 });
    this.strides = options.integers('strides', rank, { min: 1 }, 1);
    this.padding = options.choice('padding', paddings, 'valid');
    this.dilationRate = options.integers('dilationRate', rank, { min: 1 }, 1);
    this.activation = options.activation('activation');
    this.useBias = options.flag('useBias', true);
    const { kernels } = this.constructor as typeof BaseConv;
    readWeightOptions(this, options, { ...kernels, bias: 'zeros' });
  }

  /** Makes the kernels for an input of so many channels. */
  protected abstract addKernels(channels: number): void;
  /** What stands before bias and activation. */
  protected abstract convolution(x: Tensor): Tensor;
  /** Channels of the output; throws ValueError where the input's do not fit. */
  protected abstract outputChannels(channels: number | null): number | null;

  override build(inputShape: Shape | Shape[]): void {
    const shape = onlyShape(inputShape);
    const { channelAxis } = this;
    const channels = shape[channelAxis];
    if (channels == null) {
      throw new ValueError(
        `${this.getClassName()} layer '${this.name}' needs to know the number of channels of its ` +
          `input, got shape [${shape.map((size) => size ?? 'null')}]`,
      );
    }
    const count = this.outputChannels(channels);
    this.addKernels(channels);
    if (this.useBias) this.bias = addWeightOf(this, 'bias', [count]);
    this.inputSpec = [{ ndim: this.rank + 2, axes: { [channelAxis]: channels } }];
    super.build(inputShape);
  }

  /** The options as the core takes them, and what it takes behind them. */
  protected window(...more: number[]): number[] {
    const { strides, padding, channelsFirst, dilationRate } = this;
    return windowOf(strides, padding, channelsFirst, [...dilationRate, ...more]);
  }

  override call(inputs: Tensor | Tensor[], _kwargs: Kwargs): Tensor {
    let y = this.convolution(onlyInput(inputs, this));
    if (this.bias !== null) {
      const bias = this.bias.read();
      const ones = new Array<number>(this.rank).fill(1);
      y = y.add(this.channelsFirst ? bias.reshape([-1, ...ones]) : bias);
    }
    return this.activation.apply(y);
  }

  protected outputSize(size: number, i: number): number {
    const { kernelSize, strides, padding, dilationRate } = this;
    return windowedSize(this, size, kernelSize[i]!, strides[i]!, padding, dilationRate[i]!);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return this.activation.outputShape(this.convolvedShape(inputShape));
  }

  /** The shape before the activation. */
  protected convolvedShape(inputShape: Shape | Shape[]): Shape {
    const shape = this.resized(inputShape, (size, i) => this.outputSize(size, i));
    shape[this.channelAxis] = this.outputChannels(shape[this.channelAxis] ?? null);
    return shape;
  }

  override getConfig(): ConfigDict {
    return { ...super.getConfig(), activityRegularizer: serialize(this.activityRegularizer) };
  }
}
