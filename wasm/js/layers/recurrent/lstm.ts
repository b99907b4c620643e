import { ones } from '../../create.js';
import type { DataType } from '../../dtype.js';
import { Initializer } from '../../initializers.js';
import { concat, split, unstack } from '../../ops/shape.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { ActivatedGatesCell, kGateOptions, type RecurrentActivationArgs } from './gated_cell.js';
import { CellRNN, kSequenceOptions, type RNNOptions } from './rnn.js';
import type { Steps } from './rnn_cell.js';

export interface LSTMCellLayerArgs extends RecurrentActivationArgs {
  /** Whether the forget gate's bias begins at 1 (Jozefowicz et al. 2015). Default false. */
  unitForgetBias?: boolean;
}

/** First values of a bias [4 · units], ones for the forget gate. */
class ForgetBias extends Initializer {
  static override readonly className: string = 'ForgetBias';
  private readonly others: Initializer;

  constructor(others: Initializer) {
    super();
    this.others = others;
  }

  apply([size]: readonly number[], dtype?: DataType): Tensor {
    const units = size! / 4;
    return concat([
      this.others.apply([units], dtype),
      ones([units], dtype),
      this.others.apply([2 * units], dtype),
    ]);
  }
}

/**
 * One step of the long short-term memory (Hochreiter & Schmidhuber 1997, with forget gates: Gers et
 * al. 2000). With z = x · kernel + h · recurrentKernel + bias cut into four, i, f, o = recurrentActivation(z₀, z₁, z₃):
 *
 *     c' = f c + i activation(z₂),  h' = o activation(c')
 *
 * Called on [x, h, c] it gives [h', h', c']. Weights: kernel [in, 4 · units], recurrent_kernel
 * [units, 4 · units], bias [4 · units].
 */
export class LSTMCell extends ActivatedGatesCell {
  static override readonly className: string = 'LSTMCell';
  static override readonly optionNames: readonly string[] = [...kGateOptions, 'unitForgetBias'];
  override readonly stateSize: number[];
  readonly unitForgetBias: boolean | null;
  protected override readonly gates = 4;

  constructor(args: LSTMCellLayerArgs) {
    super(args);
    const options = this.options(args);
    this.unitForgetBias = options.has('unitForgetBias')
      ? options.flag('unitForgetBias', false)
      : null;
    this.stateSize = [this.units, this.units];
  }

  protected override firstBias(): Initializer {
    return this.unitForgetBias ? new ForgetBias(this.biasInitializer) : this.biasInitializer;
  }

  /** h · recurrentKernel. */
  protected recur(h: Tensor, recurrent: Tensor): Tensor {
    return h.matMul(recurrent);
  }

  /** The axis along which the gates lie. */
  protected gateAxis(): number {
    return -1;
  }

  protected override stepsOver(x: Tensor, drop: (h: Tensor) => Tensor): Steps {
    const recurrent = this.recurrentKernel.read();
    const xs = unstack(x, 1);
    const gate = (z: Tensor) => this.recurrentActivation.apply(z);
    return {
      count: xs.length,
      step: (t, [h, c]) => {
        const parts = split(xs[t]!.add(this.recur(drop(h!), recurrent)), 4, this.gateAxis());
        const [input, forget, update, output] = parts as [Tensor, Tensor, Tensor, Tensor];
        const added = gate(input).mul(this.activation.apply(update));
        const carry = gate(forget).mul(c!).add(added);
        const next = gate(output).mul(this.activation.apply(carry));
        return [next, next, carry];
      },
    };
  }

  override getConfig(): ConfigDict {
    const config = super.getConfig();
    if (this.unitForgetBias === null) delete config['unitForgetBias'];
    return config;
  }
}

export interface LSTMLayerArgs extends LSTMCellLayerArgs, RNNOptions {}

/**
 * The LSTMCell over a sequence: [batch, time, in] → [batch, units], or [batch, time, units] with
 * returnSequences; with returnState, the states h and c [batch, units] after it.
 */
export class LSTM extends CellRNN<LSTMCell> {
  static override readonly className: string = 'LSTM';
  static override readonly optionNames: readonly string[] = [
    ...kSequenceOptions,
    ...LSTMCell.optionNames,
  ];
  protected static override readonly cellClass = LSTMCell;

  constructor(args: LSTMLayerArgs) {
    super(args);
  }
}
