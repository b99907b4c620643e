import type { Shape } from '../../dtype.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { Layer, onlyInput, onlyShape, type LayerArgs } from '../layer.js';
import { fillSize, kInterpolations, resize, resizedShape, type Interpolation } from './images.js';

export interface ResizingArgs extends LayerArgs {
  height: number;
  width: number;
  /** Default 'bilinear'. */
  interpolation?: Interpolation;
  /** Whether the image is cropped to the new aspect ratio first, not distorted. Default false. */
  cropToAspectRatio?: boolean;
}

/**
 * Brings images [batch, h, w, channels] or [h, w, channels] to the size height × width, float32.
 * Corners stay in the corners, as in TensorFlow.js; with cropToAspectRatio the largest window in the
 * middle is resized as Keras does it, cell for cell.
 */
export class Resizing extends Layer {
  static override readonly className: string = 'Resizing';
  static override readonly optionNames: readonly string[] = [
    'height',
    'width',
    'interpolation',
    'cropToAspectRatio',
  ];
  readonly height: number;
  readonly width: number;
  readonly interpolation: Interpolation;
  readonly cropToAspectRatio: boolean;

  constructor(args: ResizingArgs) {
    super(args);
    const options = this.options(args);
    this.height = options.integer('height', { min: 1 });
    this.width = options.integer('width', { min: 1 });
    this.interpolation = options.choice('interpolation', kInterpolations, 'bilinear');
    this.cropToAspectRatio = options.flag('cropToAspectRatio', false);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return resizedShape(onlyShape(inputShape), this.height, this.width, this);
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const x = onlyInput(inputs, this).toFloat();
    const size: [number, number] = [this.height, this.width];
    return this.cropToAspectRatio
      ? fillSize(x, size, this.interpolation)
      : resize(x, size, this.interpolation, true);
  }
}

export const resizing = (args: ResizingArgs | ConfigDict): Resizing =>
  new Resizing(args as unknown as ResizingArgs);
