// hd.layers: a function for each layer, and the classes.
import {
  Activation,
  Add,
  AveragePooling2D,
  Concatenate,
  Conv2D,
  Dense,
  Dropout,
  Flatten,
  InputLayer,
  MaxPooling2D,
  Reshape,
  type ActivationLayerArgs,
  type ConcatenateLayerArgs,
  type Conv2DLayerArgs,
  type DenseLayerArgs,
  type DropoutLayerArgs,
  type FlattenLayerArgs,
  type InputLayerArgs,
  type Pooling2DLayerArgs,
  type ReshapeLayerArgs,
} from './classes.js';
import type { ConfigDict, LayerArgs } from './layer.js';

export * from './classes.js';
export * from './activation/index.js';
export * from './attention/index.js';
export * from './core/index.js';
export * from './merging/index.js';
export * from './normalization/index.js';
export * from './preprocessing/index.js';
export * from './regularization/index.js';
export * from './convolutional/index.js';
export * from './pooling/index.js';
export * from './reshaping/index.js';
export { Layer } from './layer.js';
export * from './embeddings/index.js';
export * from './recurrent/index.js';
export * from './wrappers/index.js';

// Each takes options or a configuration (`layer.getConfig()`), and throws ValueError for options
// that are wrong or unknown.

export const inputLayer = (args: InputLayerArgs): InputLayer => new InputLayer(args);
export const dense = (args: DenseLayerArgs | ConfigDict): Dense =>
  new Dense(args as DenseLayerArgs);
export const activation = (args: ActivationLayerArgs | ConfigDict): Activation =>
  new Activation(args as ActivationLayerArgs);
export const flatten = (args?: FlattenLayerArgs | ConfigDict): Flatten =>
  new Flatten(args as FlattenLayerArgs);
export const reshape = (args: ReshapeLayerArgs | ConfigDict): Reshape =>
  new Reshape(args as ReshapeLayerArgs);
export const dropout = (args: DropoutLayerArgs | ConfigDict): Dropout =>
  new Dropout(args as DropoutLayerArgs);
export const conv2d = (args: Conv2DLayerArgs | ConfigDict): Conv2D =>
  new Conv2D(args as Conv2DLayerArgs);
export const maxPooling2d = (args?: Pooling2DLayerArgs | ConfigDict): MaxPooling2D =>
  new MaxPooling2D(args as Pooling2DLayerArgs);
export const averagePooling2d = (args?: Pooling2DLayerArgs | ConfigDict): AveragePooling2D =>
  new AveragePooling2D(args as Pooling2DLayerArgs);
export const concatenate = (args?: ConcatenateLayerArgs | ConfigDict): Concatenate =>
  new Concatenate(args as ConcatenateLayerArgs);
export const add = (args?: LayerArgs | ConfigDict): Add => new Add(args as LayerArgs);

export { input } from '../input.js';

// TensorFlow.js's other names.
export const maxPool2d = maxPooling2d;
export const averagePool2d = averagePooling2d;
export const avgPool2d = averagePooling2d;
export const avgPooling2d = averagePooling2d;
