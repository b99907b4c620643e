import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { cos, sin } from '../../ops/unary.js';
import {
  RandomTransform,
  readFactor,
  type Factor,
  type RandomTransformArgs,
} from './random_image.js';

export interface RandomRotationArgs extends RandomTransformArgs {
  /** The angle, as a part of a full turn. */
  factor: Factor;
}

/** Turns each image about its center by a random angle while training (Keras). */
export class RandomRotation extends RandomTransform {
  static override readonly className: string = 'RandomRotation';
  static override readonly optionNames: readonly string[] = [
    ...RandomTransform.optionNames,
    'factor',
  ];
  readonly factor: readonly [number, number];

  constructor(args: RandomRotationArgs) {
    super(args);
    this.factor = readFactor(this.options(args), 'factor', -1, 1);
  }

  protected map(images: Tensor): Tensor[] {
    const [, rows, columns] = images.shape as [number, number, number];
    const [cx, cy] = [(columns - 1) / 2, (rows - 1) / 2];
    const angle = this.draw(images, this.factor).mul(2 * Math.PI);
    const [c, s] = [cos(angle), sin(angle)];
    const left = s.mul(cy).sub(c.mul(cx)).add(cx);
    const top = s.mul(-cx).sub(c.mul(cy)).add(cy);
    return [c, s.neg(), left, s, c, top];
  }
}

export interface RandomZoomArgs extends RandomTransformArgs {
  /** How much more of the height is seen: 0.2 zooms out and in by up to a fifth. */
  heightFactor: Factor;
  /** The same of the width. Default: as the height, so that nothing is distorted. */
  widthFactor?: Factor | null;
}

/** Zooms each image about its center by a random factor while training (Keras). */
export class RandomZoom extends RandomTransform {
  static override readonly className: string = 'RandomZoom';
  static override readonly optionNames: readonly string[] = [
    ...RandomTransform.optionNames,
    'heightFactor',
    'widthFactor',
  ];
  readonly heightFactor: readonly [number, number];
  readonly widthFactor: readonly [number, number] | null;

  constructor(args: RandomZoomArgs) {
    super(args);
    const options = this.options(args);
    this.heightFactor = readFactor(options, 'heightFactor', -1, Infinity);
    this.widthFactor = options.has('widthFactor')
      ? readFactor(options, 'widthFactor', -1, Infinity)
      : null;
  }

  protected map(images: Tensor): Tensor[] {
    const [, rows, columns] = images.shape as [number, number, number];
    const y = this.draw(images, this.heightFactor).add(1);
    const x = this.widthFactor === null ? y : this.draw(images, this.widthFactor).add(1);
    const none = x.mul(0);
    const offset = (zoom: Tensor, size: number) => zoom.mul((1 - size) / 2).add((size - 1) / 2);
    return [x, none, offset(x, columns), none, y, offset(y, rows)];
  }
}

export interface RandomTranslationArgs extends RandomTransformArgs {
  /** How far down, as a part of the height. */
  heightFactor: Factor;
  /** How far to the right, as a part of the width. */
  widthFactor: Factor;
}

/** Moves each image by a random distance while training (Keras). */
export class RandomTranslation extends RandomTransform {
  static override readonly className: string = 'RandomTranslation';
  static override readonly optionNames: readonly string[] = [
    ...RandomTransform.optionNames,
    'heightFactor',
    'widthFactor',
  ];
  readonly heightFactor: readonly [number, number];
  readonly widthFactor: readonly [number, number];

  constructor(args: RandomTranslationArgs) {
    super(args);
    const options = this.options(args);
    this.heightFactor = readFactor(options, 'heightFactor', -1, 1);
    this.widthFactor = readFactor(options, 'widthFactor', -1, 1);
  }

  protected map(images: Tensor): Tensor[] {
    const [, rows, columns] = images.shape as [number, number, number];
    const down = this.draw(images, this.heightFactor).mul(-rows);
    const right = this.draw(images, this.widthFactor).mul(-columns);
    const none = down.mul(0);
    const one = none.add(1);
    return [one, none, right, none, one, down];
  }
}

export const randomRotation = (args: RandomRotationArgs | ConfigDict): RandomRotation =>
  new RandomRotation(args as unknown as RandomRotationArgs);
export const randomZoom = (args: RandomZoomArgs | ConfigDict): RandomZoom =>
  new RandomZoom(args as unknown as RandomZoomArgs);
export const randomTranslation = (args: RandomTranslationArgs | ConfigDict): RandomTranslation =>
  new RandomTranslation(args as unknown as RandomTranslationArgs);
