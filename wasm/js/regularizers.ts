// Penalties on weights and outputs: what they return is added to the loss.
import { located, ValueError } from './errors.js';
import { abs, square } from './ops/unary.js';
import { mul, sub } from './ops/arithmetic.js';
import { matMul } from './ops/matmul.js';
import { sum } from './ops/reduce.js';
import { transpose } from './ops/shape.js';
import { eye } from './create.js';
import { sqrt } from './ops/unary.js';
import { deserialize, isSerialized, registerClass, Serializable } from './serialization.js';
import type { ConfigDict, Serialized } from './serialization.js';
import type { Scalar, Tensor } from './tensor.js';
import { checkKeys } from './training/data.js';

/** A penalty. To write one: derive, define `apply` in ops, and `getConfig`. */
export abstract class Regularizer extends Serializable {
  /** The penalty of a weight, a scalar. */
  abstract apply(x: Tensor): Scalar;
}

export interface L1L2Args {
  /** Default 0.01. */
  l1?: number;
  /** Default 0.01. */
  l2?: number;
}

/** l1 · Σ|w| + l2 · Σw². A factor of 0 takes its term away. */
export class L1L2 extends Regularizer {
  static override readonly className: string = 'L1L2';
  readonly l1: number;
  readonly l2: number;

  constructor(args?: L1L2Args) {
    super();
    checkKeys('regularizers.l1l2()', args ?? {}, ['l1', 'l2']);
    this.l1 = factor('l1', args?.l1);
    this.l2 = factor('l2', args?.l2);
  }

  apply(x: Tensor): Scalar {
    const terms: Tensor[] = [];
    if (this.l1 !== 0) terms.push(mul(sum(abs(x)), this.l1));
    if (this.l2 !== 0) terms.push(mul(sum(square(x)), this.l2));
    if (terms.length === 0) return mul(sum(x), 0) as Scalar;
    return (terms.length === 2 ? terms[0]!.add(terms[1]!) : terms[0]!) as Scalar;
  }

  override getConfig(): ConfigDict {
    return { l1: this.l1, l2: this.l2 };
  }
}
registerClass(L1L2);

function factor(name: string, value: number | null | undefined): number {
  const number = value ?? 0.01;
  if (typeof number !== 'number' || !Number.isFinite(number) || number < 0) {
    throw new ValueError(
      `regularizers: ${name} must be a number of at least 0, got ${String(number)}`,
    );
  }
  return number;
}

export interface OrthogonalRegularizerArgs {
  /** Default 0.01. */
  factor?: number;
  /** Whether rows or columns are pushed apart. Default 'rows'. */
  mode?: 'rows' | 'columns';
}

/**
 * Pushes the rows (or columns) of a matrix [rows, columns] to be orthogonal: factor times the mean
 * of |cosine| over all pairs, each counted once, as Keras 3's OrthogonalRegularizer.
 */
export class OrthogonalRegularizer extends Regularizer {
  static override readonly className: string = 'OrthogonalRegularizer';
  readonly factor: number;
  readonly mode: 'rows' | 'columns';

  constructor(args: OrthogonalRegularizerArgs = {}) {
    super();
    checkKeys('regularizers.orthogonal()', args, ['factor', 'mode']);
    this.factor = factor('factor', args.factor);
    this.mode = args.mode ?? 'rows';
    if (this.mode !== 'rows' && this.mode !== 'columns') {
      throw new ValueError(
        `regularizers.orthogonal(): mode must be 'rows' or 'columns', got '${String(this.mode)}'`,
      );
    }
  }

  apply(x: Tensor): Scalar {
    if (x.rank !== 2) {
      throw new ValueError(
        `The orthogonal regularizer takes matrices, got a weight of shape [${x.shape}]`,
      );
    }
    const rows = this.mode === 'rows' ? x : transpose(x);
    const count = rows.shape[0]!;
    const norms = sqrt(sum(square(rows), 1, true)); // [count, 1]
    const unit = rows.div(norms);
    const cosines = matMul(unit, unit, false, true);
    const others = sum(abs(mul(cosines, sub(1, eye(count)))));
    const pairs = (count * (count - 1)) / 2;
    return others.mul((this.factor * 0.5) / pairs) as Scalar;
  }

  override getConfig(): ConfigDict {
    return { factor: this.factor, mode: this.mode };
  }
}
registerClass(OrthogonalRegularizer);

/** factor · Σ|w|: drives weights to zero. */
export function l1(args?: { l1?: number }): Regularizer {
  checkKeys('regularizers.l1()', args ?? {}, ['l1']);
  return new L1L2({ l1: args?.l1 ?? 0.01, l2: 0 });
}
/** factor · Σw²: keeps weights small. */
export function l2(args?: { l2?: number }): Regularizer {
  checkKeys('regularizers.l2()', args ?? {}, ['l2']);
  return new L1L2({ l1: 0, l2: args?.l2 ?? 0.01 });
}
/** Both. */
export const l1l2 = (args?: L1L2Args): Regularizer => new L1L2(args);
/** Rows, or columns, pushed to be orthogonal. */
export const orthogonal = (args?: OrthogonalRegularizerArgs): Regularizer =>
  new OrthogonalRegularizer(args);

/** What options for regularizers take: 'l1', 'l2', 'l1l2', an object, or its configuration. */
export type RegularizerIdentifier = 'l1' | 'l2' | 'l1l2' | (string & {}) | Regularizer | Serialized;

const named: Record<string, () => Regularizer> = { l1, l2, l1l2, orthogonal };

/** @internal */
export function getRegularizer(identifier: unknown, where: string): Regularizer | null {
  if (identifier == null) return null;
  if (identifier instanceof Regularizer) return identifier;
  if (typeof identifier === 'string') {
    const make = named[identifier];
    if (make) return make();
  }
  const spec = typeof identifier === 'string' ? { className: identifier, config: {} } : identifier;
  if (isSerialized(spec))
    return located(where, () => deserialize<Regularizer>(spec, 'regularizer'));
  throw new ValueError(
    `${where} must be a regularizer ('l1', 'l2', 'l1l2', what hd.regularizers makes, or ` +
      `{className, config}), got ${String(identifier)}`,
  );
}
