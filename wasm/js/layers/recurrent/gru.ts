import { split, unstack } from '../../ops/shape.js';
import type { Tensor } from '../../tensor.js';
import { ActivatedGatesCell, kGateOptions, type RecurrentActivationArgs } from './gated_cell.js';
import { CellRNN, kSequenceOptions, type RNNOptions } from './rnn.js';
import type { Steps } from './rnn_cell.js';

export interface GRUCellLayerArgs extends RecurrentActivationArgs {
  /**
   * Whether the reset gate works on the product of the state (as in cuDNN; Keras's default) or on
   * the state before the product. Default false, as in TensorFlow.js.
   */
  resetAfter?: boolean;
}

/**
 * One step of the gated recurrent unit (Cho et al. 2014). With x · kernel + bias cut into x₀, x₁, x₂
 * and the recurrent kernel into R₀, R₁, R₂:
 *
 *     z = recurrentActivation(x₀ + h · R₀),  r = recurrentActivation(x₁ + h · R₁)
 *     g = activation(x₂ + (r h) · R₂),       h' = z h + (1 − z) g
 *
 * With resetAfter, g = activation(x₂ + r (h · R₂ + b)), and the bias is [2, 3 · units]: its second
 * row is added to h · R. Called on [x, h] it gives [h', h']. Weights: kernel [in, 3 · units],
 * recurrent_kernel [units, 3 · units], bias [3 · units].
 */
export class GRUCell extends ActivatedGatesCell {
  static override readonly className: string = 'GRUCell';
  static override readonly optionNames: readonly string[] = [...kGateOptions, 'resetAfter'];
  override readonly stateSize: number;
  readonly resetAfter: boolean;
  protected override readonly gates = 3;

  constructor(args: GRUCellLayerArgs) {
    super(args);
    this.resetAfter = this.options(args).flag('resetAfter', false);
    this.stateSize = this.units;
  }

  protected override biasShape(): number[] {
    const size = 3 * this.units;
    return this.resetAfter ? [2, size] : [size];
  }

  protected override project(x: Tensor): Tensor {
    if (!this.resetAfter || this.bias === null) return super.project(x);
    // What goes into the first two gates besides x is added here, for all steps.
    const [own, recurrent] = unstack(this.bias.read()) as [Tensor, Tensor];
    const gates = recurrent.slice(0, 2 * this.units).pad([[0, this.units]]);
    return x.matMul(this.kernel.read()).add(own.add(gates));
  }

  protected override stepsOver(x: Tensor, drop: (h: Tensor) => Tensor): Steps {
    const { activation, recurrentActivation, units, resetAfter } = this;
    const parts = [2 * units, units]; // both gates, and what may be the new state
    const [gateKernel, newKernel] = split(this.recurrentKernel.read(), parts, 1);
    const [xGates, xNew] = split(x, parts, 2).map((part) => unstack(part, 1)) as [
      Tensor[],
      Tensor[],
    ];
    const bias =
      resetAfter && this.bias !== null
        ? this.bias
            .read()
            .slice([1, 2 * units])
            .reshape([units])
        : null;
    return {
      count: xNew.length,
      step: (t, [state]) => {
        const h = drop(state!);
        const z = xGates[t]!.add(h.matMul(gateKernel!));
        const [update, reset] = split(recurrentActivation.apply(z), 2, 1) as [Tensor, Tensor];
        let recurrent = (resetAfter ? h : reset.mul(h)).matMul(newKernel!);
        if (bias !== null) recurrent = recurrent.add(bias);
        if (resetAfter) recurrent = reset.mul(recurrent);
        const fresh = activation.apply(xNew[t]!.add(recurrent));
        const next = fresh.add(update.mul(h.sub(fresh))); // z h + (1 - z) g
        return [next, next];
      },
    };
  }
}

export interface GRULayerArgs extends GRUCellLayerArgs, RNNOptions {}

/**
 * The GRUCell over a sequence: [batch, time, in] → [batch, units], or [batch, time, units] with
 * returnSequences; with returnState, the state h [batch, units] after it.
 */
export class GRU extends CellRNN<GRUCell> {
  static override readonly className: string = 'GRU';
  static override readonly optionNames: readonly string[] = [
    ...kSequenceOptions,
    ...GRUCell.optionNames,
  ];
  protected static override readonly cellClass = GRUCell;

  constructor(args: GRULayerArgs) {
    super(args);
  }
}
