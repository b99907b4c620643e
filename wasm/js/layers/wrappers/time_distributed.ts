import type { Shape } from '../../dtype.js';
import { ValueError } from '../../errors.js';
import { stack, unstack } from '../../ops/shape.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { onlyInput, onlyShape, type Kwargs, type Layer } from '../layer.js';
import { buildInside } from '../recurrent/weight_names.js';
import { Wrapper, type WrapperLayerArgs } from './wrapper.js';

export type TimeDistributedLayerArgs = WrapperLayerArgs;

/** Layers whose output for one example does not depend on the others of its batch. */
const kPerExample = new Set(
  (
    'Activation AveragePooling1D AveragePooling2D Conv1D Conv2D Dense DepthwiseConv2D Dropout ELU ' +
    'Embedding Flatten GlobalAveragePooling1D GlobalAveragePooling2D GlobalMaxPooling1D ' +
    'GlobalMaxPooling2D GRU InputLayer LayerNormalization LeakyReLU LSTM MaxPooling1D MaxPooling2D ' +
    'Permute PReLU ReLU RepeatVector Reshape SeparableConv2D SimpleRNN Softmax ZeroPadding2D'
  ).split(' '),
);

const isPerExample = (layer: Layer): boolean => {
  const inside = (layer as unknown as { layers?: readonly Layer[] }).layers;
  if (inside !== undefined) return inside.every(isPerExample);
  if (!kPerExample.has(layer.getClassName()) || layer.stateful) return false;
  return layer.getConfig().noiseShape == null; // a mask of one shape for a whole batch
};

/**
 * Its layer at each step of time: [batch, time, ...] → [batch, time, ...]. Where the layer treats
 * every example by itself, all steps are done at once, as more batch; others (such as
 * BatchNormalization, and classes of one's own) are called for each step.
 */
export class TimeDistributed extends Wrapper {
  static override readonly className: string = 'TimeDistributed';

  constructor(args: TimeDistributedLayerArgs) {
    super(args);
    this.supportsMasking = true;
  }

  /** The shape of one step. */
  #step(inputShape: Shape | Shape[]): Shape {
    const shape = onlyShape(inputShape);
    if (shape.length < 3) {
      throw new ValueError(
        `TimeDistributed layer '${this.name}' expects an input shape of at least 3 dimensions, ` +
          `[batch, time, ...], but received [${shape.map((size) => size ?? 'null')}]`,
      );
    }
    return [shape[0]!, ...shape.slice(2)];
  }

  override build(inputShape: Shape | Shape[]): void {
    const step = this.#step(inputShape);
    const [, , ...rest] = onlyShape(inputShape);
    this.inputSpec = [{ shape: [null, null, ...rest] }];
    buildInside(this.layer, step, this.name);
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const step = this.#step(inputShape);
    const [batch, ...rest] = onlyShape(this.layer.computeOutputShape(step));
    return [batch!, onlyShape(inputShape)[1]!, ...rest];
  }

  override call(inputs: Tensor | Tensor[], kwargs: Kwargs): Tensor {
    const x = onlyInput(inputs, this);
    const [batch, time, ...rest] = x.shape as [number, number, ...number[]];
    const { training } = kwargs;
    // A mask [batch, time] is for the layers after this one; one of more axes is for those inside.
    const given = Array.isArray(kwargs.mask) ? kwargs.mask[0] : kwargs.mask;
    const mask = given != null && given.rank > 2 && this.layer.supportsMasking ? given : null;
    const apply = (part: Tensor, partMask: Tensor | null): Tensor => {
      const own: Kwargs = { ...(training !== undefined && { training }) };
      if (partMask !== null) own.mask = partMask;
      return onlyInput(this.layer.apply(part, own) as Tensor | Tensor[], this.layer);
    };
    if (isPerExample(this.layer)) {
      const fold = (whole: Tensor) => whole.reshape([batch * time, ...whole.shape.slice(2)]);
      const y = apply(x.reshape([batch * time, ...rest]), mask && fold(mask));
      return y.reshape([batch, time, ...y.shape.slice(1)]);
    }
    const masks = mask && unstack(mask, 1);
    return stack(
      unstack(x, 1).map((part, t) => apply(part, masks && masks[t]!)),
      1,
    );
  }
}

export const timeDistributed = (args: TimeDistributedLayerArgs | ConfigDict): TimeDistributed =>
  new TimeDistributed(args as unknown as TimeDistributedLayerArgs);
