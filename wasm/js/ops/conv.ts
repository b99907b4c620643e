// Convolutions (cross-correlations, as everywhere in the field). x may lack its batch dimension: it is
// one image then, and so is the result. Shapes that do not fit: ValueError.
import type { ConvolutionName } from '../core.js';
import { core } from '../engine.js';
import { NotImplementedError, ValueError } from '../errors.js';
import { inScope } from '../lifetime.js';
import type { Tensor } from '../tensor.js';
import { operate, shapeOfRank, wholeNumbers, wholeTuple, type TensorInput } from './operation.js';
import { layoutOf, paddingOf, rounded, spans, spatialOf } from './windows.js';
import type { Layout, Pad, PerAxis, Rounding } from './windows.js';

interface Options {
  strides: PerAxis;
  pad: Pad;
  layout: Layout;
  dilations?: PerAxis;
  rounding?: Rounding;
  /** What follows the window in the list for the core: the shape of a transposed convolution. */
  more?: readonly number[];
}

/** Reads the options and applies a convolution of one, two or three spatial dimensions. */
function convolve(
  op: ConvolutionName,
  inputs: { x: TensorInput; filter: TensorInput },
  options: Options,
): Tensor {
  const { layout, more = [] } = options;
  const { spatial, channelsFirst } = layout;
  const strides = wholeTuple(op, 'strides', options.strides, spatial);
  const dilations = wholeTuple(op, 'dilations', options.dilations ?? 1, spatial);
  const pad = paddingOf(op, options.pad, layout);
  return operate(op, inputs, ({ x, filter }) => {
    shapeOfRank(op, 'x', x, spatial + 1, spatial + 2);
    const size = shapeOfRank(op, 'filter', filter, spatial + 2).slice(0, spatial);
    const window = spans(size, dilations);
    const { kind, sides } = rounded(
      op,
      pad,
      options.rounding,
      spatialOf(layout, x),
      window,
      strides,
    );
    const cells = spatial < 3 ? sides.flat() : [];
    const list = [...strides, kind, ...cells, Number(channelsFirst), ...dilations, ...more];
    return core()[op](x, filter, list);
  });
}

/** Volumes are padded as a whole or not at all. */
function noCells(op: string, pad: Pad): void {
  if (pad !== 'valid' && pad !== 'same') {
    throw new ValueError(`${op}(): pad must be 'valid' or 'same', got ${JSON.stringify(pad)}`);
  }
}

/**
 * x [batch, length, in] with a filter [window, in, out] gives [batch, out_length, out]. `dataFormat`
 * 'NCW' is for sequences with channels first.
 */
export function conv1d(
  x: TensorInput,
  filter: TensorInput,
  stride: number,
  pad: Pad,
  dataFormat: 'NWC' | 'NCW' = 'NWC',
  dilation = 1,
  dimRoundingMode?: Rounding,
): Tensor {
  const layout = layoutOf('conv1d', dataFormat, 1);
  // TensorFlow.js writes explicit padding as for an image of one row.
  const own = Array.isArray(pad) && pad.length === 4 ? (pad as [number, number][]).slice(1) : pad;
  return convolve(
    'conv1d',
    { x, filter },
    {
      strides: stride,
      pad: own as Pad,
      layout,
      dilations: dilation,
      rounding: dimRoundingMode,
    },
  );
}

/**
 * x [batch, height, width, in] with a filter [filterHeight, filterWidth, in, out] gives
 * [batch, outHeight, outWidth, out]. `dataFormat` 'NCHW' is for images with channels first.
 */
export function conv2d(
  x: TensorInput,
  filter: TensorInput,
  strides: PerAxis,
  pad: Pad,
  dataFormat: 'NHWC' | 'NCHW' = 'NHWC',
  dilations: PerAxis = [1, 1],
  dimRoundingMode?: Rounding,
): Tensor {
  const layout = layoutOf('conv2d', dataFormat, 2);
  const options = { strides, pad, layout, dilations, rounding: dimRoundingMode };
  return convolve('conv2d', { x, filter }, options);
}

/**
 * Every channel with filters of its own: x [batch, height, width, in] and a filter
 * [filterHeight, filterWidth, in, multiplier] give [batch, outHeight, outWidth, in · multiplier].
 */
export function depthwiseConv2d(
  x: TensorInput,
  filter: TensorInput,
  strides: PerAxis,
  pad: Pad,
  dataFormat: 'NHWC' | 'NCHW' = 'NHWC',
  dilations: PerAxis = [1, 1],
  dimRoundingMode?: Rounding,
): Tensor {
  const layout = layoutOf('depthwiseConv2d', dataFormat, 2);
  const options = { strides, pad, layout, dilations, rounding: dimRoundingMode };
  return convolve('depthwiseConv2d', { x, filter }, options);
}

/**
 * depthwiseConv2d with depthwiseFilter [filterHeight, filterWidth, in, multiplier], then conv2d with
 * pointwiseFilter [1, 1, in · multiplier, out].
 */
export function separableConv2d(
  x: TensorInput,
  depthwiseFilter: TensorInput,
  pointwiseFilter: TensorInput,
  strides: PerAxis,
  pad: Pad,
  dilation: PerAxis = [1, 1],
  dataFormat: 'NHWC' | 'NCHW' = 'NHWC',
): Tensor {
  return inScope(() => {
    const deep = depthwiseConv2d(x, depthwiseFilter, strides, pad, dataFormat, dilation);
    return conv2d(deep, pointwiseFilter, 1, 'valid', dataFormat);
  });
}

/**
 * The transpose of conv2d (its gradient): from x [batch, height, width, in] with a filter
 * [filterHeight, filterWidth, out, in] to an image of `outputShape`
 * [batch, outHeight, outWidth, out], which conv2d with these strides and this padding would take to
 * the shape of x.
 */
export function conv2dTranspose(
  x: TensorInput,
  filter: TensorInput,
  outputShape: readonly number[],
  strides: PerAxis,
  pad: Pad,
  dimRoundingMode?: Rounding,
): Tensor {
  const op = 'conv2dTranspose';
  if (dimRoundingMode !== undefined && dimRoundingMode !== 'floor') {
    throw new NotImplementedError(`${op}(): dimRoundingMode '${dimRoundingMode}' is not supported`);
  }
  const more = wholeNumbers(op, 'outputShape', outputShape);
  return convolve(op, { x, filter }, { strides, pad, layout: layoutOf(op, 'NHWC', 2), more });
}

/**
 * x [batch, depth, height, width, in] with a filter [filterDepth, filterHeight, filterWidth, in, out]
 * gives [batch, outDepth, outHeight, outWidth, out]. `dataFormat` 'NCDHW' is for channels first.
 */
export function conv3d(
  x: TensorInput,
  filter: TensorInput,
  strides: PerAxis,
  pad: 'valid' | 'same',
  dataFormat: 'NDHWC' | 'NCDHW' = 'NDHWC',
  dilations: PerAxis = [1, 1, 1],
): Tensor {
  noCells('conv3d', pad);
  const layout = layoutOf('conv3d', dataFormat, 3);
  return convolve('conv3d', { x, filter }, { strides, pad, layout, dilations });
}

/** The transpose of conv3d: as conv2dTranspose, with one more dimension. */
export function conv3dTranspose(
  x: TensorInput,
  filter: TensorInput,
  outputShape: readonly number[],
  strides: PerAxis,
  pad: 'valid' | 'same',
): Tensor {
  const op = 'conv3dTranspose';
  noCells(op, pad);
  const more = wholeNumbers(op, 'outputShape', outputShape);
  return convolve(op, { x, filter }, { strides, pad, layout: layoutOf(op, 'NDHWC', 3), more });
}
