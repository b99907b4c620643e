import { getActivation, isActivation, type Activation } from '../activations.js';
import { getConstraint, type Constraint } from '../constraints.js';
import type { Plain } from '../core.js';
import type { Shape } from '../dtype.js';
import { ValueError } from '../errors.js';
import { getInitializer, type Initializer } from '../initializers.js';
import { getRegularizer, type Regularizer } from '../regularizers.js';
import { Serializable, serialize, type ConfigDict } from '../serialization.js';
import type { Layer } from './layer.js';

/** @internal Options as the core takes them: plain values, objects as {className, config}. */
export function toPlain(value: unknown, where: string): Plain {
  switch (typeof value) {
    case 'boolean':
    case 'number':
    case 'string':
      return value;
    case 'undefined':
      return null;
    case 'object':
      if (value === null) return null;
      if (Array.isArray(value)) return value.map((item) => toPlain(item, where));
      if (value instanceof Serializable) return serialize(value);
      if (isActivation(value)) return value.name;
      return Object.fromEntries(
        Object.entries(value)
          .filter(([, entry]) => entry !== undefined)
          .map(([key, entry]) => [key, toPlain(entry, `${where}.${key}`)]),
      );
    default:
      throw new ValueError(
        `${where} must be a boolean, a number, a string, a list or an object, got a ${typeof value}`,
      );
  }
}

/** @internal The attributes of a layer that are named as its options are; weights cannot be told. */
export function attributesOf(layer: Layer): ConfigDict {
  const { optionNames } = layer.constructor as typeof Layer;
  const canBeTold = (value: unknown) =>
    !(value instanceof Object) ||
    Array.isArray(value) ||
    value instanceof Serializable ||
    isActivation(value);
  const own = Object.entries(layer).filter(
    ([name, value]) => optionNames.includes(name) && canBeTold(value),
  );
  return toPlain(Object.fromEntries(own), layer.name) as ConfigDict;
}

export type DataFormat = 'channelsFirst' | 'channelsLast';

interface Range {
  min?: number;
  max?: number;
}

/** Sizes, which have a least value, have to fit into the module's 32 bits. */
function isWhole(value: unknown, { min, max }: Range): boolean {
  const most = max ?? (min === undefined ? Number.MAX_SAFE_INTEGER : 2 ** 31 - 1);
  return (
    Number.isSafeInteger(value) &&
    (value as number) >= (min ?? -Infinity) &&
    (value as number) <= most
  );
}

/**
 * Reads the options of one layer and checks each: an option that is absent, null or undefined has
 * its default, which is the last argument; without one the option is required. All throw ValueError
 * that names the layer, the option, what came and what is needed.
 */
export class Options {
  private readonly args: Record<string, unknown>;
  private readonly owner: string;

  /** `owner` names the layer in messages: "RepeatVector layer 'x'". */
  constructor(args: object | null | undefined, owner: string) {
    this.args = (args ?? {}) as Record<string, unknown>;
    this.owner = owner;
  }

  has(key: string): boolean {
    return this.args[key] != null;
  }

  /** Whatever was given. */
  any(key: string): unknown {
    return this.args[key];
  }

  flag(key: string, otherwise: boolean): boolean {
    const value = this.args[key] ?? otherwise;
    if (typeof value !== 'boolean') this.fail(key, 'true or false');
    return value;
  }

  number(key: string, range: Range = {}, otherwise?: number): number {
    const { min = -Infinity, max = Infinity } = range;
    const value = this.args[key] ?? otherwise;
    if (typeof value !== 'number' || !(value >= min && value <= max)) {
      this.fail(key, `a number${this.describe(range)}`);
    }
    return value;
  }

  integer(key: string, range: Range = {}, otherwise?: number): number {
    const value = this.args[key] ?? otherwise;
    if (!isWhole(value, range)) {
      this.fail(key, `a whole number${this.describe(range)}`);
    }
    return value as number;
  }

  /** As integer, or null where there is none. */
  integerOrNull(key: string, range: Range = {}): number | null {
    return this.has(key) ? this.integer(key, range) : null;
  }

  text(key: string, otherwise?: string): string {
    const value = this.args[key] ?? otherwise;
    if (typeof value !== 'string') this.fail(key, 'a text');
    return value;
  }

  /** One of a few words. */
  choice<const Word extends string>(key: string, words: readonly Word[], otherwise?: Word): Word {
    const value = this.args[key] ?? otherwise;
    if (!words.includes(value as Word)) {
      this.fail(key, `one of ${words.map((word) => `'${word}'`).join(', ')}`);
    }
    return value as Word;
  }

  dataFormat(): DataFormat {
    return this.choice('dataFormat', ['channelsFirst', 'channelsLast'], 'channelsLast');
  }

  /** `count` whole numbers; one number stands for all of them. */
  integers(
    key: string,
    count: number,
    range: Range = {},
    otherwise?: number | readonly number[],
  ): number[] {
    const value = this.args[key] ?? otherwise;
    const list: unknown[] = Array.isArray(value)
      ? (value as unknown[])
      : new Array<unknown>(count).fill(value);
    if (list.length !== count || !list.every((item) => isWhole(item, range))) {
      const several = count === 1 ? '' : `, or ${count} of them`;
      this.fail(key, `a whole number${this.describe(range)}${several}`);
    }
    return list as number[];
  }

  /** A list of whole numbers of any length. */
  list(key: string, range: Range = {}, otherwise?: readonly number[]): number[] {
    const value = this.args[key] ?? otherwise;
    if (!Array.isArray(value) || !value.every((item) => isWhole(item, range))) {
      this.fail(key, `a list of whole numbers${this.describe(range)}`);
    }
    return [...(value as number[])];
  }

  /** A shape; null entries are unknown dimensions. */
  shape(key: string, otherwise?: Shape): Shape {
    const value = this.args[key] ?? otherwise;
    const fits = (item: unknown) =>
      item === null || (Number.isInteger(item) && (item as number) > 0);
    if (!Array.isArray(value) || !value.every(fits)) {
      this.fail(key, 'a shape: a list of positive whole numbers');
    }
    return [...(value as Shape)];
  }

  activation(key: string, otherwise = 'linear'): Activation {
    return getActivation(this.args[key] ?? otherwise, `${this.owner}: ${key}`);
  }

  initializer(key: string, otherwise: string): Initializer {
    return getInitializer(this.args[key] ?? otherwise, `${this.owner}: ${key}`);
  }

  /** As initializer, or null where there is none. */
  initializerOrNull(key: string): Initializer | null {
    return this.has(key) ? this.initializer(key, '') : null;
  }

  regularizer(key: string): Regularizer | null {
    return getRegularizer(this.args[key], `${this.owner}: ${key}`);
  }

  constraint(key: string): Constraint | null {
    return getConstraint(this.args[key], `${this.owner}: ${key}`);
  }

  /** Throws ValueError: this option must be something else. */
  fail(key: string, needed: string): never {
    const got = this.args[key];
    const shown =
      got === undefined ? 'undefined' : typeof got === 'function' ? 'a function' : show(got);
    throw new ValueError(`${this.owner}: '${key}' must be ${needed}, got ${shown}`);
  }

  private describe({ min, max }: Range): string {
    if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
    if (min !== undefined) return ` of at least ${min}`;
    return max === undefined ? '' : ` of at most ${max}`;
  }
}

function show(value: unknown): string {
  // JSON has no NaN and no symbols
  if (typeof value === 'number' || typeof value === 'symbol') return String(value);
  try {
    return JSON.stringify(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}
