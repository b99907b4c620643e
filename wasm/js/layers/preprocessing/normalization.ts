import { tensor } from '../../create.js';
import type { Shape, TensorLike } from '../../dtype.js';
import { ValueError } from '../../errors.js';
import { tidy } from '../../lifetime.js';
import { moments } from '../../ops/reduce.js';
import type { ConfigDict } from '../../serialization.js';
import type { Plain } from '../../core.js';
import { Tensor } from '../../tensor.js';
import { Layer, onlyInput, onlyShape, type LayerArgs } from '../layer.js';
import type { LayerVariable } from '../layer_variable.js';
import { readAxes, resolveAxes, sizesOf } from '../normalization/axes.js';

export interface NormalizationArgs extends LayerArgs {
  /** Axes with a mean and variance for each place; null: one of both for everything. Default −1. */
  axis?: number | number[] | null;
  /** Known already: a number or (nested) list, of the sizes of `axis`. With `variance`. */
  mean?: number | Plain[] | null;
  variance?: number | Plain[] | null;
  /** Whether it goes back: x · √variance + mean. Default false. */
  invert?: boolean;
}

const kEpsilon = 1e-7;

/**
 * (x − mean) / max(√variance, 1e-7): brings features to mean 0 and variance 1 (Keras). Mean and
 * variance are options, or found by `adapt(data)`. Any shape, kept.
 *
 * Weights where mean is no option: mean, variance, of the sizes of `axis`, and count, none trained.
 */
export class Normalization extends Layer {
  static override readonly className: string = 'Normalization';
  static override readonly optionNames: readonly string[] = ['axis', 'mean', 'variance', 'invert'];
  readonly axis: number[];
  readonly invert: boolean;
  private readonly given: { mean: Plain; variance: Plain } | null;
  mean: LayerVariable | null = null;
  variance: LayerVariable | null = null;
  private count: LayerVariable | null = null;

  constructor(args: NormalizationArgs = {}) {
    super(args);
    const options = this.options(args);
    this.axis = args.axis === null ? [] : [readAxes(options, 'axis', -1)].flat();
    this.invert = options.flag('invert', false);
    const { mean, variance } = args;
    if ((mean == null) !== (variance == null)) {
      throw new ValueError(`Layer '${this.name}' (Normalization) needs both mean and variance`);
    }
    this.given = mean == null ? null : { mean, variance: variance! };
    this.supportsMasking = true;
  }

  override build(inputShape: Shape | Shape[]): void {
    const shape = onlyShape(inputShape);
    const axes = resolveAxes(this.axis, shape.length, this);
    const sizes = sizesOf(shape, axes, this);
    if (this.given === null) {
      const add = (name: string, first: string) =>
        this.addWeight(name, sizes, 'float32', first, null, false);
      this.mean = add('mean', 'zeros');
      this.variance = add('variance', 'ones');
      this.count = this.addWeight('count', [], 'int32', 'zeros', null, false);
    }
    const entries = axes.map((axis, i) => [axis, sizes[i]!] as const);
    this.inputSpec = [{ ndim: shape.length, axes: Object.fromEntries(entries) }];
    super.build(inputShape);
  }

  /**
   * Takes mean and variance from data: a tensor of examples, or a list of such batches, which count
   * by their number of examples.
   */
  adapt(data: Tensor | TensorLike | readonly Tensor[]): void {
    if (this.given !== null) {
      throw new ValueError(
        `Layer '${this.name}' (Normalization) has mean and variance as options: adapt() finds ` +
          'them where they are not given',
      );
    }
    tidy(() => {
      const isList = Array.isArray(data) && data[0] instanceof Tensor;
      const batches = (isList ? data : [data]) as (Tensor | TensorLike)[];
      const list = batches.map((x) => (x instanceof Tensor ? x : tensor(x)).toFloat());
      const { shape } = list[0]!;
      this.checkInputShapes([shape]);
      if (!this.built) this.buildFor([[null, ...shape.slice(1)]]);
      const axes = resolveAxes(this.axis, shape.length, this);
      const others = [...shape.keys()].filter((axis) => !axes.includes(axis));
      let seen = 0;
      let mean = this.mean!.read();
      let variance = this.variance!.read();
      for (const x of list) {
        // What an empty list of axes means to the op is all of them.
        const batch = others.length === 0 ? { mean: x, variance: x.mul(0) } : moments(x, others);
        const share = x.shape[0]! / (seen + x.shape[0]!);
        const together = mean.mul(1 - share).add(batch.mean.mul(share));
        const spread = (average: Tensor, v: Tensor) => v.add(average.sub(together).square());
        variance = spread(mean, variance)
          .mul(1 - share)
          .add(spread(batch.mean, batch.variance).mul(share));
        mean = together;
        seen += x.shape[0]!;
      }
      this.mean!.write(mean);
      this.variance!.write(variance);
      this.count!.write(tensor(seen, [], 'int32'));
    });
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const x = onlyInput(inputs, this).toFloat();
    const axes = resolveAxes(this.axis, x.rank, this);
    const broad = x.shape.map((dim, axis) => (axes.includes(axis) ? dim : 1));
    const sizes = axes.map((axis) => x.shape[axis]!);
    const [mean, variance] = (['mean', 'variance'] as const).map((key) => {
      const value = this.given ? tensor(this.given[key] as TensorLike) : this[key]!.read();
      return value.toFloat().broadcastTo(sizes).reshape(broad);
    }) as [Tensor, Tensor];
    const deviation = variance.sqrt().maximum(kEpsilon);
    return this.invert ? x.mul(deviation).add(mean) : x.sub(mean).div(deviation);
  }

  override getConfig(): ConfigDict {
    const { mean, variance } = this.given ?? { mean: null, variance: null };
    return { ...super.getConfig(), mean, variance };
  }
}

export const normalization = (args?: NormalizationArgs | ConfigDict): Normalization =>
  new Normalization(args as NormalizationArgs);
