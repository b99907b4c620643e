// Methods of tensors for ops that are composed of others, and for what tensors have besides.
import { onesLike, zerosLike } from '../create.js';
import { ValueError } from '../errors.js';
import type { DataType, Rank, TypedArray } from '../dtype.js';
import { Tensor } from '../tensor.js';
import { TensorBuffer } from '../tensor_buffer.js';
import { variable, type Variable } from '../variable.js';
import { unsortedSegmentSum } from './counting.js';
import { localResponseNormalization } from './local_response_normalization.js';
import type { TensorInput } from './operation.js';
import { mirrorPad } from './padding.js';
import { unique } from './selecting.js';
import { batchToSpaceND, depthToSpace, spaceToBatchND } from './space_to_batch.js';
import { stridedSlice } from './strided_slice.js';
import { dot, euclideanNorm, norm } from './vectors.js';
import { dilation2d } from './window_places.js';

const kOps = {
  batchToSpaceND,
  depthToSpace,
  dilation2d,
  dot,
  euclideanNorm,
  localResponseNormalization,
  mirrorPad,
  norm,
  onesLike,
  spaceToBatchND,
  stridedSlice,
  unique,
  unsortedSegmentSum,
  zerosLike,
};

type Rest<F> = F extends (x: never, ...rest: infer R) => infer T ? (...rest: R) => T : never;
type OpMethods = { [K in keyof typeof kOps]: Rest<(typeof kOps)[K]> };

/** What tensors can do besides. */
export interface ComposedMethods extends OpMethods {
  /** The values in a buffer, to be read and changed one by one. The tensor does not change. */
  bufferSync(): TensorBuffer;
  /** As bufferSync. */
  buffer(): Promise<TensorBuffer>;
  /** The bytes of the values: a copy. */
  bytes(): Promise<Uint8Array>;
  /** Throws ValueError if the tensor is disposed of. */
  throwIfDisposed(): void;
  /** A variable that begins with this value. */
  variable(trainable?: boolean, name?: string, dtype?: DataType): Variable;
}

declare module '../tensor.js' {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars, @typescript-eslint/no-empty-object-type -- merged
  interface Tensor<R extends Rank = Rank> extends ComposedMethods {}
}

const kMethods: Omit<ComposedMethods, keyof OpMethods> & ThisType<Tensor> = {
  bufferSync() {
    return new TensorBuffer(this.shape, this.dtype, this.dataSync<DataType>());
  },
  async buffer() {
    return this.bufferSync();
  },
  async bytes() {
    const values: TypedArray = this.dataSync();
    return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  },
  throwIfDisposed() {
    if (this.isDisposed) throw new ValueError('Tensor is disposed.');
  },
  variable(trainable?: boolean, name?: string, dtype?: DataType) {
    return variable(this, trainable, name, dtype);
  },
};

type Op = (x: TensorInput, ...rest: unknown[]) => unknown;

/** @internal Gives tensors their methods. */
export function installComposedMethods(): void {
  const define = (name: string, value: unknown) =>
    Object.defineProperty(Tensor.prototype, name, { configurable: true, writable: true, value });
  for (const [name, op] of Object.entries(kOps)) {
    define(name, function (this: Tensor, ...rest: unknown[]) {
      return (op as unknown as Op)(this, ...rest);
    });
  }
  for (const [name, method] of Object.entries(kMethods)) define(name, method);
}
