import type { DataType, Shape } from '../../dtype.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { Layer, onlyInput, onlyShape, type LayerArgs } from '../layer.js';
import { resize, resizedShape, window } from './images.js';

export interface CenterCropArgs extends LayerArgs {
  height: number;
  width: number;
}

/**
 * The middle of images [batch, h, w, channels] or [h, w, channels], height × width. Images that are
 * smaller are resized to it, as in TensorFlow.js. Keeps the dtype.
 */
export class CenterCrop extends Layer {
  static override readonly className: string = 'CenterCrop';
  static override readonly optionNames: readonly string[] = ['height', 'width'];
  readonly height: number;
  readonly width: number;

  constructor(args: CenterCropArgs) {
    super(args);
    const options = this.options(args);
    this.height = options.integer('height', { min: 1 });
    this.width = options.integer('width', { min: 1 });
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return resizedShape(onlyShape(inputShape), this.height, this.width, this);
  }

  override computeOutputDtypes(dtypes: DataType[]): DataType[] {
    return dtypes;
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const x = onlyInput(inputs, this);
    const size: [number, number] = [this.height, this.width];
    const [rows, columns] = x.shape.slice(-3) as [number, number];
    const [down, right] = [rows - size[0], columns - size[1]];
    if (down < 0 || right < 0) return resize(x, size, 'bilinear', false).cast(x.dtype);
    // One column too many is taken away on the left.
    const corner: [number, number] = [down >> 1, right === 1 ? 1 : right >> 1];
    return window(x, corner, size);
  }
}

export const centerCrop = (args: CenterCropArgs | ConfigDict): CenterCrop =>
  new CenterCrop(args as unknown as CenterCropArgs);
