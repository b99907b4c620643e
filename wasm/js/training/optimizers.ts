import type { CoreOptimizer, Plain } from '../core.js';
import { core } from '../engine.js';
import { ValueError } from '../errors.js';
import { variableGrads, variableOfLastGradients } from '../gradients.js';
import type { AnyVariable, NamedGradients } from '../gradients.js';
import { borrow, withTemporaries } from '../ops/operation.js';
import { notify } from '../subscriptions.js';
import type { Scalar, Tensor } from '../tensor.js';
import { variableByName } from '../variable.js';

/** A gradient and the name of its variable. */
export interface NamedTensor {
  name: string;
  tensor: Tensor;
}

function variableNamed(name: string): AnyVariable {
  const variable = variableOfLastGradients(name) ?? variableByName(name);
  if (variable === undefined) {
    throw new ValueError(
      `applyGradients() was given a gradient for '${name}', but there is no variable of that name`,
    );
  }
  return variable;
}

/** Moves variables against their gradients; keeps what it remembers of each (momenta). */
export class Optimizer {
  #handle: CoreOptimizer | null;

  /** @internal By the name that the core knows, or what the core has made. */
  constructor(made: CoreOptimizer) {
    this.#handle = made;
  }

  /** @internal */
  get core(): CoreOptimizer {
    if (this.#handle === null) throw new ValueError('This optimizer is disposed.');
    return this.#handle;
  }

  getClassName(): string {
    return this.core.className();
  }

  getConfig(): Record<string, Plain> {
    return this.core.config();
  }

  get learningRate(): number {
    // The core has it in float32, whose seven digits are the number that was given.
    return Number(this.core.learningRate().toPrecision(7));
  }

  set learningRate(rate: number) {
    this.setLearningRate(rate);
  }

  /** Counts from the next step on, in compiled models too. */
  setLearningRate(learningRate: number): void {
    if (!Number.isFinite(learningRate)) {
      throw new ValueError(`learningRate must be a number, got ${String(learningRate)}`);
    }
    this.core.setLearningRate(learningRate);
  }

  /** Steps done. */
  get iterations(): number {
    return this.core.iterations();
  }

  /**
   * One step against the gradient of f, a function that returns a scalar, with respect to the
   * variables listed or all trainable ones that it reads. Returns the value of f if asked to.
   */
  minimize(f: () => Tensor, returnCost = false, varList?: readonly AnyVariable[]): Scalar | null {
    const { value, grads } = variableGrads(f, varList);
    try {
      this.applyGradients(grads);
    } finally {
      for (const gradient of Object.values(grads)) gradient.dispose();
      if (!returnCost) value.dispose();
    }
    return returnCost ? value : null;
  }

  /** The value of f and its gradients, as `variableGrads` gives them. */
  computeGradients(
    f: () => Tensor,
    varList?: readonly AnyVariable[],
  ): { value: Scalar; grads: NamedGradients } {
    return variableGrads(f, varList);
  }

  /**
   * One step with gradients by the names of the variables, as `variableGrads` gives them. Throws
   * ValueError for names that no variable has.
   */
  applyGradients(variableGradients: NamedGradients | readonly NamedTensor[]): void {
    if (typeof variableGradients !== 'object' || variableGradients === null) {
      throw new ValueError(
        'applyGradients() takes gradients by name, or a list of {name, tensor}, got ' +
          String(variableGradients),
      );
    }
    const entries: [string, Tensor][] = Array.isArray(variableGradients)
      ? variableGradients.map(({ name, tensor }: NamedTensor) => [name, tensor])
      : Object.entries(variableGradients as NamedGradients);
    withTemporaries((temporary) => {
      const variables = entries.map(([name]) => variableNamed(name).core);
      const handles = entries.map(([name, gradient]) =>
        borrow('applyGradients', name, gradient, temporary),
      );
      this.core.applyGradients(variables, handles);
    });
    notify();
  }

  /** Lets go of what it remembers, at once unless a compiled model uses it. */
  dispose(): void {
    this.#handle?.delete();
    this.#handle = null;
  }
}

export class SGDOptimizer extends Optimizer {
  static readonly className = 'SGD';
}
export class MomentumOptimizer extends Optimizer {
  static readonly className = 'Momentum';
}
export class AdamOptimizer extends Optimizer {
  static readonly className = 'Adam';
}

export class RMSPropOptimizer extends Optimizer {
  static readonly className = 'RMSProp';
}
export class AdagradOptimizer extends Optimizer {
  static readonly className = 'Adagrad';
}
export class AdadeltaOptimizer extends Optimizer {
  static readonly className = 'Adadelta';
}
export class AdamaxOptimizer extends Optimizer {
  static readonly className = 'Adamax';
}

const kClasses = [
  ...[SGDOptimizer, MomentumOptimizer, AdamOptimizer, RMSPropOptimizer],
  ...[AdagradOptimizer, AdadeltaOptimizer, AdamaxOptimizer],
] as const;

/** Options that say how much of a mean stays at each step. */
const kShares = ['beta1', 'beta2', 'rho'];

/**
 * @internal By name ('sgd', 'adam', ...) and options. Throws ValueError for unknown names, and for
 * shares that are not in [0, 1).
 */
export function makeOptimizer(name: string, options: Record<string, Plain> = {}): Optimizer {
  for (const key of kShares) {
    const share = options[key] ?? 0;
    if (typeof share === 'number' && !(share >= 0 && share < 1)) {
      throw new ValueError(`train.${name}(): ${key} must be in [0, 1), got ${share}`);
    }
  }
  const made = core().makeOptimizer(name, options);
  const Class = kClasses.find(({ className }) => className === made.className()) ?? Optimizer;
  return new Class(made);
}

/** Stochastic gradient descent: w -= learningRate · gradient. */
export const sgd = (learningRate: number): SGDOptimizer => makeOptimizer('sgd', { learningRate });

/** With momentum: v = momentum · v + gradient; w -= learningRate · v (or Nesterov's form). */
export const momentum = (
  learningRate: number,
  momentumFactor: number,
  useNesterov = false,
): MomentumOptimizer =>
  makeOptimizer('momentum', { learningRate, momentum: momentumFactor, useNesterov });

/** Adam (Kingma & Ba 2015). */
export const adam = (
  learningRate = 0.001,
  beta1 = 0.9,
  beta2 = 0.999,
  epsilon = 1e-7,
): AdamOptimizer => makeOptimizer('adam', { learningRate, beta1, beta2, epsilon });

/** RMSProp (Hinton 2012): steps over the root of the decaying mean of squared gradients. */
export const rmsprop = (
  learningRate: number,
  decay = 0.9,
  momentumFactor = 0,
  epsilon: number | null = null,
  centered = false,
): RMSPropOptimizer =>
  makeOptimizer('rmsprop', { learningRate, decay, momentum: momentumFactor, epsilon, centered });

/** Adagrad (Duchi et al. 2011): steps over the root of the sum of squared gradients. */
export const adagrad = (learningRate: number, initialAccumulatorValue = 0.1): AdagradOptimizer =>
  makeOptimizer('adagrad', { learningRate, initialAccumulatorValue });

/** Adadelta (Zeiler 2012): the size of a step follows from those before. */
export const adadelta = (
  learningRate = 0.001,
  rho = 0.95,
  epsilon: number | null = null,
): AdadeltaOptimizer => makeOptimizer('adadelta', { learningRate, rho, epsilon });

/** Adamax (Kingma & Ba 2015): Adam by the greatest gradient so far. */
export const adamax = (
  learningRate = 0.002,
  beta1 = 0.9,
  beta2 = 0.999,
  epsilon: number | null = null,
  decay = 0,
): AdamaxOptimizer => makeOptimizer('adamax', { learningRate, beta1, beta2, epsilon, decay });
