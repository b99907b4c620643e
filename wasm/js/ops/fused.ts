// tf.fused: a product, a bias and an activation in one call. The numbers are those of the three ops;
// what runs as a compiled graph is fused anyway.
import { inScope } from '../lifetime.js';
import type { Tensor } from '../tensor.js';
import { checkKeys } from '../training/data.js';
import { add } from './arithmetic.js';
import * as conv from './conv.js';
import * as matmul from './matmul.js';
import { wordOf, type TensorInput } from './operation.js';
import { reshape } from './shape.js';
import * as unary from './unary.js';
import type { Pad, PerAxis, Rounding } from './windows.js';

export type FusedActivation =
  'linear' | 'relu' | 'prelu' | 'elu' | 'relu6' | 'leakyrelu' | 'sigmoid';

interface Epilogue {
  /** Broadcasts to the product. */
  bias?: TensorInput | null;
  activation?: FusedActivation;
  preluActivationWeights?: TensorInput;
  leakyreluAlpha?: number;
}

export interface FusedMatMulArgs extends Epilogue {
  a: TensorInput;
  b: TensorInput;
  transposeA?: boolean;
  transposeB?: boolean;
}

export interface FusedConv2dArgs extends Epilogue {
  x: TensorInput;
  filter: TensorInput;
  strides: PerAxis;
  pad: Pad;
  dataFormat?: 'NHWC' | 'NCHW';
  dilations?: PerAxis;
  dimRoundingMode?: Rounding;
}

const kEpilogue = ['bias', 'activation', 'preluActivationWeights', 'leakyreluAlpha'];
const kConvolution = [
  ...['x', 'filter', 'strides', 'pad', 'dataFormat', 'dilations', 'dimRoundingMode'],
];

function finish(
  op: string,
  product: () => Tensor,
  { bias, activation = 'linear', preluActivationWeights, leakyreluAlpha }: Epilogue,
): Tensor {
  const activations: Record<FusedActivation, (x: Tensor) => Tensor> = {
    linear: (x) => x,
    relu: unary.relu,
    prelu: (x) => unary.prelu(x, preluActivationWeights!),
    elu: unary.elu,
    relu6: unary.relu6,
    leakyrelu: (x) => unary.leakyRelu(x, leakyreluAlpha),
    sigmoid: unary.sigmoid,
  };
  wordOf(op, 'activation', activation, Object.keys(activations));
  return inScope(() => {
    const y = product();
    return activations[activation](bias === null || bias === undefined ? y : add(y, bias));
  });
}

/** activation(matMul(a, b) + bias). */
export function matMul(args: FusedMatMulArgs): Tensor {
  checkKeys('fused.matMul()', args, ['a', 'b', 'transposeA', 'transposeB', ...kEpilogue]);
  const { a, b, transposeA, transposeB } = args;
  return finish('fused.matMul', () => matmul.matMul(a, b, transposeA, transposeB), args);
}

function convolution(op: 'conv2d' | 'depthwiseConv2d', args: FusedConv2dArgs): Tensor {
  checkKeys(`fused.${op}()`, args, [...kConvolution, ...kEpilogue]);
  const { x, filter, strides, pad, dataFormat, dilations, dimRoundingMode } = args;
  const product = () => conv[op](x, filter, strides, pad, dataFormat, dilations, dimRoundingMode);
  if (dataFormat !== 'NCHW' || !args.bias) return finish(`fused.${op}`, product, args);
  // One number for each channel, which stands before the rows.
  return inScope(() => {
    const bias = reshape(args.bias!, [-1, 1, 1]);
    return finish(`fused.${op}`, product, { ...args, bias });
  });
}

/** activation(conv2d(x, filter) + bias). */
export function conv2d(args: FusedConv2dArgs): Tensor {
  return convolution('conv2d', args);
}

/** activation(depthwiseConv2d(x, filter) + bias). */
export function depthwiseConv2d(args: FusedConv2dArgs): Tensor {
  return convolution('depthwiseConv2d', args);
}
