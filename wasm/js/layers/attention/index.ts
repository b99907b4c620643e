export * from './additive_attention.js';
export { Attention, attention, type AttentionLayerArgs } from './attention.js';
export * from './multi_head_attention.js';
export * from './position_embedding.js';
