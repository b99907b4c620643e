import type { DataType, Shape } from './dtype.js';
import { NotImplementedError, ValueError } from './errors.js';
import { InputLayer } from './layers/classes.js';
import type { SymbolicTensor } from './layers/symbolic.js';
import { checkKeys } from './training/data.js';

/** What `input()` takes: `shape` or `batchShape`. */
export interface InputConfig {
  /** Shape of one example. */
  shape?: Shape;
  /** The same with the batch size in front. */
  batchShape?: Shape;
  /** By default "input1", "input2" ... */
  name?: string;
  /** Default 'float32'. */
  dtype?: DataType;
  sparse?: boolean;
}

/** Where data enters a model: a SymbolicTensor to call layers on. */
export function input(config: InputConfig): SymbolicTensor {
  checkKeys('input()', config, ['shape', 'batchShape', 'name', 'dtype', 'sparse']);
  const { shape, batchShape, name, dtype, sparse } = config;
  if (shape != null && batchShape != null) {
    throw new ValueError('input() takes shape or batchShape, but not both');
  }
  if (sparse) throw new NotImplementedError('input(): sparse inputs are not supported');
  const layer = new InputLayer({ inputShape: shape, batchInputShape: batchShape, name, dtype });
  return layer.calls[0]!.outputs[0]!;
}
