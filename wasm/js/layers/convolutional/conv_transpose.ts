import { ValueError } from '../../errors.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { convolve } from './base_conv.js';
import { Conv, type ConvLayerArgs } from './conv.js';
import { addWeightOf } from '../weight_options.js';

export interface ConvTransposeLayerArgs extends Omit<ConvLayerArgs, 'groups'> {
  padding?: 'valid' | 'same';
  /** How far the output reaches beyond what it needs at least, less than the stride (Keras). */
  outputPadding?: number | number[];
}

/**
 * The transpose of a convolution (its gradient for the input), which takes the shape of a
 * convolution's output to that of its input: [batch, ...spatial, in] → [batch, ...sizes, filters].
 * With w = dilation · (window − 1) + 1 an axis of n cells becomes n · stride + max(w − stride, 0)
 * with padding 'valid', n · stride with 'same'; with an outputPadding p, (n − 1) · stride + w + p
 * and (n − 1) · stride + w mod 2 + p. Weights: kernel [...kernelSize, filters, in], bias [filters].
 */
export abstract class ConvTranspose extends Conv {
  static override readonly optionNames: readonly string[] = [
    ...Conv.optionNames.filter((name) => name !== 'groups'),
    'outputPadding',
  ];

  readonly outputPadding: number[] | null;

  constructor(rank: number, args: ConvTransposeLayerArgs) {
    super(rank, args, ['valid', 'same']);
    const options = this.options(args);
    const given = options.has('outputPadding');
    this.outputPadding = given ? options.integers('outputPadding', rank, { min: 0 }) : null;
    if (this.outputPadding?.some((cells, i) => cells >= this.strides[i]!)) {
      options.fail('outputPadding', `less than the strides (${this.strides})`);
    }
  }

  protected override addKernels(channels: number): void {
    const shape = [...this.kernelSize, this.filters, channels];
    this.kernel = addWeightOf(this, 'kernel', shape);
  }

  protected override outputSize(size: number, i: number): number {
    const stride = this.strides[i]!;
    const window = this.dilationRate[i]! * (this.kernelSize[i]! - 1) + 1;
    const extra = this.outputPadding?.[i];
    const same = this.padding === 'same';
    if (extra === undefined) return size * stride + (same ? 0 : Math.max(window - stride, 0));
    const result = (size - 1) * stride + (same ? window % 2 : window) + extra;
    if (same && Math.ceil(result / stride) !== size) {
      throw new ValueError(
        `${this.getClassName()} layer '${this.name}': outputPadding ${extra} with a window over ` +
          `${window} cells and padding 'same' would give ${result} cells, which a convolution ` +
          `with strides of ${stride} does not take to ${size}`,
      );
    }
    return result;
  }

  protected override convolution(x: Tensor): Tensor {
    const shape = this.convolvedShape(x.shape) as number[];
    const window = this.window(...shape);
    return convolve(`conv${this.rank}dTranspose`, x, this.kernel!.read(), window);
  }

  override getConfig(): ConfigDict {
    const config = super.getConfig();
    // TensorFlow.js has neither.
    if (this.dilationRate.every((rate) => rate === 1)) delete config['dilationRate'];
    if (!this.outputPadding) delete config['outputPadding'];
    return config;
  }
}

/** Over sequences: [batch, length, in] → [batch, outLength, filters]. */
export class Conv1DTranspose extends ConvTranspose {
  static override readonly className: string = 'Conv1DTranspose';
  constructor(args: ConvTransposeLayerArgs) {
    super(1, args);
  }
}

/** Over images: [batch, height, width, in] → [batch, outHeight, outWidth, filters]. */
export class Conv2DTranspose extends ConvTranspose {
  static override readonly className: string = 'Conv2DTranspose';
  constructor(args: ConvTransposeLayerArgs) {
    super(2, args);
  }
}

/** Over volumes: [batch, depth, height, width, in] → [batch, ...sizes, filters]. */
export class Conv3DTranspose extends ConvTranspose {
  static override readonly className: string = 'Conv3DTranspose';
  constructor(args: ConvTransposeLayerArgs) {
    super(3, args);
  }
}

type Args = ConvTransposeLayerArgs | ConfigDict;
export const conv1dTranspose = (args: Args) => new Conv1DTranspose(args as ConvTransposeLayerArgs);
export const conv2dTranspose = (args: Args) => new Conv2DTranspose(args as ConvTransposeLayerArgs);
export const conv3dTranspose = (args: Args) => new Conv3DTranspose(args as ConvTransposeLayerArgs);
