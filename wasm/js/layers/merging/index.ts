export * from './dot.js';
export * from './elementwise.js';
