// Convolution and pooling of images [batch, height, width, channels]; without the batch dimension it
// is one image, and so is the result.
import { core } from '../engine.js';
import { NotImplementedError, ValueError } from '../errors.js';
import type { Tensor } from '../tensor.js';
import { operate, wholeNumbers, type TensorInput } from './operation.js';

/** 'valid', 'same', cells on every side, or [[0, 0], [top, bottom], [left, right], [0, 0]]. */
export type Pad = 'valid' | 'same' | number | readonly (readonly [number, number])[];
type Pair = number | readonly number[];

function pair(op: string, argument: string, value: Pair): [number, number] {
  const list = wholeNumbers(op, argument, value);
  if (list.length < 1 || list.length > 2) {
    throw new ValueError(`${op}(): ${argument} must be a number or two, got [${list}]`);
  }
  return [list[0]!, list[1] ?? list[0]!];
}

/** What the bindings want: strides, kind of padding, its four sides, channels first, two more. */
function windowOf(
  op: string,
  strides: Pair,
  pad: Pad,
  channelsFirst: boolean,
  more: [number, number],
): number[] {
  const kinds = ['valid', 'same'];
  let sides = [0, 0, 0, 0];
  let kind = kinds.indexOf(pad as string);
  if (kind < 0) {
    kind = kinds.length;
    if (typeof pad === 'number') sides = [pad, pad, pad, pad];
    else if (Array.isArray(pad) && pad.length === 4) {
      const [vertical, horizontal] = channelsFirst ? [2, 3] : [1, 2];
      sides = [...pad[vertical]!, ...pad[horizontal]!];
    } else {
      throw new ValueError(
        `${op}(): pad must be 'valid', 'same', a number or a pair for each of four dimensions, ` +
          `got ${JSON.stringify(pad)}`,
      );
    }
  }
  wholeNumbers(op, 'pad', sides);
  return [...pair(op, 'strides', strides), kind, ...sides, Number(channelsFirst), ...more];
}

function noRounding(op: string, mode: string | undefined): void {
  if (mode !== undefined) {
    throw new NotImplementedError(`${op}(): dimRoundingMode is not supported yet, got '${mode}'`);
  }
}

/**
 * Two-dimensional convolution (cross-correlation): x [batch, height, width, in] with a filter
 * [filterHeight, filterWidth, in, out]. `dataFormat` 'NCHW' is for images with channels first.
 */
export function conv2d(
  x: TensorInput,
  filter: TensorInput,
  strides: Pair,
  pad: Pad,
  dataFormat: 'NHWC' | 'NCHW' = 'NHWC',
  dilations: Pair = [1, 1],
  dimRoundingMode?: 'floor' | 'round' | 'ceil',
): Tensor {
  noRounding('conv2d', dimRoundingMode);
  if (dataFormat !== 'NHWC' && dataFormat !== 'NCHW') {
    throw new ValueError(`conv2d(): dataFormat must be 'NHWC' or 'NCHW', got '${dataFormat}'`);
  }
  const more = pair('conv2d', 'dilations', dilations);
  const window = windowOf('conv2d', strides, pad, dataFormat === 'NCHW', more);
  return operate('conv2d', { x, filter }, (t) => core().conv2d(t.x, t.filter, window));
}

/** The greatest element of each window; the first of equal ones receives the gradient. */
export function maxPool(
  x: TensorInput,
  filterSize: Pair,
  strides: Pair,
  pad: Pad,
  dimRoundingMode?: 'floor' | 'round' | 'ceil',
): Tensor {
  noRounding('maxPool', dimRoundingMode);
  const window = windowOf(
    'maxPool',
    strides,
    pad,
    false,
    pair('maxPool', 'filterSize', filterSize),
  );
  return operate('maxPool', { x }, (t) => core().maxPool(t.x, window));
}

/** The mean of each window; cells outside the image do not count. */
export function avgPool(
  x: TensorInput,
  filterSize: Pair,
  strides: Pair,
  pad: Pad,
  dimRoundingMode?: 'floor' | 'round' | 'ceil',
): Tensor {
  noRounding('avgPool', dimRoundingMode);
  const window = windowOf(
    'avgPool',
    strides,
    pad,
    false,
    pair('avgPool', 'filterSize', filterSize),
  );
  return operate('avgPool', { x }, (t) => core().avgPool(t.x, window));
}
