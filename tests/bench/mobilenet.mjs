// MobileNetV2 (Sandler et al. 2018) as a list of its convolutions: where the cases of single
// convolutions come from, and the weights with which all contenders predict.
import { randomValues } from './data.mjs';

/** [filters, stride, blocks] */
const kRows = [
  [16, 1, 1],
  [24, 2, 2],
  [32, 2, 3],
  [64, 2, 4],
  [96, 1, 3],
  [160, 2, 3],
  [320, 1, 1],
];

/**
 * Its convolutions in order: `{depthwise, side (of the input), channels, filters, kernel, stride}`.
 */
export function convolutions(side) {
  const list = [];
  let channels = 3;
  const add = (depthwise, filters, kernel, stride) => {
    list.push({ depthwise, side, channels, filters, kernel, stride });
    channels = filters;
    side = Math.ceil(side / stride);
  };
  add(false, 32, 3, 2);
  kRows.forEach(([filters, stride, blocks], row) => {
    for (let i = 0; i < blocks; i++) {
      const wide = row === 0 ? channels : 6 * channels;
      if (row > 0) add(false, wide, 1, 1);
      add(true, wide, 3, i === 0 ? stride : 1);
      add(false, filters, 1, 1);
    }
  });
  add(false, 1280, 1, 1);
  return list;
}

/**
 * Layer by layer, in Keras's order: kernel; gamma, beta, mean, variance. With the `top`: its kernel
 * and bias.
 */
export function mobileNetWeights({ top = true } = {}) {
  const weights = [];
  let seed = 1000;
  const draw = (shape, low, high) => {
    const size = shape.reduce((a, b) => a * b, 1);
    weights.push({ shape, values: randomValues(size, seed++, low, high) });
  };
  for (const { depthwise, channels, filters, kernel } of convolutions(224)) {
    const limit = Math.sqrt(6 / (kernel * kernel * (depthwise ? 1 : channels))); // He et al. 2015
    draw([kernel, kernel, channels, depthwise ? 1 : filters], -limit, limit);
    draw([filters], 0.8, 1.2);
    draw([filters], -0.1, 0.1);
    draw([filters], -0.1, 0.1);
    draw([filters], 0.8, 1.2);
  }
  if (top) {
    draw([1280, 1000], -0.03, 0.03);
    draw([1000], -0.1, 0.1);
  }
  return weights;
}
