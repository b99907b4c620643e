import { leakyRelu } from '../../ops/unary.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { Layer, onlyInput, type LayerArgs } from '../layer.js';

export interface ReLULayerArgs extends LayerArgs {
  /** Nothing above it comes out. Default: no bound. */
  maxValue?: number | null;
  /** Slope below the threshold (Keras). Default 0. */
  negativeSlope?: number;
  /** Where the slope changes (Keras). Default 0. */
  threshold?: number;
}

/**
 * min(x, maxValue) from `threshold` on, below it negativeSlope · (x − threshold). Any shape, kept.
 */
export class ReLU extends Layer {
  static override readonly className: string = 'ReLU';
  static override readonly optionNames: readonly string[] = [
    'maxValue',
    'negativeSlope',
    'threshold',
  ];
  readonly maxValue: number | null;
  readonly negativeSlope: number;
  readonly threshold: number;

  constructor(args: ReLULayerArgs = {}) {
    super(args);
    const options = this.options(args);
    this.maxValue = options.has('maxValue') ? options.number('maxValue', { min: 0 }) : null;
    this.negativeSlope = options.number('negativeSlope', { min: 0 }, 0);
    this.threshold = options.number('threshold', { min: 0 }, 0);
    this.supportsMasking = true;
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const { maxValue, negativeSlope, threshold } = this;
    const x = onlyInput(inputs, this);
    if (maxValue === null && threshold === 0 && negativeSlope > 0) {
      return leakyRelu(x, negativeSlope);
    }
    let y = threshold === 0 ? x.relu() : x.mul(x.greater(threshold).toFloat());
    if (maxValue !== null) y = y.clipByValue(0, maxValue);
    if (negativeSlope === 0) return y;
    return y.sub(x.neg().add(threshold).relu().mul(negativeSlope));
  }
}

export const reLU = (args?: ReLULayerArgs | ConfigDict): ReLU => new ReLU(args as ReLULayerArgs);
