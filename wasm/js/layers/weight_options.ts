// What options say of a weight: how it is made, and what it is held to.
import type { Constraint } from '../constraints.js';
import type { Shape } from '../dtype.js';
import type { Initializer } from '../initializers.js';
import type { Regularizer } from '../regularizers.js';
import type { Layer } from './layer.js';
import type { LayerVariable } from './layer_variable.js';
import type { Options } from './options.js';

/** @internal The options of weights: kernelInitializer, kernelRegularizer, kernelConstraint ... */
export const weightOptions = (...weights: string[]): string[] =>
  weights.flatMap((weight) =>
    ['Initializer', 'Regularizer', 'Constraint'].map((rule) => weight + rule),
  );

interface Attributes {
  [name: `${string}Initializer`]: Initializer;
  [name: `${string}Regularizer`]: Regularizer | null;
  [name: `${string}Constraint`]: Constraint | null;
}

/**
 * @internal Reads the options of weights into attributes of the same names; `initializers` are those
 * that the weights have by default.
 */
export function readWeightOptions(
  layer: Layer,
  options: Options,
  initializers: Readonly<Record<string, string>>,
): void {
  const attributes = layer as unknown as Attributes;
  for (const [weight, initializer] of Object.entries(initializers)) {
    attributes[`${weight}Initializer`] = options.initializer(`${weight}Initializer`, initializer);
    attributes[`${weight}Regularizer`] = options.regularizer(`${weight}Regularizer`);
    attributes[`${weight}Constraint`] = options.constraint(`${weight}Constraint`);
  }
}

/** @internal Adds a weight as the attributes of `kind` want it. */
export function addWeightOf(
  layer: Layer,
  kind: string,
  shape: Shape,
  name = kind,
  initializer?: Initializer,
): LayerVariable {
  const attributes = layer as unknown as Attributes;
  return layer.addWeight(
    name,
    shape,
    'float32',
    initializer ?? attributes[`${kind}Initializer`],
    attributes[`${kind}Regularizer`],
    true,
    attributes[`${kind}Constraint`],
  );
}
