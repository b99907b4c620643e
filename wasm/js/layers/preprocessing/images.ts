import type { Shape } from '../../dtype.js';
import { ValueError } from '../../errors.js';
import { resizeBilinear, resizeNearestNeighbor } from '../../ops/image_sampling.js';
import type { Tensor } from '../../tensor.js';
import type { Layer } from '../layer.js';

/** @internal How cells between cells come about. */
export type Interpolation = 'bilinear' | 'nearest';
export const kInterpolations = ['bilinear', 'nearest'] as const;

/** @internal The shape of images with another size. Throws ValueError for what is no image. */
export function resizedShape(
  shape: Shape,
  height: number | null,
  width: number | null,
  layer: Layer,
): Shape {
  if (shape.length !== 3 && shape.length !== 4) {
    throw new ValueError(
      `Layer '${layer.name}' (${layer.getClassName()}) takes images of shape [batch, height, width, ` +
        `channels] or [height, width, channels], got shape ${JSON.stringify(shape)}`,
    );
  }
  return [...shape.slice(0, -3), height, width, shape.at(-1)!];
}

/** @internal Images [..., height, width, channels] of another size; 'nearest' keeps the dtype. */
export const resize = (
  images: Tensor,
  size: [number, number],
  interpolation: Interpolation,
  alignCorners: boolean,
  halfPixelCenters = false,
): Tensor =>
  (interpolation === 'bilinear' ? resizeBilinear : resizeNearestNeighbor)(
    images,
    size,
    alignCorners,
    halfPixelCenters,
  );

/** @internal The window [height, width] of images that begins at a row and column. */
export const window = (
  images: Tensor,
  [top, left]: [number, number],
  [height, width]: [number, number],
): Tensor => {
  const batch = images.shape.slice(0, -3);
  return images.slice(
    [...batch.map(() => 0), top, left, 0],
    [...batch, height, width, images.shape.at(-1)!],
  );
};

/** @internal The largest window in the middle that has the aspect ratio of a size, brought to it. */
export function fillSize(
  images: Tensor,
  [height, width]: [number, number],
  interpolation: Interpolation,
): Tensor {
  const [rows, columns] = images.shape.slice(-3) as [number, number];
  const least = (size: number, most: number) => Math.max(Math.min(Math.trunc(size), most), 1);
  const cropHeight = least((columns * height) / width, rows);
  const cropWidth = least((rows * width) / height, columns);
  const corner: [number, number] = [
    Math.trunc((rows - cropHeight) / 2),
    Math.trunc((columns - cropWidth) / 2),
  ];
  const cropped = window(images, corner, [cropHeight, cropWidth]);
  return resize(cropped, [height, width], interpolation, false, true);
}
