export { EinsumDense, einsumDense, type EinsumDenseLayerArgs } from './einsum_dense.js';
export * from './fn.js';
export * from './identity.js';
