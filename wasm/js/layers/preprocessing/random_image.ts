import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { Layer, onlyInput, type Kwargs, type LayerArgs } from '../layer.js';
import type { DataFormat, Options } from '../options.js';
import { Draws } from '../regularization/draws.js';
import { kInterpolations, type Interpolation } from './images.js';
import { transform } from '../../ops/image_sampling.js';
import { concat } from '../../ops/shape.js';

export interface RandomImageArgs extends LayerArgs {
  /** Layers of the same seed draw alike. */
  seed?: number;
  /** Default 'channelsLast'. */
  dataFormat?: DataFormat;
}

/** A number, for ± that much, or [lower, upper]. */
export type Factor = number | [number, number];

/** @internal Reads a factor as [lower, upper]. */
export function readFactor(
  options: Options,
  key: string,
  min: number,
  max: number,
): [number, number] {
  const given = options.any(key);
  const valid = (x: unknown) => typeof x === 'number' && x >= min && x <= max;
  if (valid(given)) return [Math.max(-Math.abs(given as number), min), Math.abs(given as number)];
  if (Array.isArray(given) && given.length === 2 && given.every(valid)) {
    return [Math.min(...(given as number[])), Math.max(...(given as number[]))];
  }
  return options.fail(key, `a number or a list of two, from ${min} to ${max}`);
}

/**
 * Changes each image of a batch at random while training, and leaves it as it is otherwise (Keras).
 * Input and output [batch, height, width, channels], or the channels before the height.
 */
export abstract class RandomImageLayer extends Layer {
  static override readonly optionNames: readonly string[] = ['seed', 'dataFormat'];
  readonly dataFormat: DataFormat;
  protected readonly draws: Draws;

  constructor(args: RandomImageArgs) {
    super(args);
    const options = this.options(args);
    this.dataFormat = options.dataFormat();
    this.draws = new Draws(options.integerOrNull('seed'));
    this.inputSpec = [{ ndim: 4 }];
  }

  /** Images [batch, height, width, channels], changed. */
  protected abstract change(images: Tensor): Tensor;

  /** What it does where nothing is trained. */
  protected keep(images: Tensor): Tensor {
    return images;
  }

  /** A draw for each image, [batch, 1, 1, 1]. */
  protected draw(images: Tensor, [low, high]: readonly [number, number]): Tensor {
    return this.draws.uniform([images.shape[0]!, 1, 1, 1], low, high);
  }

  override call(inputs: Tensor | Tensor[], { training }: Kwargs): Tensor {
    const x = onlyInput(inputs, this).toFloat();
    const run = (images: Tensor) => (training ? this.change(images) : this.keep(images));
    if (this.dataFormat === 'channelsLast') return run(x);
    return run(x.transpose([0, 2, 3, 1])).transpose([0, 3, 1, 2]);
  }

  override getConfig(): ConfigDict {
    return { seed: this.draws.seed, ...super.getConfig() };
  }
}

export interface RandomTransformArgs extends RandomImageArgs {
  /** What lies outside the image. Default 'reflect'. */
  fillMode?: 'constant' | 'reflect' | 'wrap' | 'nearest';
  /** Default 'bilinear'. */
  interpolation?: Interpolation;
  /** For fillMode 'constant'. Default 0. */
  fillValue?: number;
}

/** Layers that move cells: where each cell of the output comes from is an affine map of its place. */
export abstract class RandomTransform extends RandomImageLayer {
  static override readonly optionNames: readonly string[] = [
    ...RandomImageLayer.optionNames,
    'fillMode',
    'interpolation',
    'fillValue',
  ];
  readonly fillMode: 'constant' | 'reflect' | 'wrap' | 'nearest';
  readonly interpolation: Interpolation;
  readonly fillValue: number;

  constructor(args: RandomTransformArgs) {
    super(args);
    const options = this.options(args);
    const modes = ['constant', 'reflect', 'wrap', 'nearest'] as const;
    this.fillMode = options.choice('fillMode', modes, 'reflect');
    this.interpolation = options.choice('interpolation', kInterpolations, 'bilinear');
    this.fillValue = options.number('fillValue', {}, 0);
  }

  /** The rows of the map, a0 a1 a2 and b0 b1 b2: x = a0 x' + a1 y' + a2, y likewise; [batch, 1]. */
  protected abstract map(images: Tensor): Tensor[];

  protected override change(images: Tensor): Tensor {
    const rows = this.map(images).map((row) => row.reshape([images.shape[0]!, 1]));
    const none = rows[0]!.mul(0);
    const maps = concat([...rows, none, none], 1); // [batch, 8]
    return transform(images, maps, this.interpolation, this.fillMode, this.fillValue);
  }
}
