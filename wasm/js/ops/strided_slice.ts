// Slices in the manner of Python: x[begin:end:stride] for each axis.
import { core } from '../engine.js';
import { inScope } from '../lifetime.js';
import type { Tensor } from '../tensor.js';
import { check, toTensor } from './compose.js';
import { operate, wholeNumbers, type TensorInput } from './operation.js';
import { reshape } from './shape.js';

/** What is taken of one axis of x. */
interface Piece {
  begin: number;
  size: number;
  step: number;
}

const clamp = (low: number, value: number, high: number) => Math.min(Math.max(value, low), high);

/** The piece of an axis of `size` elements; `from` and `to` are null where they are left open. */
function pieceOf(size: number, from: number | null, to: number | null, step: number): Piece {
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const place = (at: number) => clamp(low, at < 0 ? at + size : at, high);
  const begin = from === null ? (step > 0 ? low : high) : place(from);
  const end = to === null ? (step > 0 ? high : low) : place(to);
  const count = Math.max(0, Math.ceil((end - begin) / step));
  return { begin: count === 0 ? 0 : begin, size: count, step };
}

/**
 * From x the elements begin[i], begin[i] + strides[i], ... up to, not including, end[i] of each
 * axis; negative places count from the end, negative strides run backwards, places outside are moved
 * to the edge. Axes not mentioned stay whole. The bits of the masks say for which i something else
 * holds: begin[i] or end[i] are left open (`beginMask`, `endMask`); i stands for as many whole axes
 * as are not mentioned (`ellipsisMask`, one bit at most); i is a new axis of size 1
 * (`newAxisMask`); i is one place, and its axis goes (`shrinkAxisMask`).
 */
export function stridedSlice(
  x: TensorInput,
  begin: number | readonly number[],
  end: number | readonly number[],
  strides?: number | readonly number[] | null,
  beginMask = 0,
  endMask = 0,
  ellipsisMask = 0,
  newAxisMask = 0,
  shrinkAxisMask = 0,
): Tensor {
  const op = 'stridedSlice';
  return inScope(() => {
    const $x = toTensor(op, 'x', x);
    const from = wholeNumbers(op, 'begin', begin);
    const to = wholeNumbers(op, 'end', end);
    const steps = strides == null ? from.map(() => 1) : wholeNumbers(op, 'strides', strides);
    check(
      op,
      from.length === to.length && from.length === steps.length,
      () =>
        `begin, end and strides must have one length, got ${from.length}, ${to.length} and ` +
        `${steps.length}`,
    );
    const has = (mask: number, i: number) => (mask & (1 << i)) !== 0;
    const ellipses = from.filter((_, i) => has(ellipsisMask, i)).length;
    check(op, ellipses <= 1, () => `ellipsisMask may have one bit, got ${ellipsisMask}`);
    const isNew = (i: number) => has(newAxisMask, i) && !has(ellipsisMask, i);
    const mentioned = from.filter((_, i) => !has(ellipsisMask, i) && !isNew(i)).length;
    const { shape } = $x;
    check(
      op,
      mentioned <= shape.length,
      () => `begin mentions ${mentioned} axes, but x has shape [${shape}]`,
    );

    const pieces: Piece[] = [];
    const result: number[] = []; // the shape
    const takeWhole = (count: number) => {
      for (; count > 0; count--) {
        const size = shape[pieces.length]!;
        pieces.push({ begin: 0, size, step: 1 });
        result.push(size);
      }
    };
    from.forEach((first, i) => {
      if (has(ellipsisMask, i)) {
        takeWhole(shape.length - mentioned);
        return;
      }
      if (isNew(i)) {
        result.push(1);
        return;
      }
      const axis = pieces.length;
      const size = shape[axis]!;
      const step = steps[i]!;
      check(op, step !== 0, () => `strides[${i}] must not be 0`);
      if (has(shrinkAxisMask, i)) {
        check(op, step > 0, () => `strides[${i}] must be positive for one place, got ${step}`);
        const at = first < 0 ? first + size : first;
        check(
          op,
          at >= 0 && at < size,
          () => `begin[${i}] = ${first} is outside of axis ${axis} of shape [${shape}]`,
        );
        pieces.push({ begin: at, size: 1, step: 1 });
        return;
      }
      const open = (mask: number, value: number) => (has(mask, i) ? null : value);
      const piece = pieceOf(size, open(beginMask, first), open(endMask, to[i]!), step);
      pieces.push(piece);
      result.push(piece.size);
    });
    takeWhole(shape.length - pieces.length);

    const box = (['begin', 'size', 'step'] as const).flatMap((key) =>
      pieces.map((piece) => piece[key]),
    );
    const taken = operate(op, { x: $x }, (t) => core().sliceSteps(t.x, box));
    return reshape(taken, result);
  });
}
