// What layers are told besides their inputs: `apply(x, {training, mask, ...})`.
import type { Plain } from '../core.js';
import { Serializable, serialize } from '../serialization.js';
import { Tensor } from '../tensor.js';
import { SymbolicTensor } from './symbolic.js';

/** What `call` gets besides its inputs. */
export interface Kwargs {
  /** Whether the layer is part of a step of training. */
  training?: boolean;
  /** The input's mask, or a list of one for each input: bool [batch, time], true where it counts. */
  mask?: Tensor | (Tensor | null)[] | null;
  [argument: string]: unknown;
}

/** Stands for a SymbolicTensor among the arguments: an input after those that were given. */
class Place {
  readonly index: number;

  constructor(index: number) {
    this.index = index;
  }
}

/** How one Call of the layer graph was made. */
export class CallArguments {
  /** How many of the Call's inputs are the layer's own; the others are from the arguments. */
  readonly inputs: number;
  /** The SymbolicTensors among the arguments. */
  readonly further: readonly SymbolicTensor[];
  readonly #template: Kwargs;

  constructor(inputs: number, kwargs: Kwargs) {
    this.inputs = inputs;
    const further: SymbolicTensor[] = [];
    this.#template = map(kwargs, (value) =>
      value instanceof SymbolicTensor ? new Place(further.push(value) - 1) : value,
    ) as Kwargs;
    this.further = further;
  }

  /** The arguments with values in the places of SymbolicTensors. */
  fill(values: readonly Tensor[]): Kwargs {
    return map(this.#template, (value) =>
      value instanceof Place ? values[value.index] : value,
    ) as Kwargs;
  }

  /** As configurations hold them: places are the numbers of inputs. */
  plain(): Plain {
    const plain = (value: unknown): Plain | undefined => {
      if (value instanceof Place) return { className: '__input__', config: { index: value.index } };
      if (value instanceof Tensor) return value.arraySync() as Plain;
      if (value instanceof Serializable) return serialize(value);
      if (Array.isArray(value)) return value.map((item) => plain(item) ?? null);
      if (typeof value === 'object' && value !== null) {
        return Object.fromEntries(
          Object.entries(value).flatMap(([key, item]) => {
            const entry = plain(item);
            return entry === undefined ? [] : [[key, entry]];
          }),
        );
      }
      const known = ['boolean', 'number', 'string'].includes(typeof value) || value === null;
      return known ? (value as Plain) : undefined;
    };
    return plain(this.#template)!;
  }
}

/** @internal Arguments of a configuration, with SymbolicTensors for the places. */
export const argumentsFromConfig = (
  kwargs: Record<string, Plain>,
  further: readonly SymbolicTensor[],
): Kwargs =>
  mapPlain(kwargs, (value) => {
    const place = value as { className?: unknown; config?: { index: number } } | null;
    return place?.className === '__input__' ? further[place.config!.index] : undefined;
  }) as Kwargs;

/** @internal How many places arguments of a configuration have. */
export function placesIn(kwargs: Record<string, Plain>): number {
  let count = 0;
  mapPlain(kwargs, (value) => {
    const isPlace = (value as { className?: unknown } | null)?.className === '__input__';
    if (isPlace) count++;
    return isPlace ? value : undefined;
  });
  return count;
}

/** Values of a nested structure replaced where `replace` gives something. */
function mapPlain(value: unknown, replace: (value: unknown) => unknown): unknown {
  const replaced = replace(value);
  if (replaced !== undefined) return replaced;
  if (Array.isArray(value)) return value.map((item) => mapPlain(item, replace));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, mapPlain(item, replace)]),
  );
}

/** The leaves of lists and plain objects replaced. */
function map(value: unknown, replace: (leaf: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => map(item, replace));
  const isPlain =
    typeof value === 'object' &&
    value !== null &&
    [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null);
  if (!isPlain) return replace(value);
  return Object.fromEntries(
    Object.entries(value as object).map(([key, item]) => [key, map(item, replace)]),
  );
}
