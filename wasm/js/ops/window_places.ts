// Windows over images, one place of the window at a time: the cells that a place sees in all windows
// are a slice with steps. x is [batch, height, width, channels], or one image without the batch.
import { core } from '../engine.js';
import { inScope } from '../lifetime.js';
import type { Tensor } from '../tensor.js';
import { add, greater, maximum } from './arithmetic.js';
import { check, checkRank, constant, toTensor } from './compose.js';
import { where } from './indexing.js';
import { operate, wholeTuple, wordOf, type TensorInput } from './operation.js';
import { pad as padCells, reshape, slice } from './shape.js';
import { cast } from './unary.js';
import type { PerAxis } from './windows.js';

interface Windows {
  /** The size of a window, cells from one window to the next, and between the cells of a window. */
  size: number[];
  strides: number[];
  dilations: number[];
  /** [before, after] cells around each axis. */
  sides: [number, number][];
  /** The number of windows along each axis. */
  count: number[];
}

function windowsOf(
  op: string,
  image: number[],
  size: number[],
  strides: number[],
  dilations: number[],
  pad: number | 'valid' | 'same',
): Windows {
  const whole = typeof pad === 'number' ? wholeTuple(op, 'pad', pad, 1, 0)[0]! : 0;
  const isSame = typeof pad === 'string' && wordOf(op, 'pad', pad, ['valid', 'same']) === 1;
  const sides: [number, number][] = [];
  const count = image.map((cells, i) => {
    const reach = (size[i]! - 1) * dilations[i]! + 1;
    const stride = strides[i]!;
    let total = 2 * whole;
    if (isSame) total = Math.max(0, (Math.ceil(cells / stride) - 1) * stride + reach - cells);
    const before = Math.floor(total / 2);
    sides.push([before, total - before]);
    return Math.max(0, Math.floor((cells + total - reach) / stride) + 1);
  });
  return { size, strides, dilations, sides, count };
}

/** The places of a window, row by row. */
function placesOf([rows, columns]: number[]): [number, number][] {
  return Array.from({ length: rows! * columns! }, (_, i) => [
    Math.floor(i / columns!),
    i % columns!,
  ]);
}

/** x [batch, height, width, channels] with cells of `outside` around it. */
function padded(x: Tensor, { sides }: Windows, outside: number): Tensor {
  return padCells(x, [[0, 0], ...sides, [0, 0]], outside);
}

/** What one place sees: [batch, windows down, windows across, channels] of a padded x. */
function seenBy(op: string, x: Tensor, [row, column]: [number, number], w: Windows): Tensor {
  const begin = [0, row * w.dilations[0]!, column * w.dilations[1]!, 0];
  const size = [x.shape[0]!, ...w.count, x.shape[3]!];
  const box = [...begin, ...size, 1, ...w.strides, 1];
  return operate(op, { x }, (t) => core().sliceSteps(t.x, box));
}

const asBatch = (x: Tensor): Tensor => (x.rank === 4 ? x : reshape(x, [1, ...x.shape]));

/**
 * Dilation of grey images (mathematical morphology): the greatest sum of a cell of the window and
 * the filter's [filterHeight, filterWidth, channels] element there; the first of equal ones receives
 * the gradient.
 */
export function dilation2d(
  x: TensorInput,
  filter: TensorInput,
  strides: PerAxis,
  pad: 'valid' | 'same',
  dilations: PerAxis = [1, 1],
  dataFormat: 'NHWC' = 'NHWC',
): Tensor {
  const op = 'dilation2d';
  return inScope(() => {
    const $x = toTensor(op, 'x', x);
    const $filter = toTensor(op, 'filter', filter);
    checkRank(op, 'x', $x, 3, 4);
    checkRank(op, 'filter', $filter, 3);
    wordOf(op, 'dataFormat', dataFormat, ['NHWC']);
    wordOf(op, 'pad', pad, ['valid', 'same']);
    const image = asBatch(cast($x, 'float32'));
    const channels = image.shape[3]!;
    check(
      op,
      $filter.shape[2] === channels,
      () => `x and filter must have the same depth, got [${$x.shape}] and [${$filter.shape}]`,
    );
    const windows = windowsOf(
      op,
      image.shape.slice(1, 3),
      $filter.shape.slice(0, 2),
      wholeTuple(op, 'strides', strides, 2),
      wholeTuple(op, 'dilations', dilations, 2),
      pad,
    );
    const cells = padded(image, windows, -Infinity);
    const sums = placesOf(windows.size).map((place) =>
      add(seenBy(op, cells, place, windows), slice($filter, [...place, 0], [1, 1, channels])),
    );
    check(op, sums.length > 0, () => `filter must not be empty, got shape [${$filter.shape}]`);
    const greatest = sums.reduce((a, b) => maximum(a, b));
    return $x.rank === 4 ? greatest : reshape(greatest, greatest.shape.slice(1));
  });
}

/**
 * maxPool, and where each greatest element (the first of equal ones) is: `indexes` int32, counted
 * (row · width + column) · channels + channel within its image, or with `includeBatchInIndex` within
 * all of x. Both have a batch dimension.
 */
export function maxPoolWithArgmax(
  x: TensorInput,
  filterSize: PerAxis,
  strides: PerAxis,
  pad: 'valid' | 'same' | number,
  includeBatchInIndex = false,
): { result: Tensor; indexes: Tensor } {
  const op = 'maxPoolWithArgmax';
  return inScope(() => {
    const $x = toTensor(op, 'x', x);
    checkRank(op, 'x', $x, 3, 4);
    const image = asBatch(cast($x, 'float32'));
    const { shape, size } = image;
    const windows = windowsOf(
      op,
      shape.slice(1, 3),
      wholeTuple(op, 'filterSize', filterSize, 2),
      wholeTuple(op, 'strides', strides, 2),
      [1, 1],
      pad,
    );
    const one = size / Math.max(shape[0]!, 1);
    const numbers = Int32Array.from({ length: size }, (_, i) =>
      includeBatchInIndex ? i : i % one,
    );
    const cells = padded(image, windows, -Infinity);
    const indices = padded(constant(numbers, shape, 'int32'), windows, 0);
    const [first, ...rest] = placesOf(windows.size);
    let result = seenBy(op, cells, first!, windows);
    let indexes = seenBy(op, indices, first!, windows);
    for (const place of rest) {
      const seen = seenBy(op, cells, place, windows);
      indexes = where(greater(seen, result), seenBy(op, indices, place, windows), indexes);
      result = maximum(result, seen);
    }
    return { result: cast(result, $x.dtype), indexes };
  });
}
