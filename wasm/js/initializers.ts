import type { Plain } from './core.js';
import type { DataType } from './dtype.js';
import { core } from './engine.js';
import { located, ValueError } from './errors.js';
import { toPlain } from './layers/options.js';
import { isSerialized, registeredClass, Serializable } from './serialization.js';
import { deserialize, type ConfigDict, type Serialized } from './serialization.js';
import { Tensor } from './tensor.js';

/** Makes the first values of weights. To write one: derive, define `apply` and `getConfig`. */
export abstract class Initializer extends Serializable {
  /** A tensor of first values. */
  abstract apply(shape: readonly number[], dtype?: DataType): Tensor;
}

/** An initializer of the module. */
class CoreInitializer extends Initializer {
  readonly #spec: { className: string; config: Record<string, Plain> };

  constructor(name: string, options: object | undefined) {
    super();
    const where = `initializers: ${name}`;
    if (typeof (options ?? {}) !== 'object') {
      throw new ValueError(`${where} takes an object of options, got ${typeof options}`);
    }
    const config = toPlain(options ?? {}, where) as Record<string, Plain>;
    this.#spec = core().initializerConfig({ className: name, config });
  }

  apply(shape: readonly number[]): Tensor {
    return new Tensor(core().initialValue(this.#spec, [...shape]));
  }

  override getClassName(): string {
    return this.#spec.className;
  }

  override getConfig(): ConfigDict {
    return structuredClone(this.#spec.config);
  }
}

/** What initializers may be told; each reads what concerns it. */
export interface InitializerOptions {
  seed?: number;
}

const maker =
  <Options extends object = InitializerOptions>(name: string) =>
  (options?: Options): Initializer =>
    new CoreInitializer(name, options);

// Fans: of a dense kernel [in, out] they are in and out, of a convolution's [h, w, in, out] h·w times
// those. The normal ones are cut off at two standard deviations.

export const zeros = maker<Record<string, never>>('zeros');
export const ones = maker<Record<string, never>>('ones');
export const constant = maker<{ value: number }>('constant');
export const identity = maker<{ gain?: number }>('identity');
/** Uniform in [minval, maxval); default ±0.05. */
export const randomUniform = maker<{ minval?: number; maxval?: number; seed?: number }>(
  'randomUniform',
);
/** Default mean 0, stddev 0.05. */
export const randomNormal = maker<{ mean?: number; stddev?: number; seed?: number }>(
  'randomNormal',
);
/** As randomNormal, cut off at two standard deviations. */
export const truncatedNormal = maker<{ mean?: number; stddev?: number; seed?: number }>(
  'truncatedNormal',
);
/** The family of glorot, he and leCun: variance scale / fan. */
export const varianceScaling = maker<{
  scale?: number;
  mode?: 'fanIn' | 'fanOut' | 'fanAvg';
  distribution?: 'normal' | 'uniform' | 'truncatedNormal';
  seed?: number;
}>('varianceScaling');
/** Uniform, variance 2 / (fanIn + fanOut) (Glorot & Bengio 2010). */
export const glorotUniform = maker('glorotUniform');
/** Normal, variance 2 / (fanIn + fanOut). */
export const glorotNormal = maker('glorotNormal');
/** Uniform, variance 2 / fanIn (He et al. 2015). */
export const heUniform = maker('heUniform');
/** Normal, variance 2 / fanIn. */
export const heNormal = maker('heNormal');
/** Uniform, variance 1 / fanIn (LeCun et al. 1998). */
export const leCunUniform = maker('leCunUniform');
/** Normal, variance 1 / fanIn. */
export const leCunNormal = maker('leCunNormal');
/** Orthogonal rows or columns of length `gain` (Saxe et al. 2014). */
export const orthogonal = maker<{ gain?: number; seed?: number }>('orthogonal');

export type InitializerName =
  | 'constant'
  | 'glorotNormal'
  | 'glorotUniform'
  | 'heNormal'
  | 'heUniform'
  | 'identity'
  | 'leCunNormal'
  | 'leCunUniform'
  | 'ones'
  | 'orthogonal'
  | 'randomNormal'
  | 'randomUniform'
  | 'truncatedNormal'
  | 'varianceScaling'
  | 'zeros';

/** What options for initializers take: a name, an object, or its configuration. */
export type InitializerIdentifier = InitializerName | (string & {}) | Initializer | Serialized;

/** @internal The initializer that an option names; throws ValueError. */
export function getInitializer(identifier: unknown, where: string): Initializer {
  if (identifier instanceof Initializer) return identifier;
  const spec = typeof identifier === 'string' ? { className: identifier, config: {} } : identifier;
  if (!isSerialized(spec)) {
    throw new ValueError(
      `${where} must be an initializer ('zeros', 'glorotUniform', what hd.initializers makes, or ` +
        `{className, config}), got ${String(identifier)}`,
    );
  }
  return located(where, () =>
    registeredClass(spec.className) !== undefined
      ? deserialize<Initializer>(spec, 'initializer')
      : new CoreInitializer(spec.className, spec.config),
  );
}

/** @internal Whether the module knows how to make it by itself. */
export const isOfTheModule = (initializer: Initializer): boolean =>
  initializer instanceof CoreInitializer;
