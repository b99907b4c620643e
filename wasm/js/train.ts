// hd.train: the optimizers.
export { adam, momentum, sgd } from './training/optimizers.js';
