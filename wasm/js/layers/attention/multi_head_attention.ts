import type { Constraint, ConstraintIdentifier } from '../../constraints.js';
import type { Shape } from '../../dtype.js';
import { ValueError } from '../../errors.js';
import type { Initializer, InitializerIdentifier } from '../../initializers.js';
import { attend, isLong } from '../../ops/attention.js';
import { matMul } from '../../ops/matmul.js';
import type { Regularizer, RegularizerIdentifier } from '../../regularizers.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { maskScores } from '../activation/softmax.js';
import { AsMatrix } from '../core/einsum_dense.js';
import { type Layer, listOf, shapesOf, type Kwargs, type LayerArgs } from '../layer.js';
import type { LayerVariable } from '../layer_variable.js';
import { resolveAxes, sizesOf } from '../normalization/axes.js';
import { Draws } from '../regularization/draws.js';
import { causalMask, checkInputCount } from './attention.js';
import { QueryLayer } from './query_layer.js';
import { addWeightOf, readWeightOptions, weightOptions } from '../weight_options.js';

export interface MultiHeadAttentionArgs extends LayerArgs {
  numHeads: number;
  /** Size of each head's queries and keys. */
  keyDim: number;
  /** Size of each head's values. Default keyDim. */
  valueDim?: number;
  /** The part of the attention weights that is dropped while training. Default 0. */
  dropout?: number;
  /** Default true. */
  useBias?: boolean;
  /** Size, or sizes, of the output's last axis. Default the query's. */
  outputShape?: number | number[];
  /** The axes that are attended over, the batch being 0. Default all but the batch and the last. */
  attentionAxes?: number | number[];
  /** Default 'glorotUniform'. */
  kernelInitializer?: InitializerIdentifier;
  /** Default 'zeros'. */
  biasInitializer?: InitializerIdentifier;
  kernelRegularizer?: RegularizerIdentifier;
  biasRegularizer?: RegularizerIdentifier;
  kernelConstraint?: ConstraintIdentifier;
  biasConstraint?: ConstraintIdentifier;
  seed?: number;
}

type Kind = 'query' | 'key' | 'value' | 'attention_output';
interface Projection {
  kernel: LayerVariable;
  bias: LayerVariable | null;
}

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/**
 * Attention by several heads, each with projections of its own (Vaswani et al. 2017; Keras):
 *
 *   head = softmax(q kᵀ / √keyDim) v,   output = concat(heads) W + b
 *
 * Inputs: [query, value] or [query, value, key] of shapes [batch, T, dim], [batch, S, dimV],
 * [batch, S, dimK] (more axes: see attentionAxes); the key is the value if not given. TensorFlow.js's
 * form, apply(query, {value, key}), works as well. Output: [batch, T, ...outputShape].
 *
 * Weights, as in Keras 3: query/kernel [dim, heads, keyDim], query/bias [heads, keyDim], key/...,
 * value/kernel [dimV, heads, valueDim], value/bias, attention_output/kernel [heads, valueDim,
 * ...outputShape], attention_output/bias.
 *
 * `apply(inputs, kwargs)`: `attentionMask` [batch, T, S] (true: may look), `useCausalMask` (no
 * position looks at those after it), `returnAttentionScores` (gives [output, weights], the weights
 * [batch, heads, T, S]). Masks of the inputs count too.
 */
export class MultiHeadAttention extends QueryLayer {
  static override readonly className: string = 'MultiHeadAttention';
  static override readonly optionNames: readonly string[] = [
    'numHeads',
    'keyDim',
    'valueDim',
    'dropout',
    'useBias',
    'outputShape',
    'attentionAxes',
    ...weightOptions('kernel', 'bias'),
    'seed',
    // In configurations of TensorFlow.js; the first call says them.
    'queryShape',
    'keyShape',
    'valueShape',
  ];
  readonly numHeads: number;
  readonly keyDim: number;
  readonly valueDim: number;
  readonly dropout: number;
  readonly useBias: boolean;
  /** The option `outputShape`. */
  readonly outputSizes: number[] | null;
  readonly attentionAxes: number[] | null;
  readonly kernelInitializer!: Initializer;
  readonly biasInitializer!: Initializer;
  readonly kernelRegularizer!: Regularizer | null;
  readonly biasRegularizer!: Regularizer | null;
  readonly kernelConstraint!: Constraint | null;
  readonly biasConstraint!: Constraint | null;
  private readonly draws: Draws;
  private readonly projections = new Map<Kind, Projection>();

  constructor(args: MultiHeadAttentionArgs) {
    super(args);
    const options = this.options(args);
    const size = { min: 1 };
    const listOrNull = (key: string, range: { min?: number }) => {
      if (!options.has(key)) return null;
      return Array.isArray(options.any(key))
        ? options.list(key, range)
        : [options.integer(key, range)];
    };
    this.numHeads = options.integer('numHeads', size);
    this.keyDim = options.integer('keyDim', size);
    this.valueDim = options.integer('valueDim', size, this.keyDim);
    this.dropout = options.number('dropout', { min: 0, max: 1 }, 0);
    this.useBias = options.flag('useBias', true);
    this.outputSizes = listOrNull('outputShape', size);
    this.attentionAxes = listOrNull('attentionAxes', {});
    readWeightOptions(this, options, { kernel: 'glorotUniform', bias: 'zeros' });
    this.draws = new Draws(options.integerOrNull('seed'));
    for (const key of ['queryShape', 'keyShape', 'valueShape']) options.shape(key, []);
    this.supportsMasking = true;
  }

  /** The shapes of query, value and key. */
  private inputShapes(inputShape: Shape | Shape[]): [Shape, Shape, Shape] {
    const shapes = shapesOf(inputShape);
    checkInputCount(shapes, this);
    const [query, value, key = value] = shapes as [Shape, Shape, Shape?];
    const between = (shape: Shape) => JSON.stringify(shape.slice(1, -1));
    if (between(value) !== between(key) || query.length !== value.length || query.length < 3) {
      throw new ValueError(
        `Layer '${this.name}' (MultiHeadAttention): value and key must have the same shape but for ` +
          `the last axis, and all inputs the same rank, of at least 3; got query ` +
          `${JSON.stringify(query)}, value ${JSON.stringify(value)}, key ${JSON.stringify(key)}`,
      );
    }
    return [query, value, key];
  }

  override build(inputShape: Shape | Shape[]): void {
    const [query, value, key] = this.inputShapes(inputShape);
    const last = (shape: Shape) => sizesOf(shape, [shape.length - 1], this);
    const add = (kind: Kind, from: number[], to: number[]) => {
      const first = new AsMatrix(this.kernelInitializer, product(from));
      const kernel = addWeightOf(this, 'kernel', [...from, ...to], `${kind}/kernel`, first);
      const bias = this.useBias ? addWeightOf(this, 'bias', to, `${kind}/bias`) : null;
      this.projections.set(kind, { kernel, bias });
    };
    const { numHeads, keyDim, valueDim } = this;
    add('query', last(query), [numHeads, keyDim]);
    add('key', last(key), [numHeads, keyDim]);
    add('value', last(value), [numHeads, valueDim]);
    add('attention_output', [numHeads, valueDim], this.outputSizes ?? last(query));
    super.build(inputShape);
  }

  override apply(
    inputs: Parameters<Layer['apply']>[0],
    kwargs?: Kwargs | null,
  ): ReturnType<Layer['apply']> {
    const { value, key, ...others } = kwargs ?? {};
    if (value == null) return super.apply(inputs, kwargs);
    return super.apply([inputs, value, ...(key == null ? [] : [key])] as never, others);
  }

  /** The axes attended over, and the others but the last, of projected tensors. */
  private axes(rank: number): [attended: number[], kept: number[]] {
    const all = [...new Array<number>(rank - 1).keys()];
    const attended =
      this.attentionAxes === null ? all.slice(1) : resolveAxes(this.attentionAxes, rank - 1, this);
    // Projected, there is an axis of heads before the last.
    return [attended, [...all, rank - 1].filter((axis) => !attended.includes(axis))];
  }

  override computeOutputShape(inputShape: Shape | Shape[], kwargs: Kwargs = {}): Shape | Shape[] {
    const [query, value] = this.inputShapes(inputShape);
    const output = [...query.slice(0, -1), ...(this.outputSizes ?? [query.at(-1)!])];
    if (!kwargs['returnAttentionScores']) return output;
    const [attended, kept] = this.axes(query.length);
    const heads = kept.map((axis) => (axis === query.length - 1 ? this.numHeads : query[axis]!));
    const scores = [query, value].flatMap((shape) => attended.map((axis) => shape[axis]!));
    return [output, [...heads, ...scores]];
  }

  /** x [..., ...from] by a kernel [...from, ...to] and its bias: [..., ...to]. */
  private project(kind: Kind, x: Tensor, summed: number): Tensor {
    const { kernel, bias } = this.projections.get(kind)!;
    const from = kernel.shape.slice(0, summed);
    const to = kernel.shape.slice(summed);
    const matrix = kernel.read().reshape([product(from), product(to)]);
    const rows = x.size / product(from);
    let y = matMul(x.reshape([rows, product(from)]), matrix);
    if (bias !== null) y = y.add(bias.read().reshape([product(to)]));
    return y.reshape([...x.shape.slice(0, x.rank - summed), ...to]);
  }

  override call(inputs: Tensor | Tensor[], kwargs: Kwargs): Tensor | Tensor[] {
    const list = listOf<Tensor>(inputs);
    checkInputCount(list, this);
    const [query, value, key = value] = list as [Tensor, Tensor, Tensor?];
    const [attended, kept] = this.axes(query.rank);
    const perm = [...kept, ...attended, query.rank];
    /** [groups, positions, size]: one matrix for each example, head and axis not attended over. */
    const grouped = (kind: Kind, x: Tensor): [Tensor, number[], number[]] => {
      const y = this.project(kind, x, 1).transpose(perm);
      const groups = y.shape.slice(0, kept.length);
      const positions = y.shape.slice(kept.length, -1);
      return [y.reshape([product(groups), product(positions), y.shape.at(-1)!]), groups, positions];
    };
    const [q, groups, queries] = grouped('query', query);
    const [k, , keys] = grouped('key', key);
    const [v] = grouped('value', value);
    const whole = [...groups, ...queries, ...keys];
    const scale = 1 / Math.sqrt(this.keyDim);
    const returns = Boolean(kwargs['returnAttentionScores']);
    const causal = Boolean(kwargs['useCausalMask']);
    const drop = kwargs.training === true && this.dropout > 0 && this.dropout < 1;
    let mixed: Tensor;
    let weights: Tensor | null = null;
    const masks = this.masks(kwargs);
    const short = returns || drop || attended.length > 1 || !isLong(queries[0]!, keys[0]!, causal);
    if (!short && masks.every((mask) => mask.rank <= 3)) {
      let mask = masks.length > 0 ? masks.reduce((a, b) => a.logicalAnd(b)) : null;
      while (mask && mask.rank < 3) mask = mask.expandDims(0);
      mixed = attend(this.name, [q, k, v], mask, scale, causal);
    } else {
      let scores = matMul(q.mul(scale), k, false, true);
      if (causal) masks.push(causalMask(query.shape[1]!, value.shape[1]!));
      if (masks.length > 0) {
        const all = masks.reduce((a, b) => a.logicalAnd(b));
        // The heads' axis, and others not attended over, are put in before the positions.
        const { shape } = all;
        const behind = attended.length * 2;
        const spread = [
          ...shape.slice(0, -behind),
          ...new Array<number>(Math.max(whole.length - shape.length, 0)).fill(1),
          ...shape.slice(-behind),
        ];
        scores = maskScores(scores.reshape(whole), all.reshape(spread)).reshape(scores.shape);
      }
      weights = scores.softmax();
      mixed = matMul(drop ? this.draws.dropout(weights, this.dropout) : weights, v);
    }
    const inverse = perm.map((_, axis) => perm.indexOf(axis));
    const heads = mixed.reshape([...groups, ...queries, this.valueDim]).transpose(inverse);
    const output = this.project('attention_output', heads, 2);
    return returns ? [output, weights!.reshape(whole)] : output;
  }

  /** What says which positions may look at which: bool, they broadcast to [batch, T, S]. */
  private masks(kwargs: Kwargs): Tensor[] {
    const masks: Tensor[] = [];
    const [queryMask, valueMask, keyMask] = Array.isArray(kwargs.mask) ? kwargs.mask : [];
    if (queryMask) masks.push(queryMask.expandDims(-1));
    if (valueMask) masks.push(valueMask.expandDims(-2));
    if (keyMask) masks.push(keyMask.expandDims(-2));
    const given = kwargs['attentionMask'] as Tensor | undefined;
    if (given) masks.push(given.toBool());
    return masks;
  }

  override getConfig(): ConfigDict {
    return { outputShape: this.outputSizes, seed: this.draws.seed, ...super.getConfig() };
  }
}

export const multiHeadAttention = (args: MultiHeadAttentionArgs | ConfigDict): MultiHeadAttention =>
  new MultiHeadAttention(args as unknown as MultiHeadAttentionArgs);
