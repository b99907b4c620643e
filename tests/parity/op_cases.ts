// The ops that every model uses: arithmetic, reductions, products, joining, windows over images.
import type * as tf from '@tensorflow/tfjs';
import type { Library, Values } from './compare';
import { positive, real, truth, whole, type OpCase, type Run } from './op_case';

const broadcastShapes: [number[], number[]][] = [
  [
    [3, 4],
    [3, 4],
  ],
  [[3, 4], [4]],
  [
    [3, 1],
    [1, 4],
  ],
  [[], [2, 3]],
  [
    [2, 3, 4],
    [3, 1],
  ],
  [
    [5, 1, 4],
    [1, 3, 1],
  ],
  [[1], [2, 2]],
];

/** Both inputs of their common shape: TensorFlow.js has no gradient for maximum and minimum that broadcast. */
function broadcast(l: Library, a: tf.Tensor, b: tf.Tensor): [tf.Tensor, tf.Tensor] {
  const zeros = l.zeros(l.add(a, b).shape);
  return [l.add(a, zeros), l.add(zeros, b)];
}

interface Arithmetic {
  run: Run;
  reference?: Run;
  first?: Partial<Values>;
  second?: Partial<Values>;
}

const arithmetic: Record<string, Arithmetic> = {
  add: { run: (l, a, b) => l.add(a!, b!) },
  sub: { run: (l, a, b) => l.sub(a!, b!) },
  mul: { run: (l, a, b) => l.mul(a!, b!) },
  div: { run: (l, a, b) => l.div(a!, b!), second: { low: 0.4, high: 3 } },
  maximum: {
    run: (l, a, b) => l.maximum(a!, b!),
    reference: (l, a, b) => l.maximum(...broadcast(l, a!, b!)),
  },
  minimum: {
    run: (l, a, b) => l.minimum(a!, b!),
    reference: (l, a, b) => l.minimum(...broadcast(l, a!, b!)),
  },
  pow: { run: (l, a, b) => l.pow(a!, b!), first: { low: 0.3, high: 2 } },
};

const comparisons: Record<string, Run> = {
  equal: (l, a, b) => l.equal(a!, b!),
  notEqual: (l, a, b) => l.notEqual(a!, b!),
  greater: (l, a, b) => l.greater(a!, b!),
  greaterEqual: (l, a, b) => l.greaterEqual(a!, b!),
  less: (l, a, b) => l.less(a!, b!),
  lessEqual: (l, a, b) => l.lessEqual(a!, b!),
};

const broadcasting: OpCase[] = broadcastShapes.flatMap(([left, right]) => {
  const shapes = `[${left}] with [${right}]`;
  return [
    ...Object.entries(arithmetic).map(([op, { run, reference, first, second }]) => ({
      name: `${op} ${shapes}`,
      inputs: [
        { shape: left, ...first },
        { shape: right, ...second },
      ],
      run,
      reference,
    })),
    ...Object.entries(comparisons).map(([op, run]) => ({
      name: `${op} ${shapes}`,
      inputs: [left, right].map((shape) => whole(3, ...shape)),
      run,
      gradient: false,
    })),
  ];
});

const unaryRuns: Record<string, [Run, Values]> = {
  neg: [(l, x) => l.neg(x!), real(3, 7)],
  relu: [(l, x) => l.relu(x!), real(5, 9)],
  relu6: [(l, x) => l.relu6(x!), { shape: [5, 9], low: -4, high: 9 }],
  sigmoid: [(l, x) => l.sigmoid(x!), { shape: [5, 9], low: -20, high: 20 }],
  tanh: [(l, x) => l.tanh(x!), { shape: [5, 9], low: -9, high: 9 }],
  exp: [(l, x) => l.exp(x!), { shape: [5, 9], low: -10, high: 5 }],
  log: [(l, x) => l.log(x!), { shape: [5, 9], low: 1e-3, high: 20 }],
  sqrt: [(l, x) => l.sqrt(x!), positive(5, 9)],
  square: [(l, x) => l.square(x!), real(5, 9)],
  abs: [(l, x) => l.abs(x!), real(5, 9)],
  clipByValue: [(l, x) => l.clipByValue(x!, -0.5, 1), real(5, 9)],
  'pow of a number': [(l, x) => l.pow(x!, 3), real(5, 9)],
  'softmax of [rows, classes]': [(l, x) => l.softmax(x!), { shape: [6, 10], low: -9, high: 9 }],
  'softmax of [a, b, classes]': [(l, x) => l.softmax(x!), real(2, 3, 5)],
  'softmax of large values': [(l, x) => l.softmax(x!), { shape: [4, 6], low: -500, high: 500 }],
  'logSoftmax of [rows, classes]': [(l, x) => l.logSoftmax(x!), real(6, 10)],
  'logSoftmax of large values': [
    (l, x) => l.logSoftmax(x!),
    { shape: [4, 6], low: -500, high: 500 },
  ],
  reshape: [(l, x) => l.reshape(x!, [4, -1]), real(2, 6, 3)],
  'reshape to a scalar': [(l, x) => l.reshape(x!, []), real(1, 1)],
  'transpose of a matrix': [(l, x) => l.transpose(x!), real(5, 7)],
  'transpose by [2, 0, 1]': [(l, x) => l.transpose(x!, [2, 0, 1]), real(3, 4, 5)],
  'transpose by [0, 2, 1, 3]': [(l, x) => l.transpose(x!, [0, 2, 1, 3]), real(2, 3, 4, 5)],
  'slice of a matrix': [(l, x) => l.slice(x!, [1, 2], [2, 3]), real(4, 6)],
  'slice to the end': [(l, x) => l.slice(x!, [1, 0, 2], [-1, 2, -1]), real(3, 4, 5)],
  'slice without size': [(l, x) => l.slice(x!, 2), real(5, 3)],
  'pad of a matrix': [
    (l, x) =>
      l.pad(x!, [
        [1, 2],
        [0, 3],
      ]),
    real(3, 4),
  ],
  'pad with a value': [
    (l, x) =>
      l.pad(
        x!,
        [
          [1, 0],
          [0, 0],
          [2, 1],
        ],
        -1.5,
      ),
    real(2, 3, 2),
  ],
};

const unary: OpCase[] = Object.entries(unaryRuns).map(([name, [run, input]]) => ({
  name,
  inputs: [input],
  run,
}));

const axesOfThree: (number | number[] | undefined)[] = [undefined, 0, 1, -1, [0, 2], [1, 2]];
const reductions: OpCase[] = (['sum', 'mean', 'max', 'min'] as const).flatMap((op) =>
  axesOfThree.flatMap((axis) =>
    [false, true].map((keepDims) => ({
      name: `${op} over ${axis === undefined ? 'all' : `[${axis}]`}${keepDims ? ', kept' : ''}`,
      inputs: [real(3, 4, 5)],
      run: ((l, x) => l[op](x!, axis, keepDims)) as Run,
    })),
  ),
);

const wholeReductions: OpCase[] = [
  ...[0, 1, -1].map((axis) => ({
    name: `argMax over ${axis}`,
    inputs: [real(4, 6)],
    run: ((l, x) => l.argMax(x!, axis)) as Run,
    gradient: false,
  })),
  {
    name: 'argMax, first of equals',
    inputs: [whole(2, 6, 9)],
    run: (l, x) => l.argMax(x!, 1),
    gradient: false,
  },
  {
    name: 'sum of int32',
    inputs: [whole(100, 4, 5)],
    run: (l, x) => l.sum(x!, 1),
    gradient: false,
  },
  { name: 'mean of int32', inputs: [whole(9, 4, 5)], run: (l, x) => l.mean(x!), gradient: false },
  { name: 'sum of bool', inputs: [truth(4, 5)], run: (l, x) => l.sum(x!, 0), gradient: false },
];

const products: OpCase[] = (
  [
    [
      [2, 3],
      [3, 4],
    ],
    [
      [1, 1],
      [1, 1],
    ],
    [
      [17, 33],
      [33, 29],
    ],
    [
      [64, 70],
      [70, 65],
    ],
    [
      [3, 2, 5],
      [3, 5, 4],
    ],
    [
      [2, 3, 2, 5],
      [2, 3, 5, 4],
    ],
    [
      [3, 2, 5],
      [1, 5, 4],
    ],
  ] as [number[], number[]][]
).flatMap(([left, right]) =>
  [false, true].flatMap((transposeA) =>
    [false, true].map((transposeB) => {
      const swap = (shape: number[]) => [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!];
      const a = transposeA ? swap(left) : left;
      const b = transposeB ? swap(right) : right;
      const flags = `${transposeA ? ' aᵀ' : ''}${transposeB ? ' bᵀ' : ''}`;
      return {
        name: `matMul [${a}] [${b}]${flags}`,
        inputs: [real(...a), real(...b)],
        run: ((l, x, y) => l.matMul(x!, y!, transposeA, transposeB)) as Run,
        // TensorFlow.js has no gradient for a batch that broadcasts.
        reference: ((l, x, y) => {
          const repeats = x!.shape.map((size, i) => (i < x!.rank - 2 ? size / y!.shape[i]! : 1));
          return l.matMul(x!, l.tile(y!, repeats), transposeA, transposeB);
        }) as Run,
      };
    }),
  ),
);

const joining: OpCase[] = [
  {
    name: 'concat over 0',
    inputs: [real(2, 3), real(4, 3)],
    run: (l, a, b) => l.concat([a!, b!], 0),
  },
  {
    name: 'concat over -1',
    inputs: [real(2, 3, 1), real(2, 3, 4), real(2, 3, 2)],
    run: (l, a, b, c) => l.concat([a!, b!, c!], -1),
  },
  {
    name: 'gather over 0, repeated rows',
    inputs: [real(5, 3), whole(5, 7)],
    run: (l, x, rows) => l.gather(x!, rows as tf.Tensor1D),
  },
  {
    name: 'gather over 1',
    inputs: [real(3, 6, 2), whole(6, 4)],
    run: (l, x, columns) => l.gather(x!, columns as tf.Tensor1D, 1),
  },
  {
    name: 'oneHot',
    inputs: [whole(7, 3, 4)],
    run: (l, labels) => l.oneHot(labels!, 5),
    gradient: false,
  },
  {
    name: 'oneHot with values',
    inputs: [whole(4, 6)],
    run: (l, labels) => l.oneHot(labels!, 4, 3, -1),
    gradient: false,
  },
  {
    name: 'where',
    inputs: [truth(3, 4), real(3, 4), real(3, 4)],
    run: (l, condition, a, b) => l.where(condition!, a!, b!),
  },
  {
    name: 'where, broadcast',
    inputs: [truth(3, 1), real(3, 4), real(1)],
    run: (l, condition, a, b) => l.where(condition!, a!, b!),
  },
  {
    name: 'cast to int32 and back',
    inputs: [real(3, 4)],
    run: (l, x) => l.cast(l.cast(x!, 'int32'), 'float32'),
    gradient: false,
  },
  {
    name: 'int32 arithmetic',
    inputs: [whole(9, 5), whole(9, 5)],
    run: (l, a, b) => l.mul(l.add(a!, b!), l.sub(a!, b!)),
    gradient: false,
  },
  { name: 'dropout at rate 0', inputs: [real(3, 4)], run: (l, x) => l.dropout(x!, 0) },
];

interface Window {
  image: number[];
  size: [number, number];
  strides: number | [number, number];
  padding: 'valid' | 'same' | number;
  filters?: number;
}

const windows: Window[] = [
  { image: [2, 8, 8, 3], size: [3, 3], strides: 1, padding: 'valid', filters: 4 },
  { image: [2, 8, 8, 3], size: [3, 3], strides: 1, padding: 'same', filters: 5 },
  { image: [1, 9, 7, 2], size: [3, 2], strides: 2, padding: 'same', filters: 3 },
  { image: [1, 9, 7, 2], size: [2, 3], strides: [2, 1], padding: 'valid', filters: 3 },
  { image: [3, 5, 5, 8], size: [1, 1], strides: 1, padding: 'valid', filters: 16 },
  { image: [2, 6, 6, 4], size: [1, 1], strides: 2, padding: 'same', filters: 3 },
  { image: [1, 28, 28, 1], size: [5, 5], strides: 1, padding: 'valid', filters: 33 },
  { image: [1, 4, 4, 1], size: [4, 4], strides: 1, padding: 'valid', filters: 1 },
  { image: [2, 13, 13, 32], size: [3, 3], strides: 1, padding: 'valid', filters: 8 },
];

/** The kernel [3, 3, in, out] with zeros between its values, [5, 5, in, out]. */
function dilateByTwo(l: Library, kernel: tf.Tensor): tf.Tensor {
  const channels = kernel.shape.slice(2);
  const spread = l.pad(l.reshape(kernel, [3, 1, 3, 1, -1]), [
    [0, 0],
    [0, 1],
    [0, 0],
    [0, 1],
    [0, 0],
  ]);
  return l.slice(l.reshape(spread, [6, 6, ...channels]), [0, 0, 0, 0], [5, 5, ...channels]);
}

const convolutions: OpCase[] = [
  ...windows.map(({ image, size, strides, padding, filters = 1 }) => ({
    name: `conv2d [${image}] * ${size.join('x')} to ${filters}, strides ${strides}, ${padding}`,
    inputs: [real(...image), real(...size, image[3]!, filters)],
    run: ((l, x, kernel) =>
      l.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, strides, padding)) as Run,
  })),
  {
    name: 'conv2d with dilations 2, same',
    inputs: [real(1, 9, 9, 2), real(3, 3, 2, 3)],
    run: (l, x, kernel) =>
      l.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, 1, 'same', 'NHWC', [2, 2]),
    // TensorFlow.js has no gradient for dilated convolution.
    reference: (l, x, kernel) =>
      l.conv2d(x as tf.Tensor4D, dilateByTwo(l, kernel!) as tf.Tensor4D, 1, 'same'),
  },
];

const poolWindows: Window[] = [
  ...windows.slice(0, 4),
  { image: [2, 8, 8, 3], size: [2, 2], strides: 2, padding: 'valid' },
  { image: [2, 7, 9, 3], size: [2, 2], strides: 2, padding: 'same' },
  { image: [1, 11, 11, 32], size: [2, 2], strides: 2, padding: 'valid' },
];

/**
 * Average pooling with padding 'same' out of ops whose gradient TensorFlow.js has right: its own one divides by the
 * size of the whole window, padding and all, where the forward pass divides by what lies inside the image.
 */
const averageInside =
  (size: [number, number], strides: Window['strides']): Run =>
  (l, x) => {
    const steps = typeof strides === 'number' ? [strides, strides] : strides;
    const before: [number, number][] = [0, 1].map((i) => {
      const length = x!.shape[i + 1]!;
      const needed = (Math.ceil(length / steps[i]!) - 1) * steps[i]! + size[i]! - length;
      const total = Math.max(0, needed);
      return [Math.floor(total / 2), Math.ceil(total / 2)];
    });
    const pooled = (image: tf.Tensor) =>
      l.avgPool(l.pad(image, [[0, 0], ...before, [0, 0]]) as tf.Tensor4D, size, strides, 'valid');
    return l.div(pooled(x!), pooled(l.onesLike(x!)));
  };

const poolings: OpCase[] = (['maxPool', 'avgPool'] as const).flatMap((op) =>
  poolWindows.map(({ image, size, strides, padding }) => ({
    name: `${op} [${image}] by ${size.join('x')}, strides ${strides}, ${padding}`,
    inputs: [real(...image)],
    run: ((l, x) => l[op](x as tf.Tensor4D, size, strides, padding as 'valid' | 'same')) as Run,
    reference: op === 'avgPool' && padding === 'same' ? averageInside(size, strides) : undefined,
  })),
);

export const opCases: OpCase[] = [
  ...broadcasting,
  ...unary,
  ...reductions,
  ...wholeReductions,
  ...products,
  ...joining,
  ...convolutions,
  ...poolings,
];
