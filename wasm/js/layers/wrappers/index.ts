// Layers around layers.
export * from './bidirectional.js';
export * from './time_distributed.js';
export { Wrapper, type WrapperLayerArgs } from './wrapper.js';
