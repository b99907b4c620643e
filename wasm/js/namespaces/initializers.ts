// hd.initializers
export {
  Initializer,
  zeros,
  ones,
  constant,
  identity,
  randomUniform,
  randomNormal,
  truncatedNormal,
  varianceScaling,
  glorotUniform,
  glorotNormal,
  heUniform,
  heNormal,
  leCunUniform,
  leCunNormal,
  orthogonal,
} from '../initializers.js';
export type {
  InitializerOptions,
  InitializerName,
  InitializerIdentifier,
} from '../initializers.js';
