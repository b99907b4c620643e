// Elementwise ops of one operand: the shape stays. float32 results, but neg, abs, sign, square, relu
// and relu6 keep int32, and so does clipByValue.
import type { UnaryName } from '../core.js';
import { dtypeCode, type DataType } from '../dtype.js';
import { core } from '../engine.js';
import { ValueError } from '../errors.js';
import type { Tensor } from '../tensor.js';
import { number, operate, type TensorInput } from './operation.js';

function unary(op: UnaryName, x: TensorInput): Tensor {
  return operate(op, { x }, (t) => core()[op](t.x));
}

export function neg(x: TensorInput): Tensor {
  return unary('neg', x);
}

export function abs(x: TensorInput): Tensor {
  return unary('abs', x);
}

export function sign(x: TensorInput): Tensor {
  return unary('sign', x);
}

export function exp(x: TensorInput): Tensor {
  return unary('exp', x);
}

/** exp(x) - 1, exact near 0. */
export function expm1(x: TensorInput): Tensor {
  return unary('expm1', x);
}

export function log(x: TensorInput): Tensor {
  return unary('log', x);
}

/** log(1 + x), exact near 0. */
export function log1p(x: TensorInput): Tensor {
  return unary('log1p', x);
}

export function sqrt(x: TensorInput): Tensor {
  return unary('sqrt', x);
}

export function rsqrt(x: TensorInput): Tensor {
  return unary('rsqrt', x);
}

export function square(x: TensorInput): Tensor {
  return unary('square', x);
}

export function reciprocal(x: TensorInput): Tensor {
  return unary('reciprocal', x);
}

export function relu(x: TensorInput): Tensor {
  return unary('relu', x);
}

/** min(max(x, 0), 6). */
export function relu6(x: TensorInput): Tensor {
  return unary('relu6', x);
}

export function sigmoid(x: TensorInput): Tensor {
  return unary('sigmoid', x);
}

export function tanh(x: TensorInput): Tensor {
  return unary('tanh', x);
}

/** log(1 + exp(x)). */
export function softplus(x: TensorInput): Tensor {
  return unary('softplus', x);
}

export function logicalNot(x: TensorInput): Tensor {
  return unary('logicalNot', x);
}

/** x held to [min, max]; the gradient passes inside, both ends included. */
export function clipByValue(x: TensorInput, min: number, max: number): Tensor {
  if (!(number('clipByValue', 'min', min) <= number('clipByValue', 'max', max))) {
    throw new ValueError(`clipByValue(): min (${min}) must be less than or equal to max (${max})`);
  }
  return operate('clipByValue', { x }, (t) => core().clipByValue(t.x, min, max));
}

/** Converts: float32 to int32 cuts fractions off, to bool is x ≠ 0. */
export function cast(x: TensorInput, dtype: DataType): Tensor {
  const code = dtypeCode(dtype);
  return operate('cast', { x }, (t) => core().cast(t.x, code));
}

/** Another handle on the same value. */
export function clone(x: TensorInput): Tensor {
  return operate('clone', { x }, (t) => t.x.clone());
}
