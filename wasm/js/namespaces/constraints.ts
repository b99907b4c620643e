// hd.constraints
export {
  Constraint,
  MaxNorm,
  UnitNorm,
  NonNeg,
  MinMaxNorm,
  maxNorm,
  unitNorm,
  nonNeg,
  minMaxNorm,
} from '../constraints.js';
export type {
  MaxNormArgs,
  UnitNormArgs,
  MinMaxNormArgs,
  ConstraintIdentifier,
} from '../constraints.js';
