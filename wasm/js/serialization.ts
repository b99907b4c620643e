import type { Plain } from './core.js';
import { ValueError } from './errors.js';

/** A configuration: plain values, as JSON has them. */
export type ConfigDict = Record<string, Plain>;

/** What configurations hold for an object: the name of its class, and its options. */
export interface Serialized {
  className: string;
  config: ConfigDict;
}

/** A class whose objects can be told as {className, config} and made of it again. */
export interface SerializableClass<T = unknown> {
  readonly className: string;
  new (config: never): T;
  fromConfig?(this: void, ...args: never[]): T;
}

/** Something that can be told as {className, config} and made of it again. */
export abstract class Serializable {
  static readonly className: string;

  /** The name that configurations know its class by. */
  getClassName(): string {
    return (this.constructor as unknown as SerializableClass).className;
  }

  /** All options, such that an object made of them is configured alike. */
  getConfig(): ConfigDict {
    return {};
  }

  /** An object of the class, from its configuration. */
  static fromConfig<T>(cls: SerializableClass<T>, config: ConfigDict): T {
    return new cls(config as never);
  }
}

const registered = new Map<string, SerializableClass>();

/**
 * Makes a class known by its `className` (or another name), so that configurations that name it can
 * be read. A class of the same name takes the earlier one's place; `pkg` is there for TensorFlow.js's
 * sake. Throws ValueError for a class without className.
 */
export function registerClass<T>(
  cls: SerializableClass<T>,
  pkg?: string,
  otherName?: string,
): SerializableClass<T> {
  void pkg;
  const name: unknown = otherName ?? (cls as { className?: unknown } | undefined)?.className;
  if (typeof name !== 'string' || name === '') {
    throw new ValueError(
      'registerClass(): the class needs a static property className, a text that is not empty, ' +
        `got ${name === undefined ? 'undefined' : JSON.stringify(name)}`,
    );
  }
  registered.set(name, cls as SerializableClass);
  return cls;
}

/** @internal The class registered under a name. */
export const registeredClass = (name: string): SerializableClass | undefined =>
  registered.get(name);

/** @internal {className, config}, or null for nothing. */
export function serialize(object: Serializable | null | undefined): Plain {
  if (object == null) return null;
  if (object instanceof Serializable) {
    return { className: object.getClassName(), config: object.getConfig() };
  }
  throw new ValueError(
    'serialize() takes an object of a class derived from serialization.Serializable',
  );
}

/** @internal Whether a value is {className, config}. */
export function isSerialized(value: unknown): value is Serialized {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Serialized).className === 'string' &&
    !(value instanceof Serializable)
  );
}

/**
 * @internal An object of the class that {className, config} names, among those registered. Throws
 * ValueError where there is none.
 */
export function deserialize<T>(spec: Serialized, what = 'class'): T {
  if (!isSerialized(spec)) {
    throw new ValueError(`deserialize() takes {className, config}, got ${String(spec)}`);
  }
  const { className, config } = spec;
  const cls = registered.get(className);
  if (cls === undefined) {
    throw new ValueError(
      `Unknown ${what}: ${className}. If it is a class of your own, make it known by ` +
        'serialization.registerClass() first',
    );
  }
  const from = (cls as { fromConfig?: (...args: unknown[]) => unknown }).fromConfig;
  // TensorFlow.js's form takes the class, so that a subclass may inherit the function.
  return (from ? from.call(cls, cls, config ?? {}) : new cls((config ?? {}) as never)) as T;
}
