// Pooling: the greatest element, or the mean, of each window. x may lack its batch dimension.
import type { PoolingName } from '../core.js';
import { onesLike } from '../create.js';
import { core } from '../engine.js';
import { NotImplementedError, ValueError } from '../errors.js';
import { inScope } from '../lifetime.js';
import type { Tensor } from '../tensor.js';
import { add, div, maximum } from './arithmetic.js';
import { operate, shapeOfRank, wholeTuple, wordOf, type TensorInput } from './operation.js';
import { pad as padCells, slice } from './shape.js';
import { cast } from './unary.js';
import { layoutOf, paddingOf, rounded, spatialOf } from './windows.js';
import type { Layout, Pad, Padding, PerAxis, Rounding } from './windows.js';

interface Options {
  size: number[];
  strides: number[];
  padding: Padding;
  layout: Layout;
  rounding?: Rounding | null;
}

function read(
  op: string,
  filterSize: PerAxis,
  strides: PerAxis,
  pad: Pad,
  dataFormat: string,
  spatial: number,
): Options {
  const layout = layoutOf(op, dataFormat, spatial);
  return {
    size: wholeTuple(op, 'filterSize', filterSize, spatial),
    strides: wholeTuple(op, 'strides', strides, spatial),
    padding: paddingOf(op, pad, layout),
    layout,
  };
}

function apply(
  op: PoolingName,
  x: TensorInput,
  { size, strides, padding, layout, rounding }: Options,
): Tensor {
  const { spatial } = layout;
  return operate(op, { x }, (t) => {
    shapeOfRank(op, 'x', t.x, spatial + 1, spatial + 2);
    const { kind, sides } = rounded(op, padding, rounding, spatialOf(layout, t.x), size, strides);
    const cells = spatial === 2 ? sides.flat() : [];
    const window = [...strides, kind, ...cells, Number(layout.channelsFirst), ...size];
    return core()[op](t.x, window);
  });
}

/**
 * The greatest element of each window of x [batch, height, width, channels]; the first of equal ones
 * receives the gradient.
 */
export function maxPool(
  x: TensorInput,
  filterSize: PerAxis,
  strides: PerAxis,
  pad: Pad,
  dimRoundingMode?: Rounding,
): Tensor {
  const options = read('maxPool', filterSize, strides, pad, 'NHWC', 2);
  return apply('maxPool', x, { ...options, rounding: dimRoundingMode });
}

/** The mean of each window of x [batch, height, width, channels]; cells outside do not count. */
export function avgPool(
  x: TensorInput,
  filterSize: PerAxis,
  strides: PerAxis,
  pad: Pad,
  dimRoundingMode?: Rounding,
): Tensor {
  const options = read('avgPool', filterSize, strides, pad, 'NHWC', 2);
  return apply('avgPool', x, { ...options, rounding: dimRoundingMode });
}

/** Volumes with padding in cells: what lies outside is -∞ for the maximum, and is not counted. */
function pool3d(
  op: 'maxPool3d' | 'avgPool3d',
  x: TensorInput,
  options: Options,
  rounding: Rounding | undefined,
): Tensor {
  const { layout, size, strides } = options;
  const isExplicit = options.padding.kind === 2;
  if (!isExplicit && rounding === undefined) return apply(op, x, options);
  return inScope(() => {
    const volume = cast(x, 'float32');
    const { shape } = volume;
    const inner = operate(op, { x: volume }, (t) => {
      shapeOfRank(op, 'x', t.x, 4, 5);
      return t.x.clone();
    });
    const first = layout.channelsFirst ? shape.length - 3 : shape.length - 4;
    const input = shape.slice(first, first + 3);
    const { sides } = rounded(op, options.padding, rounding, input, size, strides);
    const around = shape.map((_, i): [number, number] => sides[i - first] ?? [0, 0]);
    const bare = { ...options, padding: { kind: 0, sides } };
    if (op === 'maxPool3d') return apply(op, padCells(inner, around, -Infinity), bare);
    const share = apply(op, padCells(onesLike(inner), around), bare);
    return div(apply(op, padCells(inner, around), bare), share);
  });
}

/**
 * The greatest element of each window of x [batch, depth, height, width, channels]; `dataFormat`
 * 'NCDHW' is for channels first.
 */
export function maxPool3d(
  x: TensorInput,
  filterSize: PerAxis,
  strides: PerAxis,
  pad: Pad,
  dimRoundingMode?: Rounding,
  dataFormat: 'NDHWC' | 'NCDHW' = 'NDHWC',
): Tensor {
  const options = read('maxPool3d', filterSize, strides, pad, dataFormat, 3);
  return pool3d('maxPool3d', x, options, dimRoundingMode);
}

/** The mean of each window, as maxPool3d; cells outside do not count. */
export function avgPool3d(
  x: TensorInput,
  filterSize: PerAxis,
  strides: PerAxis,
  pad: Pad,
  dimRoundingMode?: Rounding,
  dataFormat: 'NDHWC' | 'NCDHW' = 'NDHWC',
): Tensor {
  const options = read('avgPool3d', filterSize, strides, pad, dataFormat, 3);
  return pool3d('avgPool3d', x, options, dimRoundingMode);
}

/** The offsets of the cells of a window, row by row. */
function* cellsOf([height, width]: number[]): Generator<[number, number]> {
  for (let y = 0; y < height!; y++) for (let x = 0; x < width!; x++) yield [y, x];
}

/**
 * Max or average pooling of images [batch, height, width, channels], with windows that may have gaps
 * (`dilations`; the strides must be 1 then). As in TensorFlow.js, zeros lie around an image that is
 * padded 'same' for such windows, and count.
 */
export function pool(
  input: TensorInput,
  windowShape: PerAxis,
  poolingType: 'avg' | 'max',
  pad: Pad,
  dilations: PerAxis | null = [1, 1],
  strides: PerAxis | null = 1,
  dimRoundingMode?: Rounding,
): Tensor {
  const isMax = wordOf('pool', 'poolingType', poolingType, ['avg', 'max']) === 1;
  const gaps = wholeTuple('pool', 'dilations', dilations ?? 1, 2);
  const steps = wholeTuple('pool', 'strides', strides ?? 1, 2);
  if (Math.max(...gaps) === 1) {
    return (isMax ? maxPool : avgPool)(input, windowShape, steps, pad, dimRoundingMode);
  }
  if (Math.max(...steps) > 1) {
    throw new ValueError(
      `pool(): either strides or dilations must be 1, got strides ${steps} and dilations ${gaps}`,
    );
  }
  if (pad !== 'same' && pad !== 'valid' && pad !== 0) {
    throw new NotImplementedError(
      `pool(): with dilations, pad must be 'valid' or 'same', got ${JSON.stringify(pad)}`,
    );
  }
  const size = wholeTuple('pool', 'windowShape', windowShape, 2);
  return inScope(() => {
    let image = operate('pool', { input }, (t) => {
      shapeOfRank('pool', 'input', t.input, 3, 4);
      return t.input.clone();
    });
    const first = image.rank - 3;
    const lacking = size.map((cells, i) => (cells - 1) * gaps[i]!);
    if (pad === 'same') {
      const sides = lacking.map((all): [number, number] => [
        Math.floor(all / 2),
        Math.ceil(all / 2),
      ]);
      image = padCells(
        image,
        image.shape.map((_, i) => sides[i - first] ?? [0, 0]),
      );
    }
    const out = image.shape.map((length, i) => length - (lacking[i - first] ?? 0));
    if (Math.min(...out.slice(first, -1)) < 1) {
      throw new ValueError(
        `pool(): windows of ${size} cells ${gaps} apart do not fit into [${image.shape}]`,
      );
    }
    const shifted = Array.from(cellsOf(size), ([y, x]) => {
      const begin = image.shape.map(() => 0);
      begin[first] = y * gaps[0]!;
      begin[first + 1] = x * gaps[1]!;
      return slice(image, begin, out);
    });
    const joined = shifted.reduce((a, b) => (isMax ? maximum(a, b) : add(a, b)));
    return isMax ? joined : div(joined, size[0]! * size[1]!);
  });
}
