import { range } from '../../create.js';
import type { Shape } from '../../dtype.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { onlyShape } from '../layer.js';
import { fillSize } from './images.js';
import { RandomImageLayer, type RandomImageArgs } from './random_image.js';

export interface RandomCropArgs extends RandomImageArgs {
  height: number;
  width: number;
}

/**
 * A window height × width at a random place, the same for all images of a batch, while training
 * (Keras). Otherwise, and for images that are not larger, the largest window in the middle that has
 * the window's aspect ratio, resized to it. float32.
 */
export class RandomCrop extends RandomImageLayer {
  static override readonly className: string = 'RandomCrop';
  static override readonly optionNames: readonly string[] = [
    ...RandomImageLayer.optionNames,
    'height',
    'width',
  ];
  readonly height: number;
  readonly width: number;

  constructor(args: RandomCropArgs) {
    super(args);
    const options = this.options(args);
    this.height = options.integer('height', { min: 1 });
    this.width = options.integer('width', { min: 1 });
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [batch, a, , c] = onlyShape(inputShape) as [null, null, null, null];
    const { height, width } = this;
    return this.dataFormat === 'channelsLast'
      ? [batch, height, width, c]
      : [batch, a, height, width];
  }

  protected change(images: Tensor): Tensor {
    const [, rows, columns] = images.shape as [number, number, number];
    if (rows <= this.height || columns <= this.width) return this.keep(images);
    const places = (size: number, whole: number) => {
      const first = this.draws.uniform([1], 0, whole - size + 1).toInt();
      return range(0, size, 1, 'int32').add(first);
    };
    return images.gather(places(this.height, rows), 1).gather(places(this.width, columns), 2);
  }

  protected override keep(images: Tensor): Tensor {
    return fillSize(images, [this.height, this.width], 'bilinear');
  }
}

export const randomCrop = (args: RandomCropArgs | ConfigDict): RandomCrop =>
  new RandomCrop(args as unknown as RandomCropArgs);
