import type { Shape } from '../../dtype.js';
import { ValueError } from '../../errors.js';
import { conv2d } from '../../ops/conv.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import type { DataFormat } from '../options.js';
import { LSTMCell, type LSTMCellLayerArgs } from './lstm.js';
import { CellRNN, kSequenceOptions, type RNNOptions } from './rnn.js';

type Pair = number | [number, number];

export interface ConvLSTM2DCellArgs extends Omit<LSTMCellLayerArgs, 'units'> {
  /** Number of output channels, positive. */
  filters: number;
  /** Height and width of the window. */
  kernelSize: Pair;
  /** Of the input's convolution. Default 1. */
  strides?: Pair;
  /** Of the input's convolution. Default 'valid'. */
  padding?: 'valid' | 'same';
  /** Default 'channelsLast'. */
  dataFormat?: DataFormat;
  /** Of the input's convolution. Default 1. */
  dilationRate?: Pair;
}

const kConvOptions = [
  'filters',
  'kernelSize',
  'strides',
  'padding',
  'dataFormat',
  'dilationRate',
  ...LSTMCell.optionNames.slice(1), // without units
] as const;

/**
 * One step of the convolutional LSTM (Shi et al. 2015): the LSTMCell with convolutions in place of
 * products; the state's has stride 1 and padding 'same'. Called on [x, h, c] it gives [h', h', c'].
 * x is [batch, height, width, channels], the states are [batch, height', width', filters]. Weights: kernel
 * [height, width, channels, 4 · filters], recurrent_kernel [height, width, filters, 4 · filters],
 * bias [4 · filters].
 */
export class ConvLSTM2DCell extends LSTMCell {
  static override readonly className: string = 'ConvLSTM2DCell';
  static override readonly optionNames: readonly string[] = [...kConvOptions, 'units'];
  readonly filters: number;
  readonly kernelSize: [number, number];
  readonly strides: [number, number];
  readonly padding: 'valid' | 'same';
  readonly dataFormat: DataFormat;
  readonly dilationRate: [number, number];

  constructor(args: ConvLSTM2DCellArgs) {
    // Checked below, under its own name.
    super({
      ...args,
      units: args?.filters >= 1 && args.filters < 2 ** 31 ? Math.trunc(args.filters) : 1,
    });
    const options = this.options(args);
    if (options.has('units')) options.fail('units', "left out: the channels are 'filters'");
    this.filters = options.integer('filters', { min: 1 });
    const pair = (key: string, otherwise?: number) =>
      options.integers(key, 2, { min: 1 }, otherwise) as [number, number];
    this.kernelSize = pair('kernelSize');
    this.strides = pair('strides', 1);
    this.padding = options.choice('padding', ['valid', 'same'], 'valid');
    this.dataFormat = options.dataFormat();
    this.dilationRate = pair('dilationRate', 1);
  }

  protected override window(): number[] {
    return this.kernelSize;
  }

  protected override gateAxis(): number {
    return this.dataFormat === 'channelsFirst' ? 1 : 3;
  }

  protected override channelsOf(step: Shape): number {
    const channels = step[this.gateAxis()];
    if (channels == null) {
      throw new ValueError(
        `The channel dimension of the input of layer '${this.name}' should be defined, got ` +
          `[${step}]`,
      );
    }
    return channels;
  }

  override stateShapes(step: Shape): Shape[] {
    const first = this.dataFormat === 'channelsFirst' ? 2 : 1;
    const sizes = [0, 1].map((i) => {
      const size = step[first + i];
      if (size == null) return null;
      const window = (this.kernelSize[i]! - 1) * this.dilationRate[i]! + 1;
      const places = this.padding === 'same' ? size : size - window + 1;
      if (places < 1) {
        throw new ValueError(
          `Layer '${this.name}': a window of ${window} does not fit into an input of shape ` +
            `[${step}]`,
        );
      }
      return Math.ceil(places / this.strides[i]!);
    });
    const { filters } = this;
    const rest: Shape = first === 2 ? [filters, ...sizes] : [...sizes, filters];
    const state: Shape = [step[0]!, ...rest];
    return [state, state];
  }

  private format(): 'NCHW' | 'NHWC' {
    return this.dataFormat === 'channelsFirst' ? 'NCHW' : 'NHWC';
  }

  /** The input's convolution for all steps, time being more batch. */
  protected override project(x: Tensor): Tensor {
    const [batch, time, ...image] = x.shape as [number, number, ...number[]];
    let out = conv2d(
      x.reshape([batch * time, ...image]),
      this.kernel.read(),
      this.strides,
      this.padding,
      this.format(),
      this.dilationRate,
    );
    if (this.bias !== null) {
      const bias = this.bias.read();
      out = out.add(this.gateAxis() === 1 ? bias.reshape([-1, 1, 1]) : bias);
    }
    return out.reshape([batch, time, ...out.shape.slice(1)]);
  }

  protected override recur(h: Tensor, recurrent: Tensor): Tensor {
    return conv2d(h, recurrent, 1, 'same', this.format());
  }

  override getConfig(): ConfigDict {
    const config = super.getConfig();
    delete config.units;
    return config;
  }
}

export interface ConvLSTM2DArgs extends ConvLSTM2DCellArgs, RNNOptions {}

/**
 * The ConvLSTM2DCell over a sequence of images: [batch, time, height, width, channels] →
 * [batch, height', width', filters], or [batch, time, height', width', filters] with
 * returnSequences; with returnState, the states h and c after it.
 */
export class ConvLSTM2D extends CellRNN<ConvLSTM2DCell> {
  static override readonly className: string = 'ConvLSTM2D';
  static override readonly optionNames: readonly string[] = [...kSequenceOptions, ...kConvOptions];
  protected static override readonly cellClass = ConvLSTM2DCell;

  constructor(args: ConvLSTM2DArgs) {
    super(args);
  }

  protected override inputRank(): number {
    return 5;
  }
}
