// Elementwise ops of one operand: the shape stays. float32 results, but neg, abs, sign, square, relu,
// relu6, step, floor, ceil and round keep int32, and so does clipByValue.
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

/** log(sigmoid(x)), without overflow. */
export function logSigmoid(x: TensorInput): Tensor {
  return unary('logSigmoid', x);
}

/** x, below zero exp(x) - 1. */
export function elu(x: TensorInput): Tensor {
  return unary('elu', x);
}

/** 1.0507 · (x, below zero 1.6733 · (exp(x) - 1)): keeps mean 0 and variance 1 (Klambauer 2017). */
export function selu(x: TensorInput): Tensor {
  return unary('selu', x);
}

/** x, below zero alpha · x. */
export function leakyRelu(x: TensorInput, alpha = 0.2): Tensor {
  number('leakyRelu', 'alpha', alpha);
  return operate('leakyRelu', { x }, (t) => core().leakyRelu(t.x, alpha));
}

/** x, below zero alpha · x with an alpha for each element: it broadcasts, and has a gradient. */
export function prelu(x: TensorInput, alpha: TensorInput): Tensor {
  return operate('prelu', { x, alpha }, (t) => core().prelu(t.x, t.alpha));
}

/** 1 above zero, else alpha; NaN stays. The gradient is zero. */
export function step(x: TensorInput, alpha = 0): Tensor {
  number('step', 'alpha', alpha);
  return operate('step', { x }, (t) => core().step(t.x, alpha));
}

export function sin(x: TensorInput): Tensor {
  return unary('sin', x);
}

export function cos(x: TensorInput): Tensor {
  return unary('cos', x);
}

export function tan(x: TensorInput): Tensor {
  return unary('tan', x);
}

export function asin(x: TensorInput): Tensor {
  return unary('asin', x);
}

export function acos(x: TensorInput): Tensor {
  return unary('acos', x);
}

export function atan(x: TensorInput): Tensor {
  return unary('atan', x);
}

export function sinh(x: TensorInput): Tensor {
  return unary('sinh', x);
}

export function cosh(x: TensorInput): Tensor {
  return unary('cosh', x);
}

export function asinh(x: TensorInput): Tensor {
  return unary('asinh', x);
}

export function acosh(x: TensorInput): Tensor {
  return unary('acosh', x);
}

export function atanh(x: TensorInput): Tensor {
  return unary('atanh', x);
}

/** The error function: 2/√π times the integral of exp(-t²) from 0 to x. */
export function erf(x: TensorInput): Tensor {
  return unary('erf', x);
}

export function floor(x: TensorInput): Tensor {
  return unary('floor', x);
}

export function ceil(x: TensorInput): Tensor {
  return unary('ceil', x);
}

/** To the nearest whole number; halves go to the even neighbour. */
export function round(x: TensorInput): Tensor {
  return unary('round', x);
}

/** Whether each element is NaN: bool. */
export function isNaN(x: TensorInput): Tensor {
  return unary('isNaN', x);
}

/** Whether each element is infinite: bool. */
export function isInf(x: TensorInput): Tensor {
  return unary('isInf', x);
}

/** Whether each element is neither infinite nor NaN: bool. */
export function isFinite(x: TensorInput): Tensor {
  return unary('isFinite', x);
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
