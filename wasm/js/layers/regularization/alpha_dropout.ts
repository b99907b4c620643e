import type { Shape } from '../../dtype.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { Layer, onlyInput, type Kwargs, type LayerArgs } from '../layer.js';
import { Draws } from './draws.js';

export interface AlphaDropoutArgs extends LayerArgs {
  /** The part that is dropped. 0 and 1 leave the input as it is. */
  rate: number;
  /** Shape of the draws, which broadcasts to the input's; null is the input's size. */
  noiseShape?: Shape;
  seed?: number;
}

/** Where selu tends to on the negative side: −scale · alpha. */
const kSaturation = -1.0507009873554805 * 1.6732632423543772;

/**
 * Sets elements to selu's negative limit while training, then scales and shifts so that mean 0 and
 * variance 1 stay (Klambauer et al. 2017, section 3). Any shape, kept.
 */
export class AlphaDropout extends Layer {
  static override readonly className: string = 'AlphaDropout';
  static override readonly optionNames: readonly string[] = ['rate', 'noiseShape', 'seed'];
  readonly rate: number;
  readonly noiseShape: Shape | null;
  private readonly draws: Draws;

  constructor(args: AlphaDropoutArgs) {
    super(args);
    const options = this.options(args);
    this.rate = options.number('rate', { min: 0, max: 1 });
    this.noiseShape = options.has('noiseShape') ? options.shape('noiseShape') : null;
    this.draws = new Draws(options.integerOrNull('seed'));
    this.supportsMasking = true;
  }

  override call(inputs: Tensor | Tensor[], { training }: Kwargs): Tensor {
    const x = onlyInput(inputs, this);
    const { rate } = this;
    if (!training || rate === 0 || rate === 1) return x;
    const shape = (this.noiseShape ?? x.shape).map((dim, axis) => dim ?? x.shape[axis]!);
    const kept = this.draws.uniform(shape, 0, 1).greaterEqual(rate).toFloat();
    const a = ((1 - rate) * (1 + rate * kSaturation ** 2)) ** -0.5;
    const b = -a * kSaturation * rate;
    const dropped = x.mul(kept).add(kept.mul(-kSaturation).add(kSaturation));
    return dropped.mul(a).add(b);
  }

  override getConfig(): ConfigDict {
    return { seed: this.draws.seed, ...super.getConfig() };
  }
}

export const alphaDropout = (args: AlphaDropoutArgs | ConfigDict): AlphaDropout =>
  new AlphaDropout(args as unknown as AlphaDropoutArgs);
