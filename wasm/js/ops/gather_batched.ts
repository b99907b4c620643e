import { range } from '../create.js';
import { core } from '../engine.js';
import { inScope } from '../lifetime.js';
import type { Tensor } from '../tensor.js';
import { axisOf, check, toTensor } from './compose.js';
import { operate, wholeNumber, type TensorInput } from './operation.js';
import { broadcastTo, reshape, stack, transpose } from './shape.js';

/**
 * @internal gather() in which the first `batchDims` dimensions of x and indices belong together:
 * [batch..., before axis..., rest of indices..., after axis...].
 */
export function gatherBatched(
  x: TensorInput,
  indices: TensorInput,
  axis: number,
  batchDims: number,
): Tensor {
  const op = 'gather';
  return inScope(() => {
    const $x = toTensor(op, 'x', x);
    const $indices = toTensor(op, 'indices', indices, 'int32');
    const at = axisOf(op, axis, $x.rank);
    wholeNumber(op, 'batchDims', batchDims);
    const batch = batchDims < 0 ? batchDims + $indices.rank : batchDims;
    check(
      op,
      batch >= 0 && batch <= Math.min($indices.rank, at),
      () =>
        `batchDims must not exceed the axis (${at}) nor the rank of indices of shape ` +
        `[${$indices.shape}], got ${batchDims}`,
    );
    check(
      op,
      String($x.shape.slice(0, batch)) === String($indices.shape.slice(0, batch)),
      () =>
        `the first ${batch} dimensions of x and indices must agree, got [${$x.shape}] and ` +
        `[${$indices.shape}]`,
    );
    // The axis comes right after the batch, so that an index of several numbers names a slice.
    const before = $x.shape.slice(batch, at).map((_, i) => batch + i);
    const after = $x.shape.slice(at + 1).map((_, i) => at + 1 + i);
    const first = $x.shape.slice(0, batch).map((_, i) => i);
    const moved = before.length === 0 ? $x : transpose($x, [...first, at, ...before, ...after]);
    const places = first.map((each) => {
      const shape = $indices.shape.map((size, i) => (i === each ? size : 1));
      const numbers = reshape(range(0, $x.shape[each]!, 1, 'int32'), shape);
      return broadcastTo(numbers, $indices.shape);
    });
    const full = stack([...places, $indices], -1); // [indices..., batch + 1]
    const found = operate(op, { moved, full }, (t) => core().gatherND(t.moved, t.full));
    if (before.length === 0) return found;
    // [batch..., indices..., before..., after...]
    const inner = $indices.rank - batch;
    return transpose(found, [
      ...first,
      ...before.map((_, i) => batch + inner + i),
      ...$indices.shape.slice(batch).map((_, i) => batch + i),
      ...after.map((_, i) => batch + inner + before.length + i),
    ]);
  });
}
