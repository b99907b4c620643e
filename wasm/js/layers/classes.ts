// The layers, and what each takes. What they do is in src/layers.
import type { DataType, Shape } from '../dtype.js';
import type { Initializer } from '../initializers.js';
import { Adopted, Layer, registerLayerClass, type LayerArgs } from './layer.js';

export type ActivationName =
  | 'elu'
  | 'gelu'
  | 'gelu_new'
  | 'hardSigmoid'
  | 'linear'
  | 'logSoftmax'
  | 'mish'
  | 'relu'
  | 'relu6'
  | 'selu'
  | 'sigmoid'
  | 'softmax'
  | 'softplus'
  | 'softsign'
  | 'swish'
  | 'tanh';

export type InitializerName =
  | 'constant'
  | 'glorotNormal'
  | 'glorotUniform'
  | 'heNormal'
  | 'heUniform'
  | 'identity'
  | 'leCunNormal'
  | 'leCunUniform'
  | 'ones'
  | 'orthogonal'
  | 'randomNormal'
  | 'randomUniform'
  | 'truncatedNormal'
  | 'varianceScaling'
  | 'zeros';

type Pair = number | [number, number];
type InitializerLike = InitializerName | Initializer;

export interface InputLayerArgs {
  /** Shape of one example. */
  inputShape?: Shape;
  batchInputShape?: Shape;
  batchSize?: number;
  dtype?: DataType;
  sparse?: boolean;
  name?: string;
}

/** Where data enters a model. `input()` makes one and returns its output. */
export class InputLayer extends Layer {
  static override readonly className: string = 'InputLayer';
  constructor(args: InputLayerArgs) {
    super(args);
  }
}

export interface DenseLayerArgs extends LayerArgs {
  /** Size of the output, positive. */
  units: number;
  /** Default 'linear'. */
  activation?: ActivationName;
  /** Default true. */
  useBias?: boolean;
  /** Default 'glorotNormal'. */
  kernelInitializer?: InitializerLike;
  /** Default 'zeros'. */
  biasInitializer?: InitializerLike;
  /** As TensorFlow.js: the size of a one-dimensional input. */
  inputDim?: number;
}

/** activation(x · kernel + bias): [batch, ..., in] → [batch, ..., units]. */
export class Dense extends Layer {
  static override readonly className: string = 'Dense';
  constructor(args: DenseLayerArgs) {
    const { inputDim, ...rest } = args;
    const shaped = inputDim !== undefined && rest.inputShape === undefined;
    super(args instanceof Adopted ? args : shaped ? { ...rest, inputShape: [inputDim] } : rest);
  }
}

export interface ActivationLayerArgs extends LayerArgs {
  activation: ActivationName;
}

/** The activation alone. */
export class Activation extends Layer {
  static override readonly className: string = 'Activation';
  constructor(args: ActivationLayerArgs) {
    super(args);
  }
}

export interface FlattenLayerArgs extends LayerArgs {
  /** Default 'channelsLast'. */
  dataFormat?: 'channelsFirst' | 'channelsLast';
}

/** [batch, a, b, ...] → [batch, a·b·...]. */
export class Flatten extends Layer {
  static override readonly className: string = 'Flatten';
  constructor(args: FlattenLayerArgs = {}) {
    super(args);
  }
}

export interface ReshapeLayerArgs extends LayerArgs {
  /** Shape of one example; one dimension may be -1. */
  targetShape: Shape;
}

/** Each example in another shape of the same size. */
export class Reshape extends Layer {
  static override readonly className: string = 'Reshape';
  constructor(args: ReshapeLayerArgs) {
    super(args);
  }
}

export interface DropoutLayerArgs extends LayerArgs {
  /** The share that is dropped, 0 to 1. */
  rate: number;
  noiseShape?: number[];
  seed?: number;
}

/** While training, sets elements to 0 at random and scales the others; else does nothing. */
export class Dropout extends Layer {
  static override readonly className: string = 'Dropout';
  constructor(args: DropoutLayerArgs) {
    super(args);
  }
}

export interface Conv2DLayerArgs extends LayerArgs {
  /** Number of output channels, positive. */
  filters: number;
  /** Height and width of the window. */
  kernelSize: Pair;
  /** Default 1. */
  strides?: Pair;
  /** Default 'valid'. */
  padding?: 'valid' | 'same';
  /** Default 'channelsLast'. */
  dataFormat?: 'channelsFirst' | 'channelsLast';
  /** Default 1. */
  dilationRate?: Pair;
  /** Default 'linear'. */
  activation?: ActivationName;
  /** Default true. */
  useBias?: boolean;
  /** Default 'glorotNormal'. */
  kernelInitializer?: InitializerLike;
  /** Default 'zeros'. */
  biasInitializer?: InitializerLike;
}

/** [batch, height, width, in] → [batch, outHeight, outWidth, filters]. */
export class Conv2D extends Layer {
  static override readonly className: string = 'Conv2D';
  constructor(args: Conv2DLayerArgs) {
    super(args);
  }
}

export interface Pooling2DLayerArgs extends LayerArgs {
  /** Default [2, 2]. */
  poolSize?: Pair;
  /** Default: poolSize. */
  strides?: Pair;
  /** Default 'valid'. */
  padding?: 'valid' | 'same';
  /** Default 'channelsLast'. */
  dataFormat?: 'channelsFirst' | 'channelsLast';
}

/** The greatest element of each window. */
export class MaxPooling2D extends Layer {
  static override readonly className: string = 'MaxPooling2D';
  constructor(args: Pooling2DLayerArgs = {}) {
    super(args);
  }
}

/** The mean of each window. */
export class AveragePooling2D extends Layer {
  static override readonly className: string = 'AveragePooling2D';
  constructor(args: Pooling2DLayerArgs = {}) {
    super(args);
  }
}

export interface ConcatenateLayerArgs extends LayerArgs {
  /** Default -1, the last. */
  axis?: number;
}

/** Joins its inputs along an axis. */
export class Concatenate extends Layer {
  static override readonly className: string = 'Concatenate';
  constructor(args: ConcatenateLayerArgs = {}) {
    super(args);
  }
}

/** The sum of its inputs, which broadcast. */
export class Add extends Layer {
  static override readonly className: string = 'Add';
  constructor(args: LayerArgs = {}) {
    super(args);
  }
}

/** @internal */
export const kLayerClasses = [
  InputLayer,
  Dense,
  Activation,
  Flatten,
  Reshape,
  Dropout,
  Conv2D,
  MaxPooling2D,
  AveragePooling2D,
  Concatenate,
  Add,
] as const;
for (const layerClass of kLayerClasses) registerLayerClass(layerClass);
