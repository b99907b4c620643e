// Ops whose result's shape depends on values: they read them. On a tensor of a traced function that
// throws, as its values are not known; compile({runEagerly: true}) runs the code on values.
import { inScope } from '../lifetime.js';
import type { Tensor } from '../tensor.js';
import { axisOf, check, checkDtype, checkRank, constant, toTensor } from './compose.js';
import { gather } from './indexing.js';
import type { TensorInput } from './operation.js';
import { reshape } from './shape.js';

const product = (list: readonly number[]): number => list.reduce((a, b) => a * b, 1);

/** The places of the elements that are not 0, in one row. */
function placesOf(x: Tensor): number[] {
  const places: number[] = [];
  x.dataSync().forEach((value, i) => {
    if (value !== 0) places.push(i);
  });
  return places;
}

/** The indices of the true elements of a condition, row by row: [count, rank] int32. */
export async function whereAsync(condition: TensorInput): Promise<Tensor> {
  return inScope(() => {
    const $condition = toTensor('whereAsync', 'condition', condition, 'bool');
    checkDtype('whereAsync', 'condition', $condition, 'bool');
    const { shape, rank } = $condition;
    const places = placesOf($condition);
    const indices = new Int32Array(places.length * rank);
    places.forEach((place, row) => {
      for (let axis = rank - 1; axis >= 0; axis--) {
        const size = shape[axis]!;
        indices[row * rank + axis] = place % size;
        place = Math.floor(place / size);
      }
    });
    return constant(indices, [places.length, rank], 'int32');
  });
}

/**
 * The slices of `tensor` where the mask is true. The mask has the shape of the dimensions of the
 * tensor from `axis` on (or of the first of these), which become one: their number. The gradient
 * goes to the slices taken.
 */
export async function booleanMaskAsync(
  tensor: TensorInput,
  mask: TensorInput,
  axis = 0,
): Promise<Tensor> {
  const op = 'booleanMaskAsync';
  return inScope(() => {
    const $tensor = toTensor(op, 'tensor', tensor);
    const $mask = toTensor(op, 'mask', mask, 'bool');
    checkDtype(op, 'mask', $mask, 'bool');
    check(op, $mask.rank > 0, () => 'mask must not be a scalar');
    const from = axisOf(op, axis, $tensor.rank);
    const { shape } = $tensor;
    const to = from + $mask.rank;
    check(
      op,
      String(shape.slice(from, to)) === String($mask.shape),
      () =>
        `mask must have the shape of the dimensions of tensor [${shape}] from axis ${from} on, ` +
        `got [${$mask.shape}]`,
    );
    const places = placesOf($mask);
    const flat = reshape($tensor, [...shape.slice(0, from), $mask.size, ...shape.slice(to)]);
    return gather(flat, constant(places, [places.length], 'int32'), from);
  });
}

/**
 * The different slices of x along an axis, in the order in which they first occur: `values`; and for
 * each slice of x its place among them: `indices` [size of the axis] int32. The gradient of the
 * values goes to the first of each.
 */
export function unique(x: TensorInput, axis = 0): { values: Tensor; indices: Tensor } {
  return inScope(() => {
    const $x = toTensor('unique', 'x', x);
    check('unique', $x.rank > 0, () => 'x must have rank 1 or more, got a scalar');
    const at = axisOf('unique', axis, $x.rank);
    const data = $x.dataSync();
    const size = $x.shape[at]!;
    const outer = product($x.shape.slice(0, at));
    const inner = product($x.shape.slice(at + 1));
    const found = new Map<string, number>();
    const firsts: number[] = [];
    const indices = Int32Array.from({ length: size }, (_, i) => {
      const slice: number[] = [];
      for (let row = 0; row < outer; row++) {
        const begin = (row * size + i) * inner;
        for (let j = begin; j < begin + inner; j++) slice.push(data[j]!);
      }
      const key = slice.join();
      let place = found.get(key);
      if (place === undefined) {
        place = firsts.length;
        found.set(key, place);
        firsts.push(i);
      }
      return place;
    });
    return {
      values: gather($x, constant(firsts, [firsts.length], 'int32'), at),
      indices: constant(indices, [size], 'int32'),
    };
  });
}

/** The elements of x [n] that y [m] does not have, and their places in x (int32). */
export async function setdiff1dAsync(x: TensorInput, y: TensorInput): Promise<[Tensor, Tensor]> {
  const op = 'setdiff1dAsync';
  return inScope((): [Tensor, Tensor] => {
    const $x = toTensor(op, 'x', x);
    const $y = toTensor(op, 'y', y);
    checkRank(op, 'x', $x, 1);
    checkRank(op, 'y', $y, 1);
    check(
      op,
      $x.dtype === $y.dtype,
      () => `x and y must have the same dtype, got ${$x.dtype} and ${$y.dtype}`,
    );
    const taken = new Set<number>($y.dataSync());
    const places: number[] = [];
    $x.dataSync().forEach((value, i) => {
      if (!taken.has(value)) places.push(i);
    });
    const indices = constant(places, [places.length], 'int32');
    return [gather($x, indices), indices];
  });
}

/**
 * Whether each target (the number of a class) is among the k greatest of its row of predictions
 * [..., classes]; of equal ones the first count as greater. bool, of the shape of the targets.
 */
export async function inTopKAsync(
  predictions: TensorInput,
  targets: TensorInput,
  k = 1,
): Promise<Tensor> {
  const op = 'inTopKAsync';
  return inScope(() => {
    const $predictions = toTensor(op, 'predictions', predictions);
    const $targets = toTensor(op, 'targets', targets);
    const { shape } = $predictions;
    check(
      op,
      shape.length > 1 && String(shape.slice(0, -1)) === String($targets.shape),
      () =>
        'predictions must have rank 2 or more, and targets its shape without the last dimension; ' +
        `got [${shape}] and [${$targets.shape}]`,
    );
    const classes = shape.at(-1)!;
    check(
      op,
      Number.isInteger(k) && k > 0 && k <= classes,
      () => `k must be a whole number from 1 to ${classes}, got ${k}`,
    );
    const values = $predictions.dataSync();
    const inTop = Uint8Array.from($targets.dataSync(), (target, row) => {
      if (!(target >= 0 && target < classes)) return 0;
      const own = values[row * classes + target]!;
      let ahead = 0;
      for (let i = 0; i < classes; i++) {
        const other = values[row * classes + i]!;
        if (other > own || (other === own && i < target)) ahead++;
      }
      return Number(ahead < k);
    });
    return constant(inTop, $targets.shape, 'bool');
  });
}
