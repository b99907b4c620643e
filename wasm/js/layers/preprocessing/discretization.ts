import { tensor } from '../../create.js';
import type { DataType, Shape, TensorLike } from '../../dtype.js';
import { ValueError } from '../../errors.js';
import { searchSorted } from '../../ops/order.js';
import type { ConfigDict } from '../../serialization.js';
import { Tensor } from '../../tensor.js';
import { variable, type Variable } from '../../variable.js';
import { Layer, onlyInput, onlyShape, type LayerArgs } from '../layer.js';
import { encode, encodedShape, kEncodings, type Encoding } from './encode.js';

export interface DiscretizationArgs extends LayerArgs {
  /** Where one bin ends and the next begins, ascending: one less than there are bins. */
  binBoundaries?: readonly number[];
  /** How many bins `adapt` shall make. One of both is needed. */
  numBins?: number;
  /** How exact the quantiles of `adapt` are. Default 0.01. */
  epsilon?: number;
  /** The number of the bin ('int', default), or as CategoryEncoding. */
  outputMode?: 'int' | Encoding;
}

interface Summary {
  values: number[];
  weights: number[];
}

/** y at each x, on the line through the points, level outside. */
const interpolate = (at: readonly number[], xs: readonly number[], ys: readonly number[]) =>
  at.map((x) => {
    const above = xs.findIndex((limit) => limit > x);
    if (above < 0) return ys.at(-1)!;
    if (above === 0) return ys[0]!;
    const part = (x - xs[above - 1]!) / (xs[above]! - xs[above - 1]!);
    return ys[above - 1]! + part * (ys[above]! - ys[above - 1]!);
  });

/** A summary of about 1 / epsilon values at equal shares of the weight. */
function compress({ values, weights }: Summary, epsilon: number): Summary {
  if (values.length * epsilon < 1) return { values, weights };
  let total = 0;
  const upTo = weights.map((weight) => (total += weight));
  const count = Math.ceil(1 / epsilon - 1e-9);
  const shares = Array.from({ length: count }, (_, i) => (i + 1) * epsilon);
  const placed = upTo.map((weight) => weight / total);
  const cumulated = interpolate(shares, placed, upTo);
  return {
    values: interpolate(shares, placed, values),
    weights: cumulated.map((weight, i) => weight - (cumulated[i - 1] ?? 0)),
  };
}

/** Every so many of the sorted values, with the weight of those between. */
function summarize(values: Float32Array, epsilon: number): Summary {
  const sorted = values.slice().sort();
  const step = Math.max(sorted.length * epsilon, 1);
  const kept: number[] = [];
  for (let i = Math.trunc(step - 1); i < sorted.length; i += Math.trunc(step))
    kept.push(sorted[i]!);
  return { values: kept, weights: kept.map(() => step) };
}

/**
 * The number of the bin that each value is in (Keras): the bins are (−∞, b₀), [b₀, b₁), ..., [bₙ, ∞).
 * Any shape, kept, int32; or vectors, float32, as CategoryEncoding makes them. The boundaries are an
 * option, or quantiles that `adapt(data)` finds.
 */
export class Discretization extends Layer {
  static override readonly className: string = 'Discretization';
  static override readonly optionNames: readonly string[] = [
    'binBoundaries',
    'numBins',
    'epsilon',
    'outputMode',
  ];
  readonly numBins: number | null;
  readonly epsilon: number;
  readonly outputMode: 'int' | Encoding;
  /** Null before `adapt`. */
  binBoundaries: number[] | null = null;
  /** The same for programs; bins that `adapt` found no values for end at infinity. */
  private limits: Variable | null = null;

  constructor(args: DiscretizationArgs) {
    super(args);
    const options = this.options(args);
    this.numBins = options.integerOrNull('numBins', { min: 1 });
    this.epsilon = options.number('epsilon', { min: 0, max: 1 }, 0.01);
    this.outputMode = options.choice('outputMode', ['int', ...kEncodings], 'int');
    const boundaries = options.any('binBoundaries') as number[] | null | undefined;
    if (boundaries == null) {
      if (this.numBins === null) options.fail('numBins', 'given where binBoundaries are not');
      return;
    }
    const ascends =
      Array.isArray(boundaries) &&
      boundaries.every((b, i) => typeof b === 'number' && !(b < boundaries[i - 1]!));
    if (!ascends) options.fail('binBoundaries', 'a list of numbers that ascend');
    this.setBoundaries(boundaries);
  }

  private get bins(): number {
    return this.numBins ?? this.binBoundaries!.length + 1;
  }

  private setBoundaries(boundaries: readonly number[]): void {
    this.binBoundaries = [...boundaries];
    const limits = Array.from({ length: this.bins - 1 }, (_, i) => boundaries[i] ?? Infinity);
    if (this.limits === null) this.limits = variable(tensor(limits, [1, limits.length]), false);
    else this.limits.assign(tensor(limits, [1, limits.length]));
  }

  /** Takes the boundaries from data, so that each bin has about as many of its values. */
  adapt(data: Tensor | TensorLike | readonly Tensor[]): void {
    if (this.numBins === null) {
      throw new ValueError(
        `Layer '${this.name}' (Discretization) has binBoundaries as an option: adapt() is for ` +
          'numBins',
      );
    }
    const isList = Array.isArray(data) && data[0] instanceof Tensor;
    const all: Summary = { values: [], weights: [] };
    for (const batch of (isList ? data : [data]) as (Tensor | TensorLike)[]) {
      const values = batch instanceof Tensor ? batch.dataSync() : tensor(batch).dataSync();
      const summary = summarize(Float32Array.from(values), this.epsilon);
      all.values.push(...summary.values);
      all.weights.push(...summary.weights);
    }
    const order = [...all.values.keys()].sort((a, b) => all.values[a]! - all.values[b]!);
    const merged: Summary = {
      values: order.map((i) => all.values[i]!),
      weights: order.map((i) => all.weights[i]!),
    };
    const summary = compress(merged, this.epsilon);
    const { values } = compress(summary, 1 / this.numBins);
    this.setBoundaries(values.slice(0, -1).slice(0, this.numBins - 1));
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const shape = onlyShape(inputShape);
    return this.outputMode === 'int' ? shape : encodedShape(shape, this.outputMode, this.bins);
  }

  override computeOutputDtypes(): DataType[] {
    return [this.outputMode === 'int' ? 'int32' : 'float32'];
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const x = onlyInput(inputs, this).toFloat();
    if (this.limits === null) {
      throw new ValueError(
        `Layer '${this.name}' (Discretization) has no boundaries yet: call adapt(data), or give ` +
          'binBoundaries',
      );
    }
    const bins = searchSorted(this.limits, x.reshape([1, x.size]), 'right').reshape(x.shape);
    return this.outputMode === 'int' ? bins : encode(bins, this.outputMode, this.bins);
  }
}

export const discretization = (args: DiscretizationArgs | ConfigDict): Discretization =>
  new Discretization(args as unknown as DiscretizationArgs);
