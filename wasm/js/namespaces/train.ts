// hd.train: the optimizers.
export { adadelta, adagrad, adam, adamax, momentum, rmsprop, sgd } from '../training/optimizers.js';
