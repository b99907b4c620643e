// Images turned, mirrored, and in other colours. Images are [batch, height, width, channels].
import { core } from '../engine.js';
import { inScope } from '../lifetime.js';
import type { Tensor } from '../tensor.js';
import { div, greater, lessEqual, mul, sub } from './arithmetic.js';
import { check, checkDtype, checkRank, constant, toTensor } from './compose.js';
import { bincount } from './counting.js';
import { where } from './indexing.js';
import { matMul } from './matmul.js';
import { number, operate, type TensorInput } from './operation.js';
import { cumsum } from './order.js';
import { argMax, max, sum } from './reduce.js';
import { reshape, reverse, slice, tile } from './shape.js';
import { cast, round, square } from './unary.js';
import { range, scalar } from '../create.js';

/** Images mirrored from left to right. */
export function flipLeftRight(image: TensorInput): Tensor {
  return inScope(() => {
    const $image = toTensor('flipLeftRight', 'image', image);
    checkRank('flipLeftRight', 'image', $image, 4);
    return reverse($image, 2);
  });
}

/**
 * Images turned by an angle around `center` (a part of the size, one for both axes or [x, y]), each
 * cell taken from the nearest one. What comes from outside is `fillValue`: one number, or
 * [red, green, blue], with a fourth channel opaque (255).
 */
export function rotateWithOffset(
  image: TensorInput,
  radians: number,
  fillValue: number | readonly [number, number, number] = 0,
  center: number | readonly [number, number] = 0.5,
): Tensor {
  const op = 'rotateWithOffset';
  return inScope(() => {
    const $image = cast(toTensor(op, 'image', image), 'float32');
    checkRank(op, 'image', $image, 4);
    number(op, 'radians', radians);
    const fill = typeof fillValue === 'number' ? [fillValue] : [...fillValue];
    fill.forEach((value, i) => number(op, `fillValue[${i}]`, value));
    const [height, width] = $image.shape.slice(1, 3) as [number, number];
    const [centerX, centerY] = typeof center === 'number' ? [center, center] : center;
    const x = number(op, 'center', centerX) * width;
    const y = number(op, 'center', centerY) * height;
    const cos = Math.cos(radians);
    const sin = Math.sin(radians);
    const turn = [cos, -sin, x - x * cos + y * sin, sin, cos, y - x * sin - y * cos, 0, 0];
    const transform = constant(turn, [1, 8], 'float32');
    const [nearest, constantOutside] = [0, 0];
    return operate(op, { $image, transform }, (t) =>
      core().transform(t.$image, t.transform, [height, width, nearest, constantOutside], fill),
    );
  });
}

/** Images of one channel [..., 1] repeated to three. */
export function grayscaleToRGB(image: TensorInput): Tensor {
  const op = 'grayscaleToRGB';
  return inScope(() => {
    const $image = toTensor(op, 'image', image);
    check(
      op,
      $image.rank >= 2 && $image.shape.at(-1) === 1,
      () => `image must have rank 2 or more and one channel, got shape [${$image.shape}]`,
    );
    return tile($image, [...$image.shape.slice(1).map(() => 1), 3]);
  });
}

// The weights of luma of ITU-R BT.601, as TensorFlow rounds them.
const kLuma = [0.2989, 0.587, 0.114];

/** The luma of images [..., 3]: [..., 1] float32. */
function lumaOf(image: Tensor): Tensor {
  const pixels = reshape(cast(image, 'float32'), [image.size / 3, 3]);
  const luma = matMul(pixels, constant(kLuma, [3, 1], 'float32'));
  return reshape(luma, [...image.shape.slice(0, -1), 1]);
}

/** Images of three channels [..., 3] as one: 0.2989 red + 0.587 green + 0.114 blue. Keeps the dtype. */
export function rgbToGrayscale(image: TensorInput): Tensor {
  const op = 'rgbToGrayscale';
  return inScope(() => {
    const $image = toTensor(op, 'image', image);
    check(
      op,
      $image.rank >= 2 && $image.shape.at(-1) === 3,
      () => `image must have rank 2 or more and three channels, got shape [${$image.shape}]`,
    );
    return cast(lumaOf($image), $image.dtype);
  });
}

/**
 * The threshold that parts a histogram [256] into two classes of the greatest variance between them
 * (Otsu 1979), [1]; -1 where there is only one class.
 */
function otsu(histogram: Tensor, total: number): Tensor {
  const last = histogram.size - 1;
  const first = (x: Tensor) => slice(x, [0], [last]);
  const values = range(0, last + 1);
  const below = first(cumsum(histogram)); // how many are at most i, for each i but the last
  const above = sub(total, below);
  const weighted = mul(histogram, values);
  const sumBelow = first(cumsum(weighted));
  const sumAbove = sub(sum(weighted), sumBelow);
  const both = mul(below, above);
  const distance = square(sub(div(sumBelow, below), div(sumAbove, above)));
  const variance = where(greater(both, 0), mul(div(both, total * total), distance), scalar(0));
  const best = cast(argMax(variance), 'float32');
  return reshape(where(greater(max(variance), 0), best, scalar(-1)), [1]);
}

/**
 * An image [height, width, 1 or 3] of 0 to 255 in black (0) and white (255): white where its luma is
 * greater than the threshold, 255 · threshValue with method 'binary', Otsu's with 'otsu';
 * `inverted`: where it is not. int32, one channel.
 */
export function threshold(
  image: TensorInput,
  method: 'binary' | 'otsu' = 'binary',
  inverted = false,
  threshValue = 0.5,
): Tensor {
  const op = 'threshold';
  return inScope(() => {
    const $image = toTensor(op, 'image', image);
    checkRank(op, 'image', $image, 3);
    checkDtype(op, 'image', $image, 'int32', 'float32');
    const [height, width, channels] = $image.shape as [number, number, number];
    check(
      op,
      channels === 1 || channels === 3,
      () => `image must have 1 or 3 channels, got shape [${$image.shape}]`,
    );
    check(
      op,
      method === 'binary' || method === 'otsu',
      () => `method must be 'binary' or 'otsu', got '${String(method)}'`,
    );
    const luma = channels === 3 ? lumaOf($image) : cast($image, 'float32');
    let limit = scalar(number(op, 'threshValue', threshValue) * 255);
    if (method === 'otsu') {
      const histogram = bincount(cast(round(luma), 'int32'), new Float32Array(0), 256);
      limit = reshape(otsu(histogram, height * width), []) as typeof limit;
    }
    const white = inverted ? lessEqual(luma, limit) : greater(luma, limit);
    return mul(cast(white, 'int32'), scalar(255, 'int32'));
  });
}
