import { range } from '../../create.js';
import type { Shape } from '../../dtype.js';
import { ValueError } from '../../errors.js';
import { attend, isLong } from '../../ops/attention.js';
import { matMul } from '../../ops/matmul.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { maskScores } from '../activation/softmax.js';
import { type Layer, listOf, shapesOf, type Kwargs, type LayerArgs } from '../layer.js';
import type { LayerVariable } from '../layer_variable.js';
import { Draws } from '../regularization/draws.js';
import { QueryLayer } from './query_layer.js';

export interface AttentionLayerArgs extends LayerArgs {
  /** Whether scores are multiplied by a learned scalar. Default false. */
  useScale?: boolean;
  /** How a query and a key score: 'dot' (default), their product, or 'concat', Σ tanh(q + k). */
  scoreMode?: 'dot' | 'concat';
  /** The part of the weights that is dropped while training. Default 0. */
  dropout?: number;
  seed?: number;
}

/** @internal Throws ValueError unless there are two or three inputs. */
export function checkInputCount(shapes: readonly unknown[], layer: Layer): void {
  if (shapes.length === 2 || shapes.length === 3) return;
  throw new ValueError(
    `Layer '${layer.name}' (${layer.getClassName()}) takes a list of two or three inputs, ` +
      `[query, value] or [query, value, key], got ${shapes.length}`,
  );
}

/** @internal [1, queries, keys]: whether a key is at or before the query. */
export const causalMask = (queries: number, keys: number): Tensor =>
  range(0, queries, 1, 'int32')
    .expandDims(1)
    .greaterEqual(range(0, keys, 1, 'int32'))
    .expandDims(0);

/**
 * Dot-product attention (Luong et al. 2015; Keras): softmax(query keyᵀ) value.
 *
 * Inputs: [query, value] or [query, value, key], of shapes [batch, Tq, dim], [batch, Tv, dimV],
 * [batch, Tv, dim]; the key is the value if not given. Output: [batch, Tq, dimV]. Weights: scale []
 * with useScale, concat_score_weight [] with scoreMode 'concat'.
 *
 * `apply(inputs, {useCausalMask})`: no position looks at those after it. `{returnAttentionScores}`:
 * gives [output, weights], the weights [batch, Tq, Tv]. Masks [queryMask, valueMask]: values that do
 * not count get no weight, outputs of queries that do not count are 0.
 */
export class Attention extends QueryLayer {
  static override readonly className: string = 'Attention';
  static override readonly optionNames: readonly string[] = [
    'useScale',
    'scoreMode',
    'dropout',
    'seed',
  ];
  readonly useScale: boolean;
  readonly scoreMode: 'dot' | 'concat';
  readonly dropout: number;
  protected readonly draws: Draws;
  scale: LayerVariable | null = null;
  concatScoreWeight: LayerVariable | null = null;

  constructor(args: AttentionLayerArgs = {}, useScale = false) {
    super(args);
    const options = this.options(args);
    this.useScale = options.flag('useScale', useScale);
    this.scoreMode = options.choice('scoreMode', ['dot', 'concat'], 'dot');
    this.dropout = options.number('dropout', { min: 0, max: 1 }, 0);
    this.draws = new Draws(options.integerOrNull('seed'));
    this.supportsMasking = true;
  }

  override build(inputShape: Shape | Shape[]): void {
    checkInputCount(shapesOf(inputShape), this);
    if (this.useScale) this.scale = this.addWeight('scale', [], 'float32', 'ones');
    if (this.scoreMode === 'concat') {
      this.concatScoreWeight = this.addWeight('concat_score_weight', [], 'float32', 'ones');
    }
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: Shape | Shape[], kwargs: Kwargs = {}): Shape | Shape[] {
    const shapes = shapesOf(inputShape);
    checkInputCount(shapes, this);
    const [query, value] = shapes as [Shape, Shape];
    const output = [...query.slice(0, -1), value.at(-1)!];
    if (!kwargs['returnAttentionScores']) return output;
    return [output, [...query.slice(0, -1), value.at(-2)!]];
  }

  /** The query whose products with the keys are the scores, where they are products: else null. */
  protected multiplier(query: Tensor): Tensor | null {
    if (this.concatScoreWeight !== null) return null;
    return this.scale === null ? query : query.mul(this.scale.read());
  }

  /** Of each query for each key, where they are no products: [batch, Tq, Tv]. */
  protected scores(query: Tensor, key: Tensor): Tensor {
    const sum = query.expandDims(-2).add(key.expandDims(-3)); // [batch, Tq, Tv, dim]
    const scaled = this.scale === null ? sum : sum.mul(this.scale.read());
    return scaled.tanh().sum(-1).mul(this.concatScoreWeight!.read());
  }

  override call(inputs: Tensor | Tensor[], kwargs: Kwargs): Tensor | Tensor[] {
    const list = listOf<Tensor>(inputs);
    checkInputCount(list, this);
    const [query, value, key = value] = list as [Tensor, Tensor, Tensor?];
    const [queryMask, valueMask] = Array.isArray(kwargs.mask) ? kwargs.mask : [];
    const [queries, keys] = [query.shape.at(-2)!, key.shape.at(-2)!];
    const returns = Boolean(kwargs['returnAttentionScores']);
    const causal = Boolean(kwargs['useCausalMask']);
    const drop = kwargs.training === true && this.dropout > 0 && this.dropout < 1;
    const multiplier = this.multiplier(query);
    let output: Tensor;
    let weights: Tensor | null = null;
    if (
      multiplier !== null &&
      !returns &&
      !drop &&
      query.rank === 3 &&
      isLong(queries, keys, causal)
    ) {
      const mask = valueMask ? valueMask.expandDims(-2) : null;
      output = attend(this.name, [multiplier, key, value], mask, 1, causal);
    } else {
      let scores = multiplier ? matMul(multiplier, key, false, true) : this.scores(query, key);
      if (valueMask) scores = maskScores(scores, valueMask.expandDims(-2));
      if (causal) scores = maskScores(scores, causalMask(queries, keys));
      weights = scores.softmax();
      output = matMul(drop ? this.draws.dropout(weights, this.dropout) : weights, value);
    }
    if (queryMask) output = output.mul(queryMask.expandDims(-1).toFloat());
    return returns ? [output, weights!] : output;
  }

  override getConfig(): ConfigDict {
    return { seed: this.draws.seed, ...super.getConfig() };
  }
}

export const attention = (args?: AttentionLayerArgs | ConfigDict): Attention =>
  new Attention(args as AttentionLayerArgs);
