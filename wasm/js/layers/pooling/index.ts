export * from './adaptive_pooling.js';
export * from './global_pooling.js';
export * from './pooling.js';
