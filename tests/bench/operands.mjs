// What the cases of single products, convolutions and predictions work on, the same for all
// contenders.
import { randomValues } from './data.mjs';

const filled = (shape, seed, low, high) => ({
  shape,
  values: randomValues(
    shape.reduce((a, b) => a * b, 1),
    seed,
    low,
    high,
  ),
});

/**
 * The operands of a case, as `{shape, values}`: two of a product, image and kernel of a
 * convolution, image of a prediction.
 */
export function operands(spec) {
  if (spec.kind === 'product') {
    const { m, k, n } = spec;
    return [filled([m, k], 1, 0, 1), filled([k, n], 2, 0, 1)];
  }
  const { side, channels = 3 } = spec;
  const image = filled([spec.batch ?? 1, side, side, channels], 3, -1, 1);
  if (spec.kind === 'prediction') return [image];
  const { size, filters, depthwise } = spec;
  return [image, filled([size, size, channels, depthwise ? 1 : filters], 4, -1, 1)];
}
