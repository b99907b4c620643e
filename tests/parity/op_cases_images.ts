// Ops on images that Heddle composes of others, in TypeScript.
import type * as tf from '@tensorflow/tfjs';
import { cases, real, whole, type OpCase } from './op_case';

const four = (x?: tf.Tensor) => x as tf.Tensor4D;

const pixels = (...shape: number[]) => ({ shape, low: 0, high: 255 });
const images: OpCase[] = [
  ...cases(
    {
      'image.rgbToGrayscale': [(l, x) => l.image.rgbToGrayscale(x as tf.Tensor3D), real(2, 4, 3)],
    },
    { reference: (l, x) => l.sum(l.mul(x!, l.tensor1d([0.2989, 0.587, 0.114])), -1, true) },
  ),
  ...cases(
    { 'image.flipLeftRight': [(l, x) => l.image.flipLeftRight(four(x)), real(2, 3, 4, 2)] },
    { reference: (l, x) => l.reverse(x!, 2) },
  ),
  ...cases({
    'image.grayscaleToRGB': [(l, x) => l.image.grayscaleToRGB(x as tf.Tensor3D), real(2, 3, 1)],
  }),
  ...cases(
    {
      'image.rgbToGrayscale of int32': [
        (l, x) => l.image.rgbToGrayscale(four(x)),
        whole(255, 2, 2, 4, 3),
      ],
      'image.rotateWithOffset': [
        (l, x) => l.image.rotateWithOffset(four(x), 0.7),
        pixels(2, 6, 7, 3),
      ],
      'image.rotateWithOffset with options': [
        (l, x) => l.image.rotateWithOffset(four(x), -1.9, [9, 8, 7], [0.2, 0.6]),
        pixels(1, 7, 5, 4),
      ],
      'image.threshold': [
        (l, x) => l.image.threshold(x as tf.Tensor3D, 'binary', false, 0.4),
        pixels(5, 6, 3),
      ],
      'image.threshold inverted': [
        (l, x) => l.image.threshold(x as tf.Tensor3D, 'binary', true),
        whole(255, 5, 6, 1),
      ],
      'image.threshold by Otsu': [
        (l, x) => l.image.threshold(x as tf.Tensor3D, 'otsu'),
        pixels(9, 8, 3),
      ],
      'image.threshold by Otsu, inverted': [
        (l, x) => l.image.threshold(x as tf.Tensor3D, 'otsu', true),
        whole(255, 9, 8, 1),
      ],
    },
    { gradient: false },
  ),
];

const windows: OpCase[] = [
  ...cases({
    'dilation2d valid': [
      (l, x, f) => l.dilation2d(four(x), f as tf.Tensor3D, 1, 'valid'),
      real(2, 5, 6, 3),
      real(2, 3, 3),
    ],
    'dilation2d same, strides': [
      (l, x, f) => l.dilation2d(four(x), f as tf.Tensor3D, [2, 3], 'same'),
      real(1, 5, 7, 2),
      real(3, 2, 2),
    ],
    'dilation2d of one image, dilations': [
      (l, x, f) => l.dilation2d(x as tf.Tensor3D, f as tf.Tensor3D, 1, 'same', [2, 1]),
      real(5, 4, 1),
      real(2, 2, 1),
    ],
  }),
  ...cases(
    {
      'maxPoolWithArgmax, result': [
        (l, x) => l.maxPoolWithArgmax(four(x), [2, 3], [2, 1], 'same').result!,
        real(2, 5, 6, 2),
      ],
      'maxPoolWithArgmax, indexes': [
        (l, x) => l.maxPoolWithArgmax(four(x), [2, 3], [2, 1], 'same').indexes!,
        real(2, 5, 6, 2),
      ],
      'maxPoolWithArgmax, indexes in the batch': [
        (l, x) => l.maxPoolWithArgmax(four(x), 3, 2, 1, true).indexes!,
        real(2, 5, 6, 2),
      ],
    },
    { gradient: false },
  ),
];

export const imageCases: OpCase[] = [...images, ...windows];
