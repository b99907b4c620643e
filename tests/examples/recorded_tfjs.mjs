// All of the library, with what record.mjs puts in place of some of it.
import * as library from '@tensorflow/tfjs';
import { record } from './record.mjs';

export * from '@tensorflow/tfjs';
export const { layers, model, randomNormal, sequential, variableGrads } = record(library);
