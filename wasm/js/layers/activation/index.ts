export * from './elu.js';
export * from './leaky_relu.js';
export * from './prelu.js';
export * from './relu.js';
export { Softmax, softmax, type SoftmaxLayerArgs } from './softmax.js';
export * from './thresholded_relu.js';
