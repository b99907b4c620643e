import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { Layer, onlyInput, type Kwargs, type LayerArgs } from '../layer.js';
import { Draws } from './draws.js';

export interface GaussianNoiseArgs extends LayerArgs {
  /** Standard deviation of the noise. */
  stddev: number;
  seed?: number;
}

/**
 * Adds normal noise of mean 0 while training. Any shape, kept.
 */
export class GaussianNoise extends Layer {
  static override readonly className: string = 'GaussianNoise';
  static override readonly optionNames: readonly string[] = ['stddev', 'seed'];
  readonly stddev: number;
  private readonly draws: Draws;

  constructor(args: GaussianNoiseArgs) {
    super(args);
    const options = this.options(args);
    this.stddev = options.number('stddev', { min: 0 });
    this.draws = new Draws(options.integerOrNull('seed'));
    this.supportsMasking = true;
  }

  override call(inputs: Tensor | Tensor[], { training }: Kwargs): Tensor {
    const x = onlyInput(inputs, this);
    return training ? x.add(this.draws.normal(x.shape, 0, this.stddev)) : x;
  }

  override getConfig(): ConfigDict {
    return { seed: this.draws.seed, ...super.getConfig() };
  }
}

export const gaussianNoise = (args: GaussianNoiseArgs | ConfigDict): GaussianNoise =>
  new GaussianNoise(args as unknown as GaussianNoiseArgs);
