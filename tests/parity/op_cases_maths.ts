// Elementwise maths, reductions, running totals, products by letters, normalisation.
import type * as tf from '@tensorflow/tfjs';
import type { Library } from './compare';
import { cases, positive, real, truth, whole, type OpCase, type Run } from './op_case';

const between = (low: number, high: number, ...shape: number[]) => ({ shape, low, high });

/** Gradients of all of these are TensorFlow.js's. */
const unary = cases({
  sin: [(l, x) => l.sin(x!), between(-9, 9, 5, 7)],
  cos: [(l, x) => l.cos(x!), between(-9, 9, 5, 7)],
  tan: [(l, x) => l.tan(x!), between(-1.4, 1.4, 5, 7)],
  asin: [(l, x) => l.asin(x!), between(-0.95, 0.95, 5, 7)],
  acos: [(l, x) => l.acos(x!), between(-0.95, 0.95, 5, 7)],
  atan: [(l, x) => l.atan(x!), between(-9, 9, 5, 7)],
  sinh: [(l, x) => l.sinh(x!), between(-4, 4, 5, 7)],
  cosh: [(l, x) => l.cosh(x!), between(-4, 4, 5, 7)],
  asinh: [(l, x) => l.asinh(x!), between(-9, 9, 5, 7)],
  acosh: [(l, x) => l.acosh(x!), between(1.1, 9, 5, 7)],
  atanh: [(l, x) => l.atanh(x!), between(-0.95, 0.95, 5, 7)],
  erf: [(l, x) => l.erf(x!), between(-3, 3, 5, 7)],
  expm1: [(l, x) => l.expm1(x!), between(-3, 3, 5, 7)],
  log1p: [(l, x) => l.log1p(x!), between(-0.9, 3, 5, 7)],
  rsqrt: [(l, x) => l.rsqrt(x!), positive(5, 7)],
  reciprocal: [(l, x) => l.reciprocal(x!), positive(5, 7)],
  softplus: [(l, x) => l.softplus(x!), between(-20, 20, 5, 7)],
  logSigmoid: [(l, x) => l.logSigmoid(x!), between(-20, 20, 5, 7)],
  elu: [(l, x) => l.elu(x!), real(5, 7)],
  selu: [(l, x) => l.selu(x!), real(5, 7)],
  leakyRelu: [(l, x) => l.leakyRelu(x!), real(5, 7)],
  'leakyRelu with its slope': [(l, x) => l.leakyRelu(x!, 0.7), real(5, 7)],
  prelu: [(l, x, a) => l.prelu(x!, a!), real(4, 3), real(4, 3)],
  'prelu, broadcast': [(l, x, a) => l.prelu(x!, a!), real(4, 3), real(3)],
  step: [(l, x) => l.step(x!), real(5, 7)],
  'step with its slope': [(l, x) => l.step(x!, -0.5), real(5, 7)],
  sign: [(l, x) => l.sign(x!), real(5, 7)],
  floor: [(l, x) => l.floor(x!), between(-9, 9, 5, 7)],
  ceil: [(l, x) => l.ceil(x!), between(-9, 9, 5, 7)],
  round: [(l, x) => l.round(x!), between(-9, 9, 5, 7)],
  'sin of nothing': [(l, x) => l.sin(x!), real(0, 3)],
  'elu of a scalar': [(l, x) => l.elu(x!), real()],
});

/** Whole numbers, NaN and infinities out of whole numbers: no gradients. */
const notFinite: Run = (l, x) => l.div(l.sub(x!, 3), l.sub(x!, 2));
const flat = cases(
  {
    'round of halves': [(l, x) => l.round(l.div(l.cast(x!, 'float32'), 2)), whole(9, 6, 5)],
    isNaN: [(l, x) => l.isNaN(l.sqrt(l.sub(l.cast(x!, 'float32'), 3))), whole(6, 6, 5)],
    isInf: [(l, x) => l.isInf(notFinite(l, l.cast(x!, 'float32'))), whole(6, 6, 5)],
    isFinite: [(l, x) => l.isFinite(notFinite(l, l.cast(x!, 'float32'))), whole(6, 6, 5)],
    'step of int32': [(l, x) => l.step(l.sub(x!, 2)), whole(5, 6, 5)],
    'leakyRelu of int32': [(l, x) => l.leakyRelu(l.sub(x!, 2)), whole(5, 6, 5)],
    'cumsum of int32': [(l, x) => l.cumsum(x!, 1), whole(5, 6, 5)],
    'cumprod of int32': [(l, x) => l.cumprod(x!, 1), whole(5, 4, 5)],
    'prod of int32': [(l, x) => l.prod(x!, 1), whole(5, 4, 3)],
    'prod of bool': [(l, x) => l.prod(x!, 1), truth(4, 2)],
    'moments of int32': [(l, x) => l.moments(x!).variance, whole(5, 4, 3)],
    'div of int32 and zeros': [(l, a, b) => l.divNoNan(a!, b!), whole(9, 4, 5), whole(3, 4, 5)],
    logicalXor: [(l, a, b) => l.logicalXor(a!, b!), truth(3, 4), truth(4)],
    'floorDiv of float32': [(l, a, b) => l.floorDiv(a!, b!), between(-9, 9, 4, 5), positive(4, 5)],
    'floorDiv of int32 and a number': [(l, a) => l.floorDiv(a!, 2), whole(9, 4, 5)],
    'argMin over -2': [(l, x) => l.argMin(x!, -2), real(3, 4, 5)],
  },
  { gradient: false },
);

const binary = cases({
  atan2: [(l, a, b) => l.atan2(a!, b!), real(4, 5), real(4, 5)],
  'atan2, broadcast': [(l, a, b) => l.atan2(a!, b!), real(4, 1), real(5)],
  mod: [(l, a, b) => l.mod(a!, b!), between(-9, 9, 4, 5), positive(4, 5)],
});

/** Of these TensorFlow.js has no gradient, or none that broadcasts. */
const binaryByOthers: OpCase[] = [
  ...cases(
    { divNoNan: [(l, a, b) => l.divNoNan(a!, b!), real(4, 5), positive(4, 5)] },
    { reference: (l, a, b) => l.div(a!, b!) },
  ),
  ...cases(
    { 'divNoNan, broadcast': [(l, a, b) => l.divNoNan(a!, b!), real(4, 1), positive(5)] },
    { reference: (l, a, b) => l.div(a!, b!) },
  ),
  ...cases(
    { squaredDifference: [(l, a, b) => l.squaredDifference(a!, b!), real(4, 1), real(5)] },
    { reference: (l, a, b) => l.square(l.sub(a!, b!)) },
  ),
];

const axes: (number | number[] | undefined)[] = [undefined, 0, -1, [0, 2], [-3, 1]];
const reductions: OpCase[] = axes.flatMap((axis) =>
  [false, true].flatMap((keepDims) => {
    const where = `over ${axis === undefined ? 'all' : `[${axis}]`}${keepDims ? ', kept' : ''}`;
    return [
      // TensorFlow.js's gradient of prod knows no negative axes.
      ...cases(
        { [`prod ${where}`]: [(l, x) => l.prod(x!, axis, keepDims), positive(2, 3, 4)] },
        {
          reference: (l, x) => {
            const counted = [axis ?? [0, 1, 2]].flat().map((each) => (each + 3) % 3);
            return l.prod(x!, counted, keepDims);
          },
        },
      ),
      ...cases({
        [`logSumExp ${where}`]: [
          (l, x) => l.logSumExp(x!, axis, keepDims),
          between(-40, 40, 2, 3, 4),
        ],
        [`mean of moments ${where}`]: [(l, x) => l.moments(x!, axis, keepDims).mean, real(2, 3, 4)],
        [`variance ${where}`]: [(l, x) => l.moments(x!, axis, keepDims).variance, real(2, 3, 4)],
      }),
      ...cases(
        {
          [`all ${where}`]: [(l, x) => l.all(x!, axis, keepDims), truth(2, 2, 2)],
          [`any ${where}`]: [(l, x) => l.any(x!, axis, keepDims), truth(2, 2, 2)],
        },
        { gradient: false },
      ),
    ];
  }),
);

/** What TensorFlow.js has right: the last axis, counted from the front. */
const alongLast =
  (axis: number, run: (l: Library, x: tf.Tensor) => tf.Tensor): Run =>
  (l, x) => {
    const order = [0, 1, 2].filter((each) => each !== axis).concat(axis);
    const back = [0, 1, 2].map((each) => order.indexOf(each));
    return l.transpose(run(l, l.transpose(x!, order)), back);
  };

const scans: OpCase[] = [0, 1, 2].flatMap((axis) =>
  [false, true].flatMap((exclusive) =>
    [false, true].flatMap((reverse) => {
      const how = `over ${axis}${exclusive ? ', exclusive' : ''}${reverse ? ', reverse' : ''}`;
      const x = real(3, 4, 5);
      return [
        ...cases(
          { [`cumsum ${how}`]: [(l, x) => l.cumsum(x!, axis, exclusive, reverse), x] },
          { reference: alongLast(axis, (l, x) => l.cumsum(x, 2, exclusive, reverse)) },
        ),
        // TensorFlow.js has no gradient of cumprod.
        ...cases(
          { [`cumprod ${how}`]: [(l, x) => l.cumprod(x!, axis, exclusive, reverse), x] },
          { gradient: false },
        ),
      ];
    }),
  ),
);

const letters =
  (equation: string): Run =>
  (l, ...x) =>
    l.einsum(equation, ...x);
/** TensorFlow.js has no gradient of einsum; the same products by matMul have. */
const einsums: OpCase[] = [
  {
    name: 'einsum ij,jk->ik',
    inputs: [real(3, 4), real(4, 5)],
    run: letters('ij,jk->ik'),
    reference: (l, a, b) => l.matMul(a!, b!),
  },
  {
    name: 'einsum ij,jk->ki',
    inputs: [real(3, 4), real(4, 5)],
    run: letters('ij,jk->ki'),
    reference: (l, a, b) => l.transpose(l.matMul(a!, b!)),
  },
  {
    name: 'einsum bij,bkj->bik',
    inputs: [real(2, 3, 4), real(2, 5, 4)],
    run: letters('bij,bkj->bik'),
    reference: (l, a, b) => l.matMul(a!, b!, false, true),
  },
  {
    name: 'einsum ij->ji',
    inputs: [real(3, 4)],
    run: letters('ij->ji'),
    reference: (l, x) => l.transpose(x!),
  },
  {
    name: 'einsum ij->i',
    inputs: [real(3, 4)],
    run: letters('ij->i'),
    reference: (l, x) => l.sum(x!, 1),
  },
  {
    name: 'einsum ij,ij->',
    inputs: [real(3, 4), real(3, 4)],
    run: letters('ij,ij->'),
    reference: (l, a, b) => l.sum(l.mul(a!, b!)),
  },
  {
    name: 'einsum i,j->ij',
    inputs: [real(3), real(4)],
    run: letters('i,j->ij'),
    reference: (l, a, b) => l.mul(l.reshape(a!, [3, 1]), b!),
  },
  {
    name: 'einsum abcd,cde->abe',
    inputs: [real(2, 3, 4, 5), real(4, 5, 6)],
    run: letters('abcd,cde->abe'),
    reference: (l, a, b) =>
      l.reshape(l.matMul(l.reshape(a!, [6, 20]), l.reshape(b!, [20, 6])), [2, 3, 6]),
  },
];

const perChannel = (rank: number) =>
  [real(...[2, 3, 4, 5].slice(0, rank - 1), 6), real(6)] as const;
const normalizations: OpCase[] = [2, 3, 4].flatMap((rank) => {
  const [x, channels] = perChannel(rank);
  const bare = cases(
    {
      [`batchNorm of rank ${rank}`]: [
        (l, x, mean, variance) => l.batchNorm(x!, mean as tf.Tensor1D, variance as tf.Tensor1D),
        x,
        channels,
        positive(6),
      ],
    },
    {
      // TensorFlow.js's gradient needs an offset and a scale.
      reference: (l, x, mean, variance) => {
        const [zeros, ones] = [l.zeros<tf.Rank.R1>([6]), l.ones<tf.Rank.R1>([6])];
        return l.batchNorm(x!, mean as tf.Tensor1D, variance as tf.Tensor1D, zeros, ones);
      },
    },
  );
  const full = cases({
    [`batchNorm${rank}d with offset, scale and epsilon`]: [
      (l, x, mean, variance, offset, scale) =>
        l[`batchNorm${rank}d` as 'batchNorm'](
          x!,
          mean as tf.Tensor1D,
          variance as tf.Tensor1D,
          offset as tf.Tensor1D,
          scale as tf.Tensor1D,
          0.1,
        ),
      x,
      channels,
      positive(6),
      channels,
      channels,
    ],
  });
  return [...bare, ...full];
});

const fused: OpCase[] = (
  ['linear', 'relu', 'prelu', 'elu', 'relu6', 'leakyrelu', 'sigmoid'] as const
).flatMap((activation) => {
  const run: Run = (l, a, b, bias, preluActivationWeights) =>
    l.fused.matMul({
      a: a!,
      b: b!,
      transposeB: true,
      bias,
      activation,
      preluActivationWeights,
      leakyreluAlpha: 0.3,
    });
  const parts: Record<typeof activation, Run> = {
    linear: (_, x) => x!,
    relu: (l, x) => l.relu(x!),
    prelu: (l, x, alpha) => l.prelu(x!, alpha!),
    elu: (l, x) => l.elu(x!),
    relu6: (l, x) => l.relu6(x!),
    leakyrelu: (l, x) => l.leakyRelu(x!, 0.3),
    sigmoid: (l, x) => l.sigmoid(x!),
  };
  return [
    {
      name: `fused.matMul, ${activation}`,
      inputs: [real(3, 4), real(5, 4), real(5), ...(activation === 'prelu' ? [real(5)] : [])],
      run,
      // TensorFlow.js has no gradient of all of them fused.
      reference: (l, a, b, bias, alpha) => {
        return parts[activation](l, l.add(l.matMul(a!, b!, false, true), bias!), alpha!);
      },
    },
  ] as OpCase[];
});

export const mathsCases: OpCase[] = [
  ...unary,
  ...flat,
  ...binary,
  ...binaryByOthers,
  ...reductions,
  ...scans,
  ...einsums,
  ...normalizations,
  ...fused,
];
