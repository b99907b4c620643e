import { ValueError } from '../../errors.js';
import { L1L2 } from '../../regularizers.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { Layer, onlyInput, type LayerArgs } from '../layer.js';

export interface ActivityRegularizationArgs extends LayerArgs {
  /** Factor of the sum of |x|. Default 0. */
  l1?: number;
  /** Factor of the sum of x². Default 0. */
  l2?: number;
}

/**
 * Adds a penalty on its input to the loss, l1 · Σ|x| + l2 · Σx² over the batch's size (Keras).
 * Any shape; the output is the input.
 */
export class ActivityRegularization extends Layer {
  static override readonly className: string = 'ActivityRegularization';
  static override readonly optionNames: readonly string[] = ['l1', 'l2'];
  readonly l1: number;
  readonly l2: number;

  constructor(args: ActivityRegularizationArgs = {}) {
    const { l1, l2 } = args;
    if (args.activityRegularizer != null) {
      throw new ValueError(
        "ActivityRegularization layer is itself the 'activityRegularizer': give it l1 and l2",
      );
    }
    super({ ...args, activityRegularizer: new L1L2({ l1: l1 ?? 0, l2: l2 ?? 0 }) });
    this.l1 = l1 ?? 0;
    this.l2 = l2 ?? 0;
    this.supportsMasking = true;
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return onlyInput(inputs, this);
  }

  override getConfig(): ConfigDict {
    const config = super.getConfig();
    delete config['activityRegularizer'];
    return config;
  }
}

export const activityRegularization = (
  args?: ActivityRegularizationArgs | ConfigDict,
): ActivityRegularization => new ActivityRegularization(args as ActivityRegularizationArgs);
