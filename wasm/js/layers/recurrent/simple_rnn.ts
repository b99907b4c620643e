import { unstack } from '../../ops/shape.js';
import type { Tensor } from '../../tensor.js';
import { GatedCell, kCellOptions, type GatedCellArgs } from './gated_cell.js';
import { CellRNN, kSequenceOptions, type RNNOptions } from './rnn.js';
import type { Steps } from './rnn_cell.js';

export type SimpleRNNCellLayerArgs = GatedCellArgs;

/**
 * One step of the plain recurrent network (Elman 1990): h' = activation(x · kernel + bias + h ·
 * recurrentKernel). Called on [x, h] it gives [h', h']. Weights: kernel [in, units],
 * recurrent_kernel [units, units], bias [units].
 */
export class SimpleRNNCell extends GatedCell {
  static override readonly className: string = 'SimpleRNNCell';
  static override readonly optionNames: readonly string[] = kCellOptions;
  override readonly stateSize: number;
  protected override readonly gates = 1;

  constructor(args: SimpleRNNCellLayerArgs) {
    super(args);
    this.stateSize = this.units;
  }

  protected override stepsOver(x: Tensor, drop: (h: Tensor) => Tensor): Steps {
    const recurrent = this.recurrentKernel.read();
    const xs = unstack(x, 1);
    return {
      count: xs.length,
      step: (t, [h]) => {
        const next = this.activation.apply(xs[t]!.add(drop(h!).matMul(recurrent)));
        return [next, next];
      },
    };
  }
}

export interface SimpleRNNLayerArgs extends SimpleRNNCellLayerArgs, RNNOptions {}

/**
 * The SimpleRNNCell over a sequence: [batch, time, in] → [batch, units], or [batch, time, units]
 * with returnSequences; with returnState, the state h [batch, units] after it.
 */
export class SimpleRNN extends CellRNN<SimpleRNNCell> {
  static override readonly className: string = 'SimpleRNN';
  static override readonly optionNames: readonly string[] = [
    ...kSequenceOptions,
    ...SimpleRNNCell.optionNames,
  ];
  protected static override readonly cellClass = SimpleRNNCell;

  constructor(args: SimpleRNNLayerArgs) {
    super(args);
  }
}
