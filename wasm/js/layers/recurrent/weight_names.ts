import type { Shape } from '../../dtype.js';
import type { Layer } from '../layer.js';
import type { LayerVariable } from '../layer_variable.js';

/** Names are those of the objects, which have to live as long as their layer. */
const named = new WeakMap<Layer, LayerVariable[]>();

/**
 * @internal Builds a layer inside another one. The weights that this makes have the original names
 * that TensorFlow.js's files give them: `scope` in place of the inner layer's name.
 */
export function buildInside(layer: Layer, shape: Shape, scope: string): void {
  if (layer.built) return;
  const hadNames = layer.weights.length > 0; // a model's layers have theirs
  layer.buildFor([shape]);
  if (hadNames) return;
  const { weights } = layer;
  for (const weight of weights) {
    const name = weight.originalName;
    Object.assign(weight, { originalName: scope + name.slice(name.indexOf('/')) });
  }
  named.set(layer, weights);
}
