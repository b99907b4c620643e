import type { DataType } from '../../dtype.js';
import type { Tensor } from '../../tensor.js';
import { Layer } from '../layer.js';

/** A layer that answers a query, its first input: with outputs, and if asked to with scores. */
export abstract class QueryLayer extends Layer {
  override computeOutputDtypes(): DataType[] {
    return ['float32', 'float32'];
  }

  /** The query's. */
  override computeMask(
    _inputs: Tensor | Tensor[],
    mask?: Tensor | (Tensor | null)[] | null,
  ): Tensor | null {
    return (Array.isArray(mask) && mask[0]) || null;
  }
}
