// What weights must keep to: applied to a weight after each update.
import { located, ValueError } from './errors.js';
import { add, div, maximum, minimum, mul } from './ops/arithmetic.js';
import { sum } from './ops/reduce.js';
import { relu, sqrt, square } from './ops/unary.js';
import { clipByValue } from './ops/unary.js';
import { deserialize, isSerialized, registerClass, Serializable } from './serialization.js';
import type { ConfigDict, Serialized } from './serialization.js';
import type { Tensor } from './tensor.js';
import { checkKeys } from './training/data.js';

const kEpsilon = 1e-7;

/** A rule for weights. To write one: derive, define `apply` in ops, and `getConfig`. */
export abstract class Constraint extends Serializable {
  /** The weight as it should be, of the same shape. */
  abstract apply(w: Tensor): Tensor;
}

/** Lengths of the slices along `axis`, that dimension kept as 1. */
const normsOf = (w: Tensor, axis: number): Tensor => sqrt(sum(square(w), axis, true));

function number(name: string, value: unknown, otherwise: number): number {
  const given = value ?? otherwise;
  if (typeof given !== 'number' || Number.isNaN(given)) {
    throw new ValueError(`constraints: ${name} must be a number, got ${String(given)}`);
  }
  return given;
}

export interface MaxNormArgs {
  /** Default 2. */
  maxValue?: number;
  /** The axis along which lengths are taken. Default 0: of a dense kernel, each unit's weights. */
  axis?: number;
}

/** w · clip(‖w‖, 0, maxValue) / (ε + ‖w‖): no slice along `axis` is longer than maxValue. */
export class MaxNorm extends Constraint {
  static override readonly className: string = 'MaxNorm';
  private readonly maxValue: number;
  private readonly axis: number;

  constructor(args: MaxNormArgs = {}) {
    super();
    checkKeys('constraints.maxNorm()', args, ['maxValue', 'axis']);
    this.maxValue = number('maxValue', args.maxValue, 2);
    this.axis = number('axis', args.axis, 0);
  }

  apply(w: Tensor): Tensor {
    const norms = normsOf(w, this.axis);
    return mul(w, div(clipByValue(norms, 0, this.maxValue), add(kEpsilon, norms)));
  }

  override getConfig(): ConfigDict {
    return { maxValue: this.maxValue, axis: this.axis };
  }
}
registerClass(MaxNorm);

export interface UnitNormArgs {
  /** Default 0. */
  axis?: number;
}

/** w / (ε + ‖w‖): every slice along `axis` has length 1. */
export class UnitNorm extends Constraint {
  static override readonly className: string = 'UnitNorm';
  private readonly axis: number;

  constructor(args: UnitNormArgs = {}) {
    super();
    checkKeys('constraints.unitNorm()', args, ['axis']);
    this.axis = number('axis', args.axis, 0);
  }

  apply(w: Tensor): Tensor {
    return div(w, add(kEpsilon, normsOf(w, this.axis)));
  }

  override getConfig(): ConfigDict {
    return { axis: this.axis };
  }
}
registerClass(UnitNorm);

/** max(w, 0). */
export class NonNeg extends Constraint {
  static override readonly className: string = 'NonNeg';

  apply(w: Tensor): Tensor {
    return relu(w);
  }
}
registerClass(NonNeg);

export interface MinMaxNormArgs {
  /** Default 0. */
  minValue?: number;
  /** Default 1. */
  maxValue?: number;
  /** How much of the way to the range a step goes, 0 to 1. Default 1. */
  rate?: number;
  /** Default 0. */
  axis?: number;
}

/** Lengths between minValue and maxValue: w · (rate · clip(‖w‖) + (1 − rate) · ‖w‖) / (ε + ‖w‖). */
export class MinMaxNorm extends Constraint {
  static override readonly className: string = 'MinMaxNorm';
  private readonly minValue: number;
  private readonly maxValue: number;
  private readonly rate: number;
  private readonly axis: number;

  constructor(args: MinMaxNormArgs = {}) {
    super();
    checkKeys('constraints.minMaxNorm()', args, ['minValue', 'maxValue', 'rate', 'axis']);
    this.minValue = number('minValue', args.minValue, 0);
    this.maxValue = number('maxValue', args.maxValue, 1);
    this.rate = number('rate', args.rate, 1);
    this.axis = number('axis', args.axis, 0);
  }

  apply(w: Tensor): Tensor {
    const norms = normsOf(w, this.axis);
    const clipped = minimum(maximum(norms, this.minValue), this.maxValue);
    const wanted = add(mul(clipped, this.rate), mul(norms, 1 - this.rate));
    return mul(w, div(wanted, add(kEpsilon, norms)));
  }

  override getConfig(): ConfigDict {
    const { minValue, maxValue, rate, axis } = this;
    return { minValue, maxValue, rate, axis };
  }
}
registerClass(MinMaxNorm);

export const maxNorm = (args?: MaxNormArgs): Constraint => new MaxNorm(args);
export const unitNorm = (args?: UnitNormArgs): Constraint => new UnitNorm(args);
export const nonNeg = (): Constraint => new NonNeg();
export const minMaxNorm = (args?: MinMaxNormArgs): Constraint => new MinMaxNorm(args);

/** What options for constraints take: a name, an object, or its configuration. */
export type ConstraintIdentifier =
  'maxNorm' | 'minMaxNorm' | 'nonNeg' | 'unitNorm' | (string & {}) | Constraint | Serialized;

const named: Record<string, () => Constraint> = { maxNorm, minMaxNorm, nonNeg, unitNorm };

/** @internal */
export function getConstraint(identifier: unknown, where: string): Constraint | null {
  if (identifier == null) return null;
  if (identifier instanceof Constraint) return identifier;
  if (typeof identifier === 'string') {
    const make = named[identifier];
    if (make) return make();
  }
  const spec = typeof identifier === 'string' ? { className: identifier, config: {} } : identifier;
  if (isSerialized(spec)) return located(where, () => deserialize<Constraint>(spec, 'constraint'));
  throw new ValueError(
    `${where} must be a constraint ('maxNorm', 'nonNeg', what hd.constraints makes, or ` +
      `{className, config}), got ${String(identifier)}`,
  );
}
