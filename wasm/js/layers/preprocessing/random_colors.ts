import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { RandomImageLayer, readFactor, type Factor, type RandomImageArgs } from './random_image.js';

export interface RandomColorArgs extends RandomImageArgs {
  /** How much is changed at most. */
  factor: Factor;
  /** The range that values are held to. Default [0, 255]. */
  valueRange?: [number, number];
}

/** Layers that change values, by as much all over an image. */
abstract class RandomColors extends RandomImageLayer {
  static override readonly optionNames: readonly string[] = [
    ...RandomImageLayer.optionNames,
    'factor',
    'valueRange',
  ];
  readonly factor: readonly [number, number];
  readonly valueRange: readonly [number, number];

  constructor(args: RandomColorArgs, least: number) {
    super(args);
    const options = this.options(args);
    this.factor = readFactor(options, 'factor', least, 1);
    const range = args.valueRange ?? [0, 255];
    if (!Array.isArray(range) || range.length !== 2 || !(range[0] <= range[1])) {
      options.fail('valueRange', 'a list of two numbers, the lower first');
    }
    this.valueRange = range;
  }
}

/**
 * (x − mean) · c + mean while training, with the mean of each channel of each image and a random
 * factor c from 1 − lower to 1 + upper of `factor` (Keras). A factor that is one number is both.
 */
export class RandomContrast extends RandomColors {
  static override readonly className: string = 'RandomContrast';

  constructor(args: RandomColorArgs) {
    super(
      typeof args.factor === 'number' ? { ...args, factor: [args.factor, args.factor] } : args,
      0,
    );
  }

  protected change(images: Tensor): Tensor {
    const [lower, upper] = this.factor;
    const factor = this.draw(images, [1 - lower, 1 + upper]);
    const mean = images.mean([1, 2], true);
    return images
      .sub(mean)
      .mul(factor)
      .add(mean)
      .clipByValue(...this.valueRange);
  }
}

/** Adds a random part, in `factor`, of the value range to each image while training (Keras). */
export class RandomBrightness extends RandomColors {
  static override readonly className: string = 'RandomBrightness';

  constructor(args: RandomColorArgs) {
    super(args, -1);
  }

  protected change(images: Tensor): Tensor {
    const [low, high] = this.valueRange;
    const delta = this.draw(images, this.factor).mul(high - low);
    return images.add(delta).clipByValue(low, high);
  }
}

export const randomContrast = (args: RandomColorArgs | ConfigDict): RandomContrast =>
  new RandomContrast(args as unknown as RandomColorArgs);
export const randomBrightness = (args: RandomColorArgs | ConfigDict): RandomBrightness =>
  new RandomBrightness(args as unknown as RandomColorArgs);
