export * from './activity_regularization.js';
export * from './alpha_dropout.js';
export * from './gaussian_dropout.js';
export * from './gaussian_noise.js';
export * from './spatial_dropout.js';
