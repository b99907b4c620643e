// The layers, and what each takes. What they do is in src/layers.
import type { DataType, Shape } from '../dtype.js';
import type { ActivationName } from '../activations.js';
import type { ConstraintIdentifier } from '../constraints.js';
import type { InitializerIdentifier } from '../initializers.js';
import type { RegularizerIdentifier } from '../regularizers.js';
import { Adopted, Layer, type LayerArgs } from './layer.js';
import { weightOptions } from './weight_options.js';

type Pair = number | [number, number];

/** What can be asked of the weights `kernel` and `bias`. */
interface WeightArgs {
  /** Default 'glorotNormal'. */
  kernelInitializer?: InitializerIdentifier;
  /** Default 'zeros'. */
  biasInitializer?: InitializerIdentifier;
  kernelRegularizer?: RegularizerIdentifier | null;
  biasRegularizer?: RegularizerIdentifier | null;
  kernelConstraint?: ConstraintIdentifier | null;
  biasConstraint?: ConstraintIdentifier | null;
}

const kWeightOptions = weightOptions('kernel', 'bias');

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
  static override readonly optionNames: readonly string[] = ['sparse'];
  static readonly native = true;
  constructor(args: InputLayerArgs) {
    super(args);
  }
}

export interface DenseLayerArgs extends LayerArgs, WeightArgs {
  /** Size of the output, positive. */
  units: number;
  /** Default 'linear'. */
  activation?: ActivationName;
  /** Default true. */
  useBias?: boolean;
  /** As TensorFlow.js: the size of a one-dimensional input. */
  inputDim?: number;
}

/** activation(x · kernel + bias): [batch, ..., in] → [batch, ..., units]. */
export class Dense extends Layer {
  static override readonly className: string = 'Dense';
  static override readonly optionNames: readonly string[] = [
    'units',
    'activation',
    'useBias',
    ...kWeightOptions,
  ];
  static readonly native = true;
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
  static override readonly optionNames: readonly string[] = ['activation'];
  static readonly native = true;
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
  static override readonly optionNames: readonly string[] = ['dataFormat'];
  static readonly native = true;
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
  static override readonly optionNames: readonly string[] = ['targetShape'];
  static readonly native = true;
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
  static override readonly optionNames: readonly string[] = ['rate', 'noiseShape', 'seed'];
  static readonly native = true;
  constructor(args: DropoutLayerArgs) {
    super(args);
  }
}

export interface Conv2DLayerArgs extends LayerArgs, WeightArgs {
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
  /** Groups of channels that are convolved apart, as in Keras. Default 1. */
  groups?: number;
  /** Default 'linear'. */
  activation?: ActivationName;
  /** Default true. */
  useBias?: boolean;
}

/** [batch, height, width, in] → [batch, outHeight, outWidth, filters]. */
export class Conv2D extends Layer {
  static override readonly className: string = 'Conv2D';
  static override readonly optionNames: readonly string[] = [
    ...['filters', 'kernelSize', 'strides', 'padding', 'dataFormat', 'dilationRate', 'groups'],
    ...['activation', 'useBias', ...kWeightOptions],
  ];
  static readonly native = true;
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

const kPoolOptions = ['poolSize', 'strides', 'padding', 'dataFormat'];

/** The greatest element of each window. */
export class MaxPooling2D extends Layer {
  static override readonly className: string = 'MaxPooling2D';
  static override readonly optionNames: readonly string[] = kPoolOptions;
  static readonly native = true;
  constructor(args: Pooling2DLayerArgs = {}) {
    super(args);
  }
}

/** The mean of each window. */
export class AveragePooling2D extends Layer {
  static override readonly className: string = 'AveragePooling2D';
  static override readonly optionNames: readonly string[] = kPoolOptions;
  static readonly native = true;
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
  static override readonly optionNames: readonly string[] = ['axis'];
  static readonly native = true;
  constructor(args: ConcatenateLayerArgs = {}) {
    super(args);
  }
}

/** The sum of its inputs, which broadcast. */
export class Add extends Layer {
  static override readonly className: string = 'Add';
  static readonly native = true;
  constructor(args: LayerArgs = {}) {
    super(args);
  }
}
