export type { BaseConvLayerArgs } from './base_conv.js';
export * from './conv.js';
export * from './conv_transpose.js';
export * from './depthwise_conv.js';
export * from './separable_conv.js';
