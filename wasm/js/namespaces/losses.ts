// hd.losses: losses over whole tensors.
export * from '../ops/losses.js';
export * from '../losses_pairs.js';
