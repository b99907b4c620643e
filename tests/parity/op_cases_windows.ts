// Convolutions of one to three dimensions, their transposes, depthwise and separable ones, pools.
import type * as tf from '@tensorflow/tfjs';
import type { Library } from './compare';
import { cases, real, type OpCase, type Run } from './op_case';

type Pad = 'valid' | 'same' | number;

const sequences: OpCase[] = (
  [
    [[2, 9, 3], [3, 3, 4], 1, 'valid'],
    [[2, 9, 3], [3, 3, 4], 2, 'same'],
    [[1, 10, 2], [4, 2, 5], 3, 'same'],
    [[7, 2], [2, 2, 3], 1, 'same'],
  ] as [number[], number[], number, 'valid' | 'same'][]
).flatMap(([x, filter, stride, pad]) =>
  cases({
    [`conv1d [${x}] * [${filter}], stride ${stride}, ${pad}`]: [
      (l, x, filter) => l.conv1d(x as tf.Tensor3D, filter as tf.Tensor3D, stride, pad),
      real(...x),
      real(...filter),
    ],
  }),
);

/** A filter [window, in, out] with zeros between its rows, for TensorFlow.js's lack of gradients. */
function spread(l: Library, filter: tf.Tensor, by: number): tf.Tensor {
  const [window, ...channels] = filter.shape as [number, number, number];
  const wide = l.pad(l.reshape(filter, [window, 1, ...channels]), [
    [0, 0],
    [0, by - 1],
    [0, 0],
    [0, 0],
  ]);
  const rows = l.reshape(wide, [window * by, ...channels]);
  return l.slice(rows, [0, 0, 0], [window * by - by + 1, ...channels]);
}

const dilated: OpCase = {
  name: 'conv1d with dilation 2, same',
  inputs: [real(2, 11, 3), real(3, 3, 2)],
  run: (l, x, filter) => l.conv1d(x as tf.Tensor3D, filter as tf.Tensor3D, 1, 'same', 'NWC', 2),
  reference: (l, x, filter) =>
    l.conv1d(x as tf.Tensor3D, spread(l, filter!, 2) as tf.Tensor3D, 1, 'same'),
};

const images: OpCase[] = (
  [
    [[2, 8, 8, 3], [3, 3, 3, 2], 1, 'valid'],
    [[2, 8, 8, 3], [3, 3, 3, 1], 1, 'same'],
    [[1, 9, 7, 2], [3, 2, 2, 3], 2, 'same'],
    [[1, 9, 9, 8], [3, 3, 8, 1], 2, 'valid'],
    [[7, 7, 2], [3, 3, 2, 1], 1, 1],
  ] as [number[], number[], number, Pad][]
).flatMap(([x, filter, strides, pad]) => [
  ...cases({
    [`depthwiseConv2d [${x}] * [${filter}], strides ${strides}, ${pad}`]: [
      (l, x, filter) =>
        l.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, strides, pad as 'same'),
      real(...x),
      real(...filter),
    ],
  }),
  ...(typeof pad === 'number'
    ? []
    : cases({
        [`separableConv2d [${x}] * [${filter}], strides ${strides}, ${pad}`]: [
          (l, x, deep, point) =>
            l.separableConv2d(
              x as tf.Tensor4D,
              deep as tf.Tensor4D,
              point as tf.Tensor4D,
              strides,
              pad,
            ),
          real(...x),
          real(...filter),
          real(1, 1, filter[2]! * filter[3]!, 4),
        ],
      })),
]);

const paddedImages: OpCase[] = cases({
  'conv2d, padded by 1, rounding down': [
    (l, x, filter) => l.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 2, 1, 'NHWC', 1, 'floor'),
    real(1, 6, 6, 2),
    real(3, 3, 2, 3),
  ],
  'conv2d, padded on each side': [
    (l, x, filter) =>
      l.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, [
        [0, 0],
        [2, 0],
        [0, 1],
        [0, 0],
      ]),
    real(1, 5, 6, 2),
    real(3, 3, 2, 3),
  ],
});

const rounded = cases(
  {
    'conv2d, rounding up': [
      (l, x, filter) => l.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 2, 0, 'NHWC', 1, 'ceil'),
      real(1, 6, 6, 2),
      real(3, 3, 2, 3),
    ],
    'maxPool, rounding up': [
      (l, x) => l.maxPool(x as tf.Tensor4D, 2, 2, 0, 'ceil'),
      real(1, 5, 5, 2),
    ],
    'avgPool, rounding': [
      (l, x) => l.avgPool(x as tf.Tensor4D, 3, 2, 1, 'round'),
      real(1, 6, 6, 2),
    ],
  },
  { gradient: false },
);

const transposed: OpCase[] = (
  [
    [[2, 4, 4, 3], [3, 3, 2, 3], [2, 6, 6, 2], 1, 'valid'],
    [[2, 4, 4, 3], [3, 3, 2, 3], [2, 8, 8, 2], 2, 'same'],
    [[1, 3, 5, 2], [2, 3, 4, 2], [1, 7, 11, 4], 2, 'valid'],
    [[3, 3, 2], [2, 2, 1, 2], [6, 6, 1], 2, 'same'],
  ] as [number[], number[], number[], number, 'valid' | 'same'][]
).flatMap(([x, filter, shape, strides, pad]) =>
  cases({
    [`conv2dTranspose [${x}] * [${filter}], strides ${strides}, ${pad}`]: [
      (l, x, filter) =>
        l.conv2dTranspose(
          x as tf.Tensor4D,
          filter as tf.Tensor4D,
          shape as [number, number, number, number],
          strides,
          pad,
        ),
      real(...x),
      real(...filter),
    ],
  }),
);

const volumes: OpCase[] = [
  ...(
    [
      [[1, 4, 5, 6, 2], [2, 3, 2, 2, 3], 1, 'valid'],
      [[2, 4, 4, 4, 1], [3, 3, 3, 1, 2], 1, 'same'],
      [[1, 5, 4, 5, 2], [2, 2, 3, 2, 2], 2, 'same'],
      [[4, 4, 4, 2], [2, 2, 2, 2, 1], 2, 'valid'],
    ] as [number[], number[], number, 'valid' | 'same'][]
  ).flatMap(([x, filter, strides, pad]) =>
    cases({
      [`conv3d [${x}] * [${filter}], strides ${strides}, ${pad}`]: [
        (l, x, filter) => l.conv3d(x as tf.Tensor5D, filter as tf.Tensor5D, strides, pad),
        real(...x),
        real(...filter),
      ],
    }),
  ),
  // TensorFlow.js has no gradient of transposed convolutions of volumes.
  ...cases(
    {
      'conv3dTranspose, valid': [
        (l, x, filter) =>
          l.conv3dTranspose(x as tf.Tensor5D, filter as tf.Tensor5D, [1, 4, 5, 5, 2], 1, 'valid'),
        real(1, 3, 3, 4, 3),
        real(2, 3, 2, 2, 3),
      ],
      'conv3dTranspose, strides 2, same': [
        (l, x, filter) =>
          l.conv3dTranspose(x as tf.Tensor5D, filter as tf.Tensor5D, [1, 4, 6, 4, 1], 2, 'same'),
        real(1, 2, 3, 2, 2),
        real(3, 3, 3, 1, 2),
      ],
    },
    { gradient: false },
  ),
];

const volumePools: OpCase[] = (['maxPool3d', 'avgPool3d'] as const).flatMap((op) =>
  (
    [
      [[1, 4, 5, 6, 2], [2, 3, 2], 1, 'valid'],
      [[2, 4, 4, 4, 1], [2, 2, 2], 2, 'valid'],
      [[2, 4, 5, 3, 2], [2, 2, 2], 1, 'same'],
      [[1, 5, 4, 5, 2], [2, 2, 3], 2, 'same'],
      [[1, 5, 5, 5, 2], [3, 3, 3], 2, 1],
      [[4, 4, 4, 2], [2, 2, 2], 2, 'same'],
    ] as [number[], [number, number, number], number, Pad][]
  ).flatMap(([shape, size, strides, pad]) => {
    const run: Run = (l, x) => l[op](x as tf.Tensor5D, size, strides, pad);
    const name = `${op} [${shape}] by ${size}, strides ${strides}, ${pad}`;
    // TensorFlow.js's gradient of padded averages counts the cells outside.
    // That of maxima confuses the cells of a window that is no cube.
    const gradient = op === 'maxPool3d' ? new Set(size).size === 1 : pad === 'valid';
    return cases({ [name]: [run, real(...shape)] }, gradient ? {} : { gradient: false });
  }),
);

const pools: OpCase[] = (['max', 'avg'] as const).flatMap((kind) => [
  ...cases({
    [`pool ${kind}, strides 2`]: [
      (l, x) => l.pool(x as tf.Tensor4D, [2, 3], kind, 'valid', 1, 2),
      real(2, 6, 7, 3),
    ],
    [`pool ${kind}, dilations 2, valid`]: [
      (l, x) => l.pool(x as tf.Tensor4D, [2, 3], kind, 'valid', 2),
      real(2, 6, 7, 3),
    ],
    [`pool ${kind}, dilations [2, 1], same`]: [
      (l, x) => l.pool(x as tf.Tensor4D, 3, kind, 'same', [2, 1]),
      real(1, 6, 7, 2),
    ],
    [`pool ${kind} of one image`]: [
      (l, x) => l.pool(x as tf.Tensor3D, 2, kind, 'valid', 3),
      real(5, 6, 2),
    ],
  }),
]);

const fused: OpCase[] = (['conv2d', 'depthwiseConv2d'] as const).flatMap((op) =>
  cases({
    [`fused.${op} with a bias and relu`]: [
      (l, x, filter, bias) =>
        l.fused[op]({
          x: x as tf.Tensor4D,
          filter: filter as tf.Tensor4D,
          strides: 1,
          pad: 'same',
          bias,
          activation: 'relu',
        }),
      real(1, 5, 5, 2),
      real(3, 3, 2, 2),
      real(op === 'conv2d' ? 2 : 4),
    ],
  }),
);

export const windowCases: OpCase[] = [
  ...sequences,
  dilated,
  ...images,
  ...paddedImages,
  ...rounded,
  ...transposed,
  ...volumes,
  ...volumePools,
  ...pools,
  ...fused,
];
