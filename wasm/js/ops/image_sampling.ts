// Images [batch, height, width, channels] read at places that are not cells.
import type { CoreTensor } from '../core.js';
import { core } from '../engine.js';
import { ValueError } from '../errors.js';
import type { Tensor } from '../tensor.js';
import {
  number,
  operate,
  shapeOfRank,
  wholeNumbers,
  wordOf,
  type TensorInput,
} from './operation.js';

function sizeOf(op: string, argument: string, size: readonly number[]): number[] {
  const list = wholeNumbers(op, argument, size);
  if (list.length !== 2 || Math.min(...list) < 1) {
    throw new ValueError(
      `${op}(): ${argument} must be [height, width], got ${JSON.stringify(size)}`,
    );
  }
  return list;
}

function resize(
  op: 'resizeBilinear' | 'resizeNearestNeighbor',
  images: TensorInput,
  size: readonly [number, number],
  alignCorners: boolean,
  halfPixelCenters: boolean,
): Tensor {
  if (alignCorners && halfPixelCenters) {
    throw new ValueError(`${op}(): if halfPixelCenters is true, alignCorners must be false`);
  }
  const list = [...sizeOf(op, 'size', size), Number(alignCorners), Number(halfPixelCenters), 0];
  return operate(op, { images }, (t) => {
    shapeOfRank(op, 'images', t.images, 3, 4);
    return core()[op === 'resizeBilinear' ? op : 'resizeNearest'](t.images, list);
  });
}

/**
 * Images of another size [height, width], linear between the nearest cells: float32.
 * `alignCorners` keeps the corner cells where they are; with `halfPixelCenters` the places of cells
 * are their centers and not their corners (as in Keras).
 */
export function resizeBilinear(
  images: TensorInput,
  size: readonly [number, number],
  alignCorners = false,
  halfPixelCenters = false,
): Tensor {
  return resize('resizeBilinear', images, size, alignCorners, halfPixelCenters);
}

/** Images of another size [height, width], each cell a copy of the nearest. Keeps the dtype. */
export function resizeNearestNeighbor(
  images: TensorInput,
  size: readonly [number, number],
  alignCorners = false,
  halfPixelCenters = false,
): Tensor {
  return resize('resizeNearestNeighbor', images, size, alignCorners, halfPixelCenters);
}

/**
 * Cuts boxes [count, 4] (y1, x1, y2, x2 as parts of the image, from the first cell's center to the
 * last's) out of the images that boxInd [count] (int32) names, and brings each to `cropSize`
 * [height, width]: [count, height, width, channels]. What lies outside is `extrapolationValue`. The
 * images have a gradient, the boxes have none.
 */
export function cropAndResize(
  image: TensorInput,
  boxes: TensorInput,
  boxInd: TensorInput,
  cropSize: readonly [number, number],
  method: 'bilinear' | 'nearest' = 'bilinear',
  extrapolationValue = 0,
): Tensor {
  const op = 'cropAndResize';
  const size = sizeOf(op, 'cropSize', cropSize);
  const nearest = wordOf(op, 'method', method, ['bilinear', 'nearest']);
  number(op, 'extrapolationValue', extrapolationValue);
  const run = (t: { image: CoreTensor; boxes: CoreTensor; boxInd: CoreTensor }) => {
    shapeOfRank(op, 'image', t.image, 4);
    return core().cropAndResize(
      t.image,
      t.boxes,
      t.boxInd,
      [...size, 1 - nearest],
      extrapolationValue,
    );
  };
  return operate(op, { image, boxes, boxInd }, run, { boxInd: 'int32' });
}

/**
 * Projective transforms [batch or 1, 8] (a0, a1, a2, b0, b1, b2, c0, c1): cell (x, y) of the result
 * reads the image at ((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k), k = c0 x + c1 y + 1. Outside
 * the image there is `fillValue`, or the image mirrored, repeated, or its nearest edge.
 * `outputShape` [height, width] is that of the images by default.
 */
export function transform(
  image: TensorInput,
  transforms: TensorInput,
  interpolation: 'nearest' | 'bilinear' = 'nearest',
  fillMode: 'constant' | 'reflect' | 'wrap' | 'nearest' = 'constant',
  fillValue = 0,
  outputShape?: readonly [number, number] | null,
): Tensor {
  const op = 'transform';
  const bilinear = wordOf(op, 'interpolation', interpolation, ['nearest', 'bilinear']);
  const outside = wordOf(op, 'fillMode', fillMode, ['constant', 'reflect', 'wrap', 'nearest']);
  const fill = [number(op, 'fillValue', fillValue)];
  const size = outputShape ? sizeOf(op, 'outputShape', outputShape) : [0, 0];
  return operate(op, { image, transforms }, (t) => {
    shapeOfRank(op, 'image', t.image, 4);
    return core().transform(t.image, t.transforms, [...size, bilinear, outside], fill);
  });
}
