// Whole numbers as vectors, and steps left out.
export * from './embedding.js';
export * from './masking.js';
