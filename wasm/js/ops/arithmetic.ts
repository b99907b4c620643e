// Elementwise ops of two operands. They broadcast (NumPy's rules) and the result has the wider dtype
// (bool < int32 < float32); comparisons give bool. Shapes that do not broadcast: ValueError.
import type { BinaryName } from '../core.js';
import { dtypeCode } from '../dtype.js';
import { core } from '../engine.js';
import { ValueError } from '../errors.js';
import type { Tensor } from '../tensor.js';
import { operate, type TensorInput } from './operation.js';

function binary(op: BinaryName, a: TensorInput, b: TensorInput): Tensor {
  return operate(op, { a, b }, (t) => core()[op](t.a, t.b));
}

export function add(a: TensorInput, b: TensorInput): Tensor {
  return binary('add', a, b);
}

/** The sum of a list of tensors of one shape. */
export function addN(tensors: readonly TensorInput[]): Tensor {
  if (!Array.isArray(tensors) || tensors.length === 0) {
    throw new ValueError('addN() needs a list of at least one tensor');
  }
  return tensors.slice(1).reduce<Tensor>((sum, each) => add(sum, each), add(tensors[0]!, 0));
}

export function sub(a: TensorInput, b: TensorInput): Tensor {
  return binary('sub', a, b);
}

export function mul(a: TensorInput, b: TensorInput): Tensor {
  return binary('mul', a, b);
}

/** a / b; of two int32 tensors the floor of it, int32. */
export function div(a: TensorInput, b: TensorInput): Tensor {
  return binary('div', a, b);
}

/** The floor of a / b: int32, as in TensorFlow.js, whatever the operands are. */
export function floorDiv(a: TensorInput, b: TensorInput): Tensor {
  return operate('floorDiv', { a, b }, (t) => {
    const quotient = core().floorDiv(t.a, t.b);
    try {
      return core().cast(quotient, dtypeCode('int32'));
    } finally {
      quotient.delete();
    }
  });
}

/** The remainder, with the sign of b. */
export function mod(a: TensorInput, b: TensorInput): Tensor {
  return binary('mod', a, b);
}

export function pow(base: TensorInput, exp: TensorInput): Tensor {
  return operate('pow', { base, exp }, (t) => core().pow(t.base, t.exp));
}

/** The greater of each two elements; of equal ones, a receives the gradient. */
export function maximum(a: TensorInput, b: TensorInput): Tensor {
  return binary('maximum', a, b);
}

/** The lesser of each two elements; of equal ones, a receives the gradient. */
export function minimum(a: TensorInput, b: TensorInput): Tensor {
  return binary('minimum', a, b);
}

/** (a - b)². */
export function squaredDifference(a: TensorInput, b: TensorInput): Tensor {
  return binary('squaredDifference', a, b);
}

/** a / b, and 0 where b is 0. */
export function divNoNan(a: TensorInput, b: TensorInput): Tensor {
  return binary('divNoNan', a, b);
}

/** The angle of the point (b, a) in radians: atan(a / b) in the right quadrant. */
export function atan2(a: TensorInput, b: TensorInput): Tensor {
  return binary('atan2', a, b);
}

export function equal(a: TensorInput, b: TensorInput): Tensor {
  return binary('equal', a, b);
}

export function notEqual(a: TensorInput, b: TensorInput): Tensor {
  return binary('notEqual', a, b);
}

export function less(a: TensorInput, b: TensorInput): Tensor {
  return binary('less', a, b);
}

export function lessEqual(a: TensorInput, b: TensorInput): Tensor {
  return binary('lessEqual', a, b);
}

export function greater(a: TensorInput, b: TensorInput): Tensor {
  return binary('greater', a, b);
}

export function greaterEqual(a: TensorInput, b: TensorInput): Tensor {
  return binary('greaterEqual', a, b);
}

export function logicalAnd(a: TensorInput, b: TensorInput): Tensor {
  return binary('logicalAnd', a, b);
}

export function logicalOr(a: TensorInput, b: TensorInput): Tensor {
  return binary('logicalOr', a, b);
}

export function logicalXor(a: TensorInput, b: TensorInput): Tensor {
  return binary('logicalXor', a, b);
}
