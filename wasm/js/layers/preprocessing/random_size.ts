import type { Shape } from '../../dtype.js';
import { core } from '../../engine.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { Layer, onlyInput, onlyShape, type Kwargs, type LayerArgs } from '../layer.js';
import { kInterpolations, resize, resizedShape, type Interpolation } from './images.js';
import { readFactor, type Factor } from './random_image.js';

export interface RandomSizeArgs extends LayerArgs {
  /** How much longer or shorter: from −1. A number above 0 is ± that much. */
  factor: Factor;
  /** Default 'bilinear'. */
  interpolation?: Interpolation;
  seed?: number;
}

/** A number in [0, 1) that has nothing to do with those of the numbers next to it (mulberry32). */
function uniformOf(number: number): number {
  let t = (number + 0x6d2b79f5) | 0;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

/**
 * Stretches a batch of images [batch, h, w, channels] or one [h, w, channels] along one axis by a
 * random factor while training. (TensorFlow.js does so always; it says that it does not.)
 *
 * A program has fixed shapes: in a compiled model the size is drawn when `call` is traced, once for
 * each shape of input. Called eagerly, or with compile({runEagerly: true}), each call draws anew.
 */
abstract class RandomSize extends Layer {
  static override readonly optionNames: readonly string[] = ['factor', 'interpolation', 'seed'];
  readonly factor: Factor;
  readonly interpolation: Interpolation;
  private readonly bounds: readonly [number, number];
  private readonly seed: number | null;
  private drawn = 0;

  constructor(args: RandomSizeArgs) {
    super(args);
    const options = this.options(args);
    this.bounds = readFactor(options, 'factor', -1, Infinity);
    this.factor = args.factor;
    if (typeof args.factor === 'number' && args.factor <= 0) {
      options.fail('factor', 'a positive number or a list of two numbers');
    }
    this.interpolation = options.choice('interpolation', kInterpolations, 'bilinear');
    this.seed = options.integerOrNull('seed');
  }

  protected abstract readonly axis: -3 | -2;

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const shape = onlyShape(inputShape);
    const [rows, columns] = shape.slice(-3) as [number | null, number | null];
    return this.axis === -3
      ? resizedShape(shape, null, columns, this)
      : resizedShape(shape, rows, null, this);
  }

  override call(inputs: Tensor | Tensor[], { training }: Kwargs): Tensor {
    const x = onlyInput(inputs, this).toFloat();
    if (!training) return x;
    const [low, high] = this.bounds;
    const number = this.seed === null ? core().drawSeed() : this.seed + 7919 * this.drawn++;
    const part = 1 + low + (high - low) * uniformOf(number);
    const size = x.shape.slice(-3, -1) as [number, number];
    size[this.axis + 3] = Math.max(Math.round(part * x.shape.at(this.axis)!), 1);
    return resize(x, size, this.interpolation, false);
  }
}

/** Random heights (RandomSize). */
export class RandomHeight extends RandomSize {
  static override readonly className: string = 'RandomHeight';
  protected override readonly axis = -3;
}

/** Random widths (RandomSize). */
export class RandomWidth extends RandomSize {
  static override readonly className: string = 'RandomWidth';
  protected override readonly axis = -2;
}

export const randomHeight = (args: RandomSizeArgs | ConfigDict): RandomHeight =>
  new RandomHeight(args as unknown as RandomSizeArgs);
export const randomWidth = (args: RandomSizeArgs | ConfigDict): RandomWidth =>
  new RandomWidth(args as unknown as RandomSizeArgs);
