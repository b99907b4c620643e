// The ops that Heddle composes of others, in TypeScript.
import type * as tf from '@tensorflow/tfjs';
import { cases, positive, real, whole, type OpCase, type Run } from './op_case';

type Pairs = [number, number][];

const two = (x?: tf.Tensor) => x as tf.Tensor2D;
const four = (x?: tf.Tensor) => x as tf.Tensor4D;

/** The places of an axis of `size` with cells mirrored around it. */
function mirrored(size: number, before: number, after: number, edge: number): number[] {
  return Array.from({ length: before + size + after }, (_, i) => {
    const at = i - before;
    return at < 0 ? -at - 1 + edge : at < size ? at : 2 * size - at - 1 - edge;
  });
}

/** mirrorPad out of gather, whose gradient TensorFlow.js has. */
const mirroredBy =
  (paddings: Pairs, edge: number): Run =>
  (l, x) =>
    paddings.reduce((result, [before, after], axis) => {
      const places = mirrored(x!.shape[axis]!, before, after, edge);
      return l.gather(result, l.tensor1d(places, 'int32'), axis);
    }, x!);

const vectors: OpCase[] = [
  ...cases({
    'norm of all': [(l, x) => l.norm(x!), real(3, 4)],
    'norm 1 of all': [(l, x) => l.norm(x!, 1), real(7)],
    'norm Infinity of all': [(l, x) => l.norm(x!, Infinity), real(7)],
    'norm -Infinity of all': [(l, x) => l.norm(x!, -Infinity), real(7)],
    'norm of rows': [(l, x) => l.norm(x!, 'euclidean', 1), real(3, 4)],
    'norm 2 of columns': [(l, x) => l.norm(x!, 2, [0], true), real(3, 4)],
    'norm 1 along an axis': [(l, x) => l.norm(x!, 1, 1), real(2, 3, 4)],
    'norm Infinity along an axis': [(l, x) => l.norm(x!, Infinity, 2, true), real(2, 3, 4)],
    'norm fro of matrices': [(l, x) => l.norm(x!, 'fro', [0, 1]), real(3, 4)],
    'norm euclidean of matrices': [(l, x) => l.norm(x!, 'euclidean', [1, 2], true), real(2, 3, 4)],
    'norm 1 of matrices': [(l, x) => l.norm(x!, 1, [0, 1]), real(3, 4)],
    'norm Infinity of matrices': [(l, x) => l.norm(x!, Infinity, [0, 1], true), real(3, 4)],
    'norm -Infinity of matrices': [(l, x) => l.norm(x!, -Infinity, [1, 2]), real(2, 3, 4)],
    'norm of a scalar': [(l, x) => l.norm(x!), real()],
    'euclideanNorm of rows': [(l, x) => l.euclideanNorm(x!, 1, true), real(3, 4)],
    'dot of vectors': [(l, a, b) => l.dot(a!, b!), real(5), real(5)],
    'dot of a vector and a matrix': [(l, a, b) => l.dot(a!, b!), real(3), real(3, 4)],
    'dot of a matrix and a vector': [(l, a, b) => l.dot(a!, b!), real(3, 4), real(4)],
    'dot of matrices': [(l, a, b) => l.dot(a!, b!), real(3, 4), real(4, 2)],
    outerProduct: [
      (l, a, b) => l.outerProduct(a as tf.Tensor1D, b as tf.Tensor1D),
      real(3),
      real(4),
    ],
    'bandPart of many, lower triangles': [(l, x) => l.linalg.bandPart(x!, -1, 0), real(2, 3, 4, 4)],
    gramSchmidt: [(l, x) => l.linalg.gramSchmidt(two(x)) as tf.Tensor, real(3, 5)],
    'gramSchmidt of a list': [
      (l, a, b) =>
        l.concat(l.linalg.gramSchmidt([a as tf.Tensor1D, b as tf.Tensor1D]) as tf.Tensor1D[]),
      real(4),
      real(4),
    ],
  }),
  ...cases(
    { bandPart: [(l, x) => l.linalg.bandPart(x!, 1, 2), real(4, 4)] },
    {
      reference: (l, x) => {
        const row = l.range(0, 4, 1, 'int32');
        const below = l.sub(l.reshape(row, [4, 1]), row);
        const inside = l.logicalAnd(l.lessEqual(below, 1), l.greaterEqual(below, -2));
        return l.where(inside, x!, l.zerosLike(x!));
      },
    },
  ),
  // TensorFlow.js has no gradient of qr; tests/cpp checks ours against finite differences.
  ...cases(
    {
      'bandPart by tensors': [
        (l, x) => l.linalg.bandPart(x!, l.scalar(1, 'int32'), l.scalar(-3, 'int32')),
        real(4, 4),
      ],
      'q of a square': [(l, x) => l.linalg.qr(x!)[0], real(4, 4)],
      'r of a square': [(l, x) => l.linalg.qr(x!)[1], real(4, 4)],
      'q of a tall matrix': [(l, x) => l.linalg.qr(x!)[0], real(5, 3)],
      'r of a tall matrix': [(l, x) => l.linalg.qr(x!)[1], real(5, 3)],
      'q of a wide matrix': [(l, x) => l.linalg.qr(x!)[0], real(3, 5)],
      'r of a wide matrix': [(l, x) => l.linalg.qr(x!)[1], real(3, 5)],
      'r of squares': [(l, x) => l.linalg.qr(x!)[1], real(2, 3, 3)],
      'full q': [(l, x) => l.linalg.qr(x!, true)[0], real(5, 3)],
      'full r': [(l, x) => l.linalg.qr(x!, true)[1], real(5, 3)],
      'bandPart of int32': [(l, x) => l.linalg.bandPart(x!, 0, -1), whole(9, 3, 4)],
      'diag of int32': [(l, x) => l.diag(x!), whole(9, 3)],
      'q with zeros for heads': [
        (l) => l.linalg.qr(l.tensor2d([0, 0, 1, 1, 2, 3, 0, 1, 5], [3, 3]))[0],
      ],
    },
    { gradient: false },
  ),
  ...cases(
    { diag: [(l, x) => l.diag(x!), real(4)] },
    { reference: (l, x) => l.mul(l.eye(4), l.reshape(x!, [4, 1])) },
  ),
  ...cases(
    { 'diag of a matrix': [(l, x) => l.diag(x!), real(2, 3)] },
    { reference: (l, x) => l.reshape(l.mul(l.eye(6), l.reshape(x!, [6, 1])), [2, 3, 2, 3]) },
  ),
];

const normalisations: OpCase[] = cases({
  localResponseNormalization: [(l, x) => l.localResponseNormalization(four(x)), real(2, 3, 3, 8)],
  'localResponseNormalization with options': [
    (l, x) => l.localResponseNormalization(four(x), 1, 2, 0.3, 0.75),
    real(1, 2, 3, 5),
  ],
  'localResponseNormalization of one image': [
    (l, x) => l.localResponseNormalization(x as tf.Tensor3D, 2),
    real(2, 3, 4),
  ],
  movingAverage: [(l, v, x) => l.movingAverage(v!, x!, 0.9, 3), real(2, 3), real(2, 3)],
  'movingAverage without zeroDebias': [
    (l, v, x) => l.movingAverage(v!, x!, l.scalar(0.8), undefined, false),
    real(2, 3),
    real(2, 3),
  ],
});

const paddings: [string, number[], Pairs, 'reflect' | 'symmetric'][] = [
  ['both sides', [4], [[3, 2]], 'reflect'],
  ['both sides', [3], [[3, 1]], 'symmetric'],
  [
    'matrix',
    [3, 4],
    [
      [1, 2],
      [3, 0],
    ],
    'reflect',
  ],
  [
    'images',
    [2, 3, 3, 2],
    [
      [0, 0],
      [2, 1],
      [1, 3],
      [0, 0],
    ],
    'symmetric',
  ],
];

const padded: OpCase[] = [
  ...paddings.map(([name, shape, pairs, mode]): OpCase => ({
    name: `mirrorPad ${mode}, ${name}`,
    inputs: [real(...shape)],
    run: (l, x) => l.mirrorPad(x!, pairs, mode),
    reference: mirroredBy(pairs, mode === 'reflect' ? 1 : 0),
  })),
  ...cases({
    pad1d: [(l, x) => l.pad1d(x as tf.Tensor1D, [1, 2], 3), real(4)],
    pad2d: [
      (l, x) =>
        l.pad2d(two(x), [
          [1, 0],
          [0, 2],
        ]),
      real(2, 3),
    ],
    pad3d: [
      (l, x) =>
        l.pad3d(x as tf.Tensor3D, [
          [1, 0],
          [0, 2],
          [1, 1],
        ]),
      real(2, 3, 2),
    ],
    pad4d: [
      (l, x) =>
        l.pad4d(
          four(x),
          [
            [1, 0],
            [0, 2],
            [0, 0],
            [1, 1],
          ],
          -1,
        ),
      real(2, 3, 2, 1),
    ],
    slice1d: [(l, x) => l.slice1d(x as tf.Tensor1D, 1, 3), real(6)],
    slice2d: [(l, x) => l.slice2d(two(x), [1, 0], [2, 3]), real(4, 4)],
    slice3d: [(l, x) => l.slice3d(x as tf.Tensor3D, [1, 0, 2], [1, 3, 1]), real(2, 3, 4)],
    slice4d: [(l, x) => l.slice4d(four(x), [0, 1, 0, 1], [1, 1, 2, 1]), real(2, 2, 3, 2)],
    reverse1d: [(l, x) => l.reverse1d(x as tf.Tensor1D), real(5)],
    reverse2d: [(l, x) => l.reverse2d(two(x), 1), real(3, 4)],
    reverse3d: [(l, x) => l.reverse3d(x as tf.Tensor3D, [0, 2]), real(2, 3, 2)],
    reverse4d: [(l, x) => l.reverse4d(four(x), -1), real(2, 2, 2, 3)],
    concat1d: [(l, a, b) => l.concat1d([a as tf.Tensor1D, b as tf.Tensor1D]), real(2), real(3)],
    concat2d: [(l, a, b) => l.concat2d([two(a), two(b)], 1), real(2, 2), real(2, 3)],
    concat3d: [
      (l, a, b) => l.concat3d([a as tf.Tensor3D, b as tf.Tensor3D], 2),
      real(2, 2, 1),
      real(2, 2, 2),
    ],
    concat4d: [(l, a, b) => l.concat4d([four(a), four(b)], 0), real(1, 2, 2, 1), real(2, 2, 2, 1)],
  }),
];

type Strided = [number[], number[], number[], number[]?, ...number[]];
// shape of x, begin, end, strides, then the masks: begin, end, ellipsis, new axis, shrink axis
const strided: Record<string, Strided> = {
  'every second': [[8], [1], [7], [2]],
  backwards: [[8], [6], [0], [-2]],
  'backwards to the end': [[8], [-1], [0], [-3], 0, 1],
  'from the end': [[8], [-5], [-1]],
  'places outside': [[5], [-20], [20], [3]],
  'begin and end open': [[5, 6], [3, 4], [1, 1], [1, 2], 3, 3],
  'fewer axes than x': [[4, 3, 2], [1], [3]],
  'an ellipsis in front': [[2, 3, 6], [0, 1], [0, 5], [1, 2], 0, 0, 1],
  'an ellipsis in the middle': [[3, 2, 2, 4], [1, 0, 0], [3, 0, 3], [1, 1, 2], 0, 0, 2],
  'a new axis': [[3, 4], [0, 0, 1], [0, 2, 3], [1, 1, 1], 0, 0, 0, 1],
  'a new axis after an ellipsis': [[3, 4], [0, 0], [0, 0], [1, 1], 0, 0, 1, 2],
  'one place': [[3, 4], [1, 1], [2, 3], [1, 1], 0, 0, 0, 0, 1],
  'one place from the end': [[3, 4], [0, -1], [3, 0], [1, 1], 0, 0, 0, 0, 2],
  'everything at once': [[3, 4, 5], [1, 9, 9, -1], [9, 9, 9, 0], [1, 1, 1, 1], 0, 1, 2, 4, 8],
};

const slices: OpCase[] = Object.entries(strided).map(
  ([name, [shape, begin, end, steps, ...masks]]) => ({
    name: `stridedSlice: ${name}`,
    inputs: [real(...shape)],
    run: (l, x) => l.stridedSlice(x!, begin, end, steps, ...masks),
    // TensorFlow.js has no gradient; the same slice of the numbers of the places tells where it goes.
    reference: (l, x) => {
      const places = l.reshape(l.range(0, x!.size, 1, 'int32'), x!.shape);
      const taken = l.stridedSlice(places, begin, end, steps, ...masks);
      return l.gather(l.reshape(x!, [-1]), l.cast(taken, 'int32'));
    },
  }),
);

const spaces: OpCase[] = [
  ...cases({
    spaceToBatchND: [
      (l, x) =>
        l.spaceToBatchND(
          x!,
          [2, 2],
          [
            [0, 0],
            [0, 0],
          ],
        ),
      real(1, 4, 6, 2),
    ],
    'spaceToBatchND with paddings': [
      (l, x) =>
        l.spaceToBatchND(
          x!,
          [2, 3],
          [
            [1, 0],
            [0, 2],
          ],
        ),
      real(2, 3, 4, 1),
    ],
    'spaceToBatchND of one axis': [(l, x) => l.spaceToBatchND(x!, [3], [[1, 1]]), real(2, 4, 2)],
    batchToSpaceND: [
      (l, x) =>
        l.batchToSpaceND(
          x!,
          [2, 2],
          [
            [0, 0],
            [0, 0],
          ],
        ),
      real(8, 2, 3, 2),
    ],
    'batchToSpaceND with crops': [
      (l, x) =>
        l.batchToSpaceND(
          x!,
          [2, 3],
          [
            [1, 0],
            [0, 2],
          ],
        ),
      real(6, 2, 2, 1),
    ],
  }),
  ...cases(
    { depthToSpace: [(l, x) => l.depthToSpace(four(x), 2, 'NHWC'), real(2, 2, 3, 8)] },
    {
      reference: (l, x) =>
        l.reshape(l.transpose(l.reshape(x!, [2, 2, 3, 2, 2, 2]), [0, 1, 3, 2, 4, 5]), [2, 4, 6, 2]),
    },
  ),
];

const gathered: OpCase[] = cases(
  {
    'gather with batchDims 1': [(l, x, i) => l.gather(x!, i!, 1, 1), real(2, 5, 3), whole(5, 2, 4)],
    'gather with batchDims, axis behind': [
      (l, x, i) => l.gather(x!, i!, 2, 1),
      real(2, 3, 5, 2),
      whole(5, 2, 4),
    ],
    'gather with batchDims 2': [
      (l, x, i) => l.gather(x!, i!, 2, 2),
      real(2, 3, 5, 2),
      whole(5, 2, 3, 4),
    ],
    'gather with batchDims of the whole indices': [
      (l, x, i) => l.gather(x!, i!, 1, 1),
      real(3, 4),
      whole(4, 3),
    ],
  },
  { gradient: false }, // TensorFlow.js's ignores batchDims
);

const counts: OpCase[] = [
  ...cases({
    unsortedSegmentSum: [
      (l, x) => l.unsortedSegmentSum(x!, l.tensor1d([2, 0, 2, 1, 0], 'int32'), 4),
      real(5, 3),
    ],
    'unsortedSegmentSum of vectors, ids below 0': [
      (l, x) => l.unsortedSegmentSum(x!, l.tensor1d([1, -1, 0, 1], 'int32'), 2),
      real(4),
    ],
  }),
  ...cases(
    {
      'unsortedSegmentSum, ids outside': [
        (l, x) => l.unsortedSegmentSum(x!, l.tensor1d([1, -1, 7, 1], 'int32'), 2),
        real(4),
      ],
      bincount: [(l, x) => l.bincount(x as tf.Tensor1D, l.tensor1d([]), 5), whole(7, 12)],
      'bincount with weights': [
        (l, x, w) => l.bincount(x as tf.Tensor1D, w as tf.Tensor1D, 5),
        whole(5, 12),
        real(12),
      ],
      'bincount with whole weights': [
        (l, x, w) => l.bincount(x as tf.Tensor1D, w as tf.Tensor1D, 5),
        whole(5, 12),
        whole(9, 12),
      ],
      denseBincount: [(l, x) => l.denseBincount(two(x), l.tensor2d([], [0, 0]), 5), whole(6, 3, 7)],
      'denseBincount with weights': [
        (l, x, w) => l.denseBincount(two(x), two(w), 4),
        whole(6, 3, 7),
        real(3, 7),
      ],
      'denseBincount binary': [
        (l, x) => l.denseBincount(two(x), l.tensor2d([], [0, 0]), 5, true),
        whole(6, 3, 4),
      ],
      confusionMatrix: [
        (l, a, b) => l.math.confusionMatrix(a as tf.Tensor1D, b as tf.Tensor1D, 4),
        whole(4, 20),
        whole(4, 20),
      ],
      sparseToDense: [
        (l, v) =>
          l.sparseToDense(
            l.tensor2d([0, 1, 2, 0, 1, 3], [3, 2], 'int32'),
            v as tf.Tensor1D,
            [3, 4],
            l.scalar(7),
          ),
        real(3),
      ],
      'sparseToDense of one dimension': [
        (l, v) => l.sparseToDense(l.tensor1d([1, 4], 'int32'), v as tf.Tensor1D, [6]),
        real(2),
      ],
      'sparseToDense of a scalar': [
        (l, v) => l.sparseToDense(l.tensor1d([1, 4], 'int32'), v as tf.Scalar, [6]),
        real(),
      ],
      'sparse.sparseSegmentSum': [
        (l, x) =>
          l.sparse.sparseSegmentSum(
            two(x),
            l.tensor1d([0, 2, 1, 1], 'int32'),
            l.tensor1d([0, 0, 2, 2], 'int32'),
          ),
        real(3, 2),
      ],
      'sparse.sparseSegmentMean': [
        (l, x) =>
          l.sparse.sparseSegmentMean(
            two(x),
            l.tensor1d([0, 2, 1, 1], 'int32'),
            l.tensor1d([0, 0, 2, 2], 'int32'),
          ),
        real(3, 2),
      ],
      bitwiseAnd: [(l, a, b) => l.bitwiseAnd(a!, b!), whole(99, 7), whole(99, 7)],
      broadcastArgs: [
        (l) =>
          l.broadcastArgs(l.tensor1d([3, 1], 'int32'), l.tensor1d([2, 1, 4], 'int32')) as tf.Tensor,
      ],
    },
    { gradient: false },
  ),
];

const losses: OpCase[] = [
  ...cases(
    {
      'losses.computeWeightedLoss': [
        (l, x, w) => l.losses.computeWeightedLoss(x!, w!),
        positive(3, 4),
        positive(3, 1),
      ],
    },
    { reference: (l, x, w) => l.div(l.sum(l.mul(x!, w!)), 12) },
  ),
  ...cases({
    'losses.hingeLoss': [(l, y, p) => l.losses.hingeLoss(y!, p!), positive(3, 4), real(3, 4)],
    'losses.huberLoss': [(l, y, p) => l.losses.huberLoss(y!, p!), real(3, 4), real(3, 4)],
    'losses.huberLoss with options': [
      (l, y, p, w) => l.losses.huberLoss(y!, p!, w!, 0.3, l.Reduction.MEAN),
      real(3, 4),
      real(3, 4),
      positive(3, 1),
    ],
    'losses.cosineDistance': [
      (l, y, p) => l.losses.cosineDistance(y!, p!, 1),
      real(3, 4),
      real(3, 4),
    ],
    'losses.cosineDistance weighted': [
      (l, y, p, w) => l.losses.cosineDistance(y!, p!, 0, w!, l.Reduction.SUM),
      real(3, 4),
      real(3, 4),
      positive(1, 4),
    ],
    'losses.absoluteDifference as they are': [
      (l, y, p) => l.losses.absoluteDifference(y!, p!, undefined, l.Reduction.NONE),
      real(3, 4),
      real(3, 4),
    ],
    'losses.sigmoidCrossEntropy smoothed': [
      (l, y, p) => l.losses.sigmoidCrossEntropy(y!, p!, undefined, 0.2),
      { shape: [3, 4], low: 0, high: 1 },
      real(3, 4),
    ],
  }),
  ...(['NONE', 'MEAN', 'SUM', 'SUM_BY_NONZERO_WEIGHTS'] as const).map((reduction): OpCase => ({
    name: `losses.softmaxCrossEntropy smoothed, weighted, ${reduction}`,
    inputs: [real(3, 4), { shape: [3], low: 0, high: 1 }],
    run: (l, p, w) => {
      const labels = l.oneHot(l.tensor1d([1, 0, 3], 'int32'), 4, 1, 0, 'float32');
      return l.losses.softmaxCrossEntropy(labels, p!, w!, 0.1, l.Reduction[reduction]);
    },
    gradient: reduction !== 'SUM_BY_NONZERO_WEIGHTS',
  })),
];

const signals: OpCase[] = [
  ...cases(
    {
      'signal.hannWindow': [(l) => l.signal.hannWindow(8)],
      'signal.hannWindow of odd length': [(l) => l.signal.hannWindow(7)],
      'signal.hammingWindow': [(l) => l.signal.hammingWindow(10)],
    },
    { gradient: false },
  ),
  ...cases({
    'signal.frame': [(l, x) => l.signal.frame(x as tf.Tensor1D, 4, 2), real(11)],
    'signal.frame filled up': [(l, x) => l.signal.frame(x as tf.Tensor1D, 4, 3, true, 7), real(11)],
    'basicLSTMCell, c': [
      (l, k, b, x, c, h) =>
        l.basicLSTMCell(l.scalar(1), two(k), b as tf.Tensor1D, two(x), two(c), two(h))[0],
      real(5, 8),
      real(8),
      real(3, 3),
      real(3, 2),
      real(3, 2),
    ],
    'basicLSTMCell, h': [
      (l, k, b, x, c, h) =>
        l.basicLSTMCell(l.scalar(0.5), two(k), b as tf.Tensor1D, two(x), two(c), two(h))[1],
      real(5, 8),
      real(8),
      real(3, 3),
      real(3, 2),
      real(3, 2),
    ],
    'softmax of a custom gradient': [
      (l, x) => {
        const clipped = l.customGrad((x, save) => {
          (save as (tensors: tf.Tensor[]) => void)([x as tf.Tensor]);
          return {
            value: (x as tf.Tensor).square(),
            gradFunc: (dy, saved) => [l.mul(dy, l.clipByValue(saved[0]!, -1, 1))],
          };
        });
        return l.softmax(clipped(x!));
      },
      real(3, 4),
    ],
  }),
];

export const composedCases: OpCase[] = [
  ...vectors,
  ...normalisations,
  ...padded,
  ...slices,
  ...spaces,
  ...gathered,
  ...counts,
  ...losses,
  ...signals,
];
