// Indices, order, and images read between their cells.
import type * as tf from '@tensorflow/tfjs';
import { cases, real, whole, type OpCase, type Run } from './op_case';

/** Rows of `indices` [count, 2] into the first two axes of x [4, 5, ...]. */
const places = whole(4, 6, 2);

/** TensorFlow.js has no gradient of gatherND: the same by gather, at places in the flat x. */
const byGather =
  (slice: number[]): Run =>
  (l, x, indices) => {
    const [row, column] = l.unstack(indices!, -1);
    const at = l.add(l.mul(row!, 5), column!);
    return l.gather(l.reshape(x!, [20, ...slice]), l.cast(at, 'int32') as tf.Tensor1D);
  };

const indexing: OpCase[] = [
  {
    name: 'gatherND of elements',
    inputs: [real(4, 5), places],
    run: (l, x, indices) => l.gatherND(x!, indices!),
    reference: byGather([]),
  },
  {
    name: 'gatherND of slices',
    inputs: [real(4, 5, 3), places],
    run: (l, x, indices) => l.gatherND(x!, indices!),
    reference: byGather([3]),
  },
  {
    name: 'gatherND by one index',
    inputs: [real(4, 3), whole(4, 6, 1)],
    run: (l, x, indices) => l.gatherND(x!, indices!),
    reference: (l, x, indices) => l.gather(x!, l.reshape(indices!, [6]) as tf.Tensor1D),
  },
  {
    name: 'scatterND of slices, places twice',
    inputs: [whole(4, 6, 1), real(6, 3)],
    run: (l, indices, updates) => l.scatterND(indices!, updates!, [4, 3]),
    reference: (l, indices, updates) =>
      l.unsortedSegmentSum(updates!, l.reshape(indices!, [6]) as tf.Tensor1D, 4),
  },
  ...cases(
    {
      'scatterND of elements': [
        (l, indices, updates) => l.scatterND(indices!, updates!, [4, 5]),
        places,
        real(6),
      ],
      'scatterND of int32': [
        (l, indices, updates) => l.scatterND(indices!, updates!, [4, 5]),
        places,
        whole(9, 6),
      ],
      'gatherND of int32': [(l, x, indices) => l.gatherND(x!, indices!), whole(9, 4, 5), places],
      'tensorScatterUpdate of slices': [
        (l, x, updates) =>
          l.tensorScatterUpdate(x!, l.tensor2d([[3], [0]], [2, 1], 'int32'), updates!),
        real(4, 3),
        real(2, 3),
      ],
      'tensorScatterUpdate of elements': [
        (l, x, updates) =>
          l.tensorScatterUpdate(
            x!,
            l.tensor2d(
              [
                [3, 0],
                [0, 2],
              ],
              [2, 2],
              'int32',
            ),
            updates!,
          ),
        real(4, 3),
        real(2),
      ],
    },
    { gradient: false },
  ),
];

const parts: OpCase[] = cases({
  'unstack over 0': [(l, x) => l.unstack(x!)[1]!, real(3, 4)],
  'unstack over -1': [(l, x) => l.unstack(x!, -1)[2]!, real(2, 3, 4)],
});

/** TensorFlow.js has no gradient of topk. */
const order: OpCase[] = [
  ...cases(
    {
      'values of topk, rows': [(l, x) => l.topk(x!, 4).values, real(2, 3, 6)],
      'places of topk, rows': [(l, x) => l.topk(x!, 4).indices, real(2, 3, 6)],
      'places of topk, equal ones': [(l, x) => l.topk(x!, 5).indices, whole(3, 4, 7)],
      'values of topk of int32': [(l, x) => l.topk(x!, 2).values, whole(9, 4, 7)],
      'topk by default': [(l, x) => l.topk(x!).indices, real(4, 7)],
      'searchSorted, left': [
        (l, x, values) => l.searchSorted(l.cumsum(l.abs(x!), 1), l.abs(values!)),
        real(3, 6),
        real(3, 4),
      ],
      'searchSorted, right': [
        (l, x, values) => l.searchSorted(l.cumsum(x!, 1), values!, 'right'),
        whole(3, 3, 6),
        whole(6, 3, 4),
      ],
      'searchSorted of one row': [
        (l, x, values) => l.searchSorted(l.cumsum(x!), values!),
        whole(3, 6),
        whole(6, 4),
      ],
      lowerBound: [
        (l, x, values) => l.lowerBound(l.cumsum(x!, 1), values!),
        whole(2, 3, 6),
        whole(5, 3, 4),
      ],
      upperBound: [
        (l, x, values) => l.upperBound(l.cumsum(x!, 1), values!),
        whole(2, 3, 6),
        whole(5, 3, 4),
      ],
    },
    { gradient: false },
  ),
];

const resizes: OpCase[] = (['resizeBilinear', 'resizeNearestNeighbor'] as const).flatMap((op) =>
  (
    [
      [
        [2, 4, 5, 3],
        [7, 3],
      ],
      [
        [1, 3, 3, 2],
        [9, 6],
      ],
      [
        [1, 5, 5, 3],
        [3, 7],
      ],
      [
        [5, 4, 1],
        [2, 2],
      ],
      [
        [1, 4, 4, 1],
        [1, 1],
      ],
    ] as [number[], [number, number]][]
  ).flatMap(([image, size]) => [
    ...cases(
      {
        [`${op} [${image}] to [${size}]`]: [
          (l, x) => l.image[op](x as tf.Tensor4D, size),
          real(...image),
        ],
        [`${op} [${image}] to [${size}], corners aligned`]: [
          (l, x) => l.image[op](x as tf.Tensor4D, size, true),
          real(...image),
        ],
      },
      // TensorFlow.js's gradients are right for one square image only.
      { gradient: image[0] === 1 && image[1] === image[2] },
    ),
    // TensorFlow.js's gradients do not look at halfPixelCenters.
    ...cases(
      {
        [`${op} [${image}] to [${size}], half pixels`]: [
          (l, x) => l.image[op](x as tf.Tensor4D, size, false, true),
          real(...image),
        ],
      },
      { gradient: false },
    ),
  ]),
);

const boxes = { shape: [4, 4], low: -0.2, high: 1.2 };
const transforms = (...shape: number[]) => ({ shape, low: -0.08, high: 0.08 });
/** Transforms near the one that leaves an image as it is. */
const near = (l: Parameters<Run>[0], t: tf.Tensor) =>
  l.add(t, l.tensor2d([[1, 0, 0, 0, 1, 0, 0, 0]])) as tf.Tensor2D;

/** TensorFlow.js has no gradients of these, and transforms the first image of a batch only. */
const samples: OpCase[] = [
  ...(['bilinear', 'nearest'] as const).flatMap((method) => [
    ...cases(
      {
        [`cropAndResize, ${method}`]: [
          (l, x, boxes, index) =>
            l.image.cropAndResize(
              x as tf.Tensor4D,
              boxes as tf.Tensor2D,
              index as tf.Tensor1D,
              [4, 3],
              method,
              -1,
            ),
          real(3, 6, 7, 2),
          boxes,
          whole(3, 4),
        ],
        [`cropAndResize to one cell, ${method}`]: [
          (l, x, boxes, index) =>
            l.image.cropAndResize(
              x as tf.Tensor4D,
              boxes as tf.Tensor2D,
              index as tf.Tensor1D,
              [1, 1],
              method,
            ),
          real(3, 6, 7, 2),
          boxes,
          whole(3, 4),
        ],
      },
      { gradient: false },
    ),
    ...(['constant', 'reflect', 'wrap', 'nearest'] as const).flatMap((fill) =>
      cases(
        {
          [`transform, ${method}, ${fill}`]: [
            (l, x, t) =>
              l.image.transform(x as tf.Tensor4D, near(l, t!), method, fill, 0.5, [8, 9]),
            real(1, 6, 7, 2),
            transforms(1, 8),
          ],
        },
        { gradient: false },
      ),
    ),
  ]),
  ...cases(
    {
      'transform by default': [
        (l, x, t) => l.image.transform(x as tf.Tensor4D, near(l, t!)),
        real(1, 6, 7, 2),
        transforms(1, 8),
      ],
    },
    { gradient: false },
  ),
];

export const placeCases: OpCase[] = [...indexing, ...parts, ...order, ...resizes, ...samples];
