// hd.regularizers
export {
  Regularizer,
  L1L2,
  OrthogonalRegularizer,
  l1,
  l2,
  l1l2,
  orthogonal,
} from '../regularizers.js';
export type {
  L1L2Args,
  OrthogonalRegularizerArgs,
  RegularizerIdentifier,
} from '../regularizers.js';
