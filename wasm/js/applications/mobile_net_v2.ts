import type { TypedArray } from '../dtype.js';
import { sizeOf } from '../dtype.js';
import { tensor } from '../create.js';
import { NotImplementedError, ValueError } from '../errors.js';
import { input } from '../input.js';
import { conv2d, dense, add } from '../layers/index.js';
import { depthwiseConv2d } from '../layers/convolutional/index.js';
import { batchNormalization } from '../layers/normalization/index.js';
import { globalAveragePooling2d, globalMaxPooling2d } from '../layers/pooling/index.js';
import { reLU } from '../layers/activation/index.js';
import { zeroPadding2d } from '../layers/reshaping/index.js';
import type { Layer } from '../layers/layer.js';
import type { LayerVariable } from '../layers/layer_variable.js';
import { Options } from '../layers/options.js';
import type { SymbolicTensor } from '../layers/symbolic.js';
import { model, type LayersModel } from '../model.js';
import { Tensor } from '../tensor.js';
import { checkKeys } from '../training/data.js';

export interface MobileNetV2Args {
  /**
   * Shape of one image, [height, width, channels]; sides of at least 32. Default [224, 224, 3], and
   * without the top [null, null, 3].
   */
  inputShape?: readonly (number | null)[] | null;
  /** Factor of the number of channels: 0.35, 0.5, 0.75, 1, 1.3, 1.4 are the paper's. Default 1. */
  alpha?: number;
  /** Whether there are a global average and a dense layer at the end. Default true. */
  includeTop?: boolean;
  /**
   * First values of all weights, layer by layer in Keras's order (kernel; gamma, beta, moving mean,
   * moving variance), or in the order of `getWeights()`. Null, the default, draws them.
   */
  weights?: readonly (Tensor | TypedArray)[] | null;
  /** Without the top: 'avg' or 'max' over all places, [batch, channels]. Default null: none. */
  pooling?: 'avg' | 'max' | null;
  /** Outputs of the top. Default 1000. */
  classes?: number;
  /** Of the top. Default 'softmax'; null gives logits. */
  classifierActivation?: string | null;
  /** Default 'mobilenetv2_<alpha>_<height>'. */
  name?: string;
}

/** The nearest multiple of 8, but not less than nine tenths of it. */
function divisible(value: number): number {
  const nearest = Math.max(8, Math.trunc((value + 4) / 8) * 8);
  return nearest < 0.9 * value ? nearest + 8 : nearest;
}

/** [filters before alpha, stride, blocks]; the first block of a row has the stride. */
const kRows = [
  [16, 1, 1],
  [24, 2, 2],
  [32, 2, 3],
  [64, 2, 4],
  [96, 1, 3],
  [160, 2, 3],
  [320, 1, 1],
] as const;

const call = (layer: Layer, x: SymbolicTensor | SymbolicTensor[]) =>
  layer.apply(x) as SymbolicTensor;

const normalized = (x: SymbolicTensor, name: string) =>
  call(batchNormalization({ epsilon: 1e-3, momentum: 0.999, name }), x);

const relu6 = (x: SymbolicTensor, name: string) => call(reLU({ maxValue: 6, name }), x);

const pointwise = (x: SymbolicTensor, filters: number, name: string) =>
  call(conv2d({ filters, kernelSize: 1, padding: 'same', useBias: false, name }), x);

/** An inverted residual: widen each place, filter each channel, narrow again; the sum if it fits. */
function block(x: SymbolicTensor, filters: number, stride: number, index: number): SymbolicTensor {
  const prefix = index === 0 ? 'expanded_conv_' : `block_${index}_`;
  const channels = x.shape.at(-1)!;
  let y = x;
  if (index > 0) {
    y = pointwise(y, 6 * channels, `${prefix}expand`);
    y = relu6(normalized(y, `${prefix}expand_BN`), `${prefix}expand_relu`);
  }
  if (stride === 2) {
    // What 'same' adds on both sides together, as the trained weights expect it.
    const padding = y.shape.slice(1, 3).map((side) => [side === null ? 0 : side % 2, 1]);
    y = call(zeroPadding2d({ padding, name: `${prefix}pad` }), y);
  }
  const depthwise = depthwiseConv2d({
    kernelSize: 3,
    strides: stride,
    padding: stride === 1 ? 'same' : 'valid',
    useBias: false,
    name: `${prefix}depthwise`,
  });
  y = relu6(normalized(call(depthwise, y), `${prefix}depthwise_BN`), `${prefix}depthwise_relu`);
  y = normalized(pointwise(y, filters, `${prefix}project`), `${prefix}project_BN`);
  if (channels !== filters || stride !== 1) return y;
  return call(add({ name: `${prefix}add` }), [x, y]);
}

/** Copies values into the variables of a layer list, which are in Keras's order or TensorFlow.js's. */
function setWeights(network: LayersModel, weights: readonly (Tensor | TypedArray)[]): void {
  const where = `mobileNetV2(): weights of '${network.name}'`;
  const shown = (value: Tensor | TypedArray) =>
    value instanceof Tensor ? `shape [${value.shape}]` : `${value.length} values`;
  const fits = (value: Tensor | TypedArray, { shape }: LayerVariable) =>
    value instanceof Tensor
      ? String(value.shape) === String(shape)
      : value.length === sizeOf(shape);
  const orders = [network.layers.flatMap((layer) => layer.weights), network.weights];
  weights.forEach((value, i) => {
    if (value instanceof Tensor || (ArrayBuffer.isView(value) && 'length' in value)) return;
    throw new ValueError(
      `${where}: entry ${i} must be a Tensor or a typed array, got ${typeof value}`,
    );
  });
  const count = orders[0]!.length;
  if (weights.length !== count) {
    throw new ValueError(
      `${where} must be ${count} tensors or typed arrays, got ${weights.length}`,
    );
  }
  const variables = orders.find((order) => order.every((each, i) => fits(weights[i]!, each)));
  if (variables === undefined) {
    const at = orders[0]!.findIndex((each, i) => !fits(weights[i]!, each));
    const { name, shape } = orders[0]![at]!;
    throw new ValueError(
      `${where}: entry ${at} is for '${name}' and needs shape [${shape}], got ${shown(weights[at]!)}`,
    );
  }
  variables.forEach((variable, i) => {
    const value = weights[i]!;
    const given = value instanceof Tensor ? value : tensor(value, variable.shape, 'float32');
    variable.write(given);
    if (given !== value) given.dispose();
  });
}

/**
 * MobileNetV2 (Sandler et al. 2018, arXiv 1801.04381), as in Keras: its layers, their names and
 * weights. Images [batch, height, width, channels], values from −1 to 1, to probabilities [batch,
 * classes]; without the top to features [batch, height / 32, width / 32, channels]. Throws
 * ValueError for options that are wrong or unknown, NotImplementedError for weights that are not
 * arrays: loading files comes later.
 */
export function mobileNetV2(args: MobileNetV2Args = {}): LayersModel {
  checkKeys('mobileNetV2()', args, [
    'inputShape',
    'alpha',
    'includeTop',
    'weights',
    'pooling',
    'classes',
    'classifierActivation',
    'name',
  ]);
  const options = new Options(args, 'mobileNetV2()');
  const alpha = options.number('alpha', {}, 1);
  if (!(alpha > 0 && alpha < Infinity)) options.fail('alpha', 'a number above 0');
  const includeTop = options.flag('includeTop', true);
  const pooling = options.has('pooling') ? options.choice('pooling', ['avg', 'max']) : null;
  const classes = options.integer('classes', { min: 1 }, 1000);
  const weights = options.any('weights') ?? null;
  if (weights !== null && !Array.isArray(weights)) {
    throw new NotImplementedError(
      'mobileNetV2(): weights must be null or a list of tensors or typed arrays; loading them from ' +
        `a URL or a file is not supported yet, got ${typeof weights}`,
    );
  }
  const shape = options.shape('inputShape', includeTop ? [224, 224, 3] : [null, null, 3]);
  const sides = shape.slice(0, 2);
  const fits = shape.length === 3 && shape[2] !== null;
  if (!fits || sides.some((side) => (side === null ? includeTop : side < 32))) {
    options.fail(
      'inputShape',
      `[height, width, channels] with sides of at least 32${includeTop ? ', all of them known' : ''}`,
    );
  }

  const image = input({ shape });
  const first = conv2d({
    filters: divisible(32 * alpha),
    kernelSize: 3,
    strides: 2,
    padding: 'same',
    useBias: false,
    name: 'Conv1',
  });
  let x = relu6(normalized(call(first, image), 'bn_Conv1'), 'Conv1_relu');
  let index = 0;
  for (const [filters, stride, blocks] of kRows) {
    for (let i = 0; i < blocks; i++) {
      x = block(x, divisible(Math.trunc(filters * alpha)), i === 0 ? stride : 1, index++);
    }
  }
  x = pointwise(x, alpha > 1 ? divisible(1280 * alpha) : 1280, 'Conv_1');
  x = relu6(normalized(x, 'Conv_1_bn'), 'out_relu');
  if (includeTop || pooling === 'avg') {
    x = call(globalAveragePooling2d({ name: 'global_average_pooling2d' }), x);
  } else if (pooling === 'max') {
    x = call(globalMaxPooling2d({ name: 'global_max_pooling2d' }), x);
  }
  if (includeTop) {
    const { classifierActivation = 'softmax' } = args;
    const activation = classifierActivation ?? 'linear';
    x = call(dense({ units: classes, activation, name: 'predictions' }), x);
  }
  const name = args.name ?? `mobilenetv2_${alpha.toFixed(2)}_${shape[0]}`;
  const network = model({ inputs: image, outputs: x, name });
  if (weights !== null) setWeights(network, weights as (Tensor | TypedArray)[]);
  return network;
}
