import { getConstraint, type Constraint } from '../constraints.js';
import { getInitializer, isOfTheModule, type Initializer } from '../initializers.js';
import { getRegularizer, type Regularizer } from '../regularizers.js';
import { serialize, type ConfigDict } from '../serialization.js';

interface Rules {
  regularizer: Regularizer | null;
  constraint: Constraint | null;
  /** One that the module cannot make by itself. */
  initializer: Initializer | null;
}

/**
 * What options ask of the weights of a layer that is in the module: penalties, constraints and
 * initializers are JavaScript's, the module knows the weights.
 */
export class WeightRules {
  readonly #rules = new Map<string, Rules>();
  readonly #options: Record<string, unknown> = {};
  #taken = false;

  /** Takes out of the options what is not for the module; `names` are the layer's options. */
  constructor(options: Record<string, unknown>, names: readonly string[], owner: string) {
    for (const name of names) {
      if (/Regularizer$|Constraint$/.test(name)) continue;
      if (options[name] !== undefined) this.#options[name] = options[name];
      if (!name.endsWith('Initializer')) continue;
      const weight = name.slice(0, -'Initializer'.length);
      const where = (what: string) => `${owner}: ${weight}${what}`;
      const given = options[name];
      const initializer = given == null ? null : getInitializer(given, where('Initializer'));
      const own = initializer !== null && !isOfTheModule(initializer) ? initializer : null;
      if (own !== null) delete this.#options[name];
      this.#rules.set(weight, {
        regularizer: getRegularizer(options[`${weight}Regularizer`], where('Regularizer')),
        constraint: getConstraint(options[`${weight}Constraint`], where('Constraint')),
        initializer: own,
      });
    }
  }

  /** The options that are for the module. */
  get options(): Record<string, unknown> {
    return this.#options;
  }

  /** Adds them to the module's configuration. */
  addTo(config: ConfigDict): ConfigDict {
    for (const [weight, { regularizer, constraint, initializer }] of this.#rules) {
      if (regularizer !== null) config[`${weight}Regularizer`] = serialize(regularizer);
      if (constraint !== null) config[`${weight}Constraint`] = serialize(constraint);
      if (initializer !== null) config[`${weight}Initializer`] = serialize(initializer);
    }
    return config;
  }

  /** Calls `visit` for each weight that something is asked of, the first time. */
  take(visit: (weight: string, rules: Rules) => void): void {
    if (this.#taken) return;
    this.#taken = true;
    for (const [weight, rules] of this.#rules) {
      if (Object.values(rules).some((rule) => rule !== null)) visit(weight, rules);
    }
  }
}
