export * from './borders.js';
export * from './permute.js';
export * from './repeat_vector.js';
export * from './up_sampling.js';
