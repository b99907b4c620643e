// hd.image
export * from '../ops/image_editing.js';
export * from '../ops/image_sampling.js';
export * from '../ops/non_max_suppression.js';
