// Grids, and checks and rules of shapes and dtypes.
import type { DataType, Shape } from '../dtype.js';
import { dtypeCode } from '../dtype.js';
import { inScope } from '../lifetime.js';
import type { Tensor } from '../tensor.js';
import { checkKeys } from '../training/data.js';
import { check, checkDtype, checkRank, checkSameShape, constant, toTensor } from './compose.js';
import { wordOf, type TensorInput } from './operation.js';
import { broadcastTo, reshape } from './shape.js';
import { clone } from './unary.js';

/**
 * The coordinates of a grid: x [w] along one axis and y [h] along the other, each repeated to the
 * whole grid. `indexing` 'xy' gives [h, w], 'ij' gives [w, h]. Without y the list has one tensor,
 * without x none.
 */
export function meshgrid(
  x?: TensorInput,
  y?: TensorInput,
  options: { indexing?: 'xy' | 'ij' } = {},
): Tensor[] {
  checkKeys('meshgrid()', options, ['indexing']);
  const { indexing = 'xy' } = options;
  const isXY = wordOf('meshgrid', 'indexing', indexing, ['xy', 'ij']) === 0;
  if (x === undefined) return [];
  return inScope(() => {
    const $x = toTensor('meshgrid', 'x', x, 'float32');
    if (y === undefined) return [clone($x)];
    const $y = toTensor('meshgrid', 'y', y, 'float32');
    const [w, h] = [$x.size, $y.size];
    const shape = isXY ? [h, w] : [w, h];
    return [
      broadcastTo(reshape($x, isXY ? [1, w] : [w, 1]), shape),
      broadcastTo(reshape($y, isXY ? [h, 1] : [1, h]), shape),
    ];
  });
}

/** x itself. Throws ValueError unless it has the shape; null stands for any size. */
export function ensureShape(x: Tensor, shape: Shape): Tensor {
  const $x = toTensor('ensureShape', 'x', x);
  check('ensureShape', Array.isArray(shape), () => `shape must be a list, got ${String(shape)}`);
  const fits =
    $x.rank === shape.length && shape.every((dim, i) => dim === null || dim === $x.shape[i]);
  check('ensureShape', fits, () => `x must have shape [${shape}], got [${$x.shape}]`);
  return $x;
}

/** The shape that two shapes, int32 vectors, broadcast to. Both are read. */
export function broadcastArgs(s0: TensorInput, s1: TensorInput): Tensor {
  const op = 'broadcastArgs';
  return inScope(() => {
    const shapes = Object.entries({ s0, s1 }).map(([name, value]) => {
      const tensor = toTensor(op, name, value, 'int32');
      checkRank(op, name, tensor, 1);
      return Array.from(tensor.dataSync());
    }) as [number[], number[]];
    const [a, b] = shapes;
    const rank = Math.max(a.length, b.length);
    const result = Array.from({ length: rank }, (_, i) => {
      const left = a[i - rank + a.length] ?? 1;
      const right = b[i - rank + b.length] ?? 1;
      check(
        op,
        left === right || left === 1 || right === 1,
        () => `shapes [${a}] and [${b}] do not broadcast`,
      );
      return left === 1 ? right : left;
    });
    return constant(result, [rank], 'int32');
  });
}

/** x & y of two int32 tensors of one shape. Both are read. */
export function bitwiseAnd(x: TensorInput, y: TensorInput): Tensor {
  const op = 'bitwiseAnd';
  return inScope(() => {
    const $x = toTensor(op, 'x', x, 'int32');
    const $y = toTensor(op, 'y', y, 'int32');
    checkDtype(op, 'x', $x, 'int32');
    checkDtype(op, 'y', $y, 'int32');
    checkSameShape(op, ['x', 'y'], $x, $y);
    const other = $y.dataSync();
    return constant(
      $x.dataSync().map((value, i) => value & other[i]!),
      $x.shape,
      'int32',
    );
  });
}

// From narrow to wide.
const kWidth: DataType[] = ['bool', 'int32', 'float32'];

/** The dtype of what is made of both: the wider one. */
export function upcastType(typeA: DataType, typeB: DataType): DataType {
  dtypeCode(typeA);
  dtypeCode(typeB);
  return kWidth[Math.max(kWidth.indexOf(typeA), kWidth.indexOf(typeB))]!;
}

/** The dtype of the sum of tensors of a dtype: int32 for bool. */
export function sumOutType(type: DataType): DataType {
  return upcastType(type, 'int32');
}
