export * from './batch_normalization.js';
export * from './group_normalization.js';
export * from './layer_normalization.js';
export * from './rms_normalization.js';
export * from './spectral_normalization.js';
export * from './unit_normalization.js';
