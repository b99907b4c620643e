import type { Shape } from './dtype.js';
import { core } from './engine.js';
import { located, ValueError } from './errors.js';
import { operate } from './ops/operation.js';
import type { TensorInput } from './ops/operation.js';
import type { Tensor } from './tensor.js';

/** Names of activations: TensorFlow.js's, then those that only Keras 3 has. */
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
  | 'tanh'
  | 'celu'
  | 'exponential'
  | 'glu'
  | 'hardShrink'
  | 'hardSilu'
  | 'hardTanh'
  | 'leakyRelu'
  | 'logSigmoid'
  | 'silu'
  | 'softShrink'
  | 'sparsemax'
  | 'sparseplus'
  | 'squareplus'
  | 'tanhShrink'
  | 'threshold';

/** An element-wise function (softmax and its kin work along the last axis), known by its name. */
export interface Activation {
  readonly name: ActivationName;
  apply(x: TensorInput): Tensor;
  /** Of its result: glu halves the last axis, all others keep the shape. Throws ValueError. */
  outputShape(shape: Shape): Shape;
}

/** @internal */
export const isActivation = (value: object): value is Activation =>
  typeof (value as Activation).outputShape === 'function';

function halved(shape: Shape): Shape {
  const last = shape.at(-1);
  if (last === undefined || (last ?? 0) % 2 !== 0) {
    throw new ValueError(
      'Activation glu halves the last axis, whose size must be even, got shape ' +
        JSON.stringify(shape),
    );
  }
  return [...shape.slice(0, -1), last && last / 2];
}

/** @internal The activation of a name; 'linear' where there is none. Throws ValueError. */
export function getActivation(name: unknown, where: string): Activation {
  const known = name ?? 'linear';
  if (typeof known !== 'string') {
    throw new ValueError(`${where} must be the name of an activation, got ${typeof known}`);
  }
  const spelled = located(where, () => core().activationName(known)) as ActivationName;
  return {
    name: spelled,
    apply: (x) => operate(spelled, { x }, (t) => core().activation(spelled, t.x)),
    outputShape: (shape) => (spelled === 'glu' ? halved(shape) : shape),
  };
}
