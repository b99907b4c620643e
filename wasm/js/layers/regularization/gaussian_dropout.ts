import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { Layer, onlyInput, type Kwargs, type LayerArgs } from '../layer.js';
import { Draws } from './draws.js';

export interface GaussianDropoutArgs extends LayerArgs {
  /** As of dropout, whose variance the noise has. 0 and 1 leave the input as it is. */
  rate: number;
  seed?: number;
}

/**
 * Multiplies by normal noise of mean 1 and standard deviation √(rate / (1 − rate)) while training
 * (Srivastava et al. 2014, section 10). Any shape, kept.
 */
export class GaussianDropout extends Layer {
  static override readonly className: string = 'GaussianDropout';
  static override readonly optionNames: readonly string[] = ['rate', 'seed'];
  readonly rate: number;
  private readonly draws: Draws;

  constructor(args: GaussianDropoutArgs) {
    super(args);
    const options = this.options(args);
    this.rate = options.number('rate', { min: 0, max: 1 });
    this.draws = new Draws(options.integerOrNull('seed'));
    this.supportsMasking = true;
  }

  override call(inputs: Tensor | Tensor[], { training }: Kwargs): Tensor {
    const x = onlyInput(inputs, this);
    const { rate } = this;
    if (!training || rate === 0 || rate === 1) return x;
    return x.mul(this.draws.normal(x.shape, 1, Math.sqrt(rate / (1 - rate))));
  }

  override getConfig(): ConfigDict {
    return { seed: this.draws.seed, ...super.getConfig() };
  }
}

export const gaussianDropout = (args: GaussianDropoutArgs | ConfigDict): GaussianDropout =>
  new GaussianDropout(args as unknown as GaussianDropoutArgs);
