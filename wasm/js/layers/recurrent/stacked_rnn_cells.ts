import type { Shape } from '../../dtype.js';
import { ValueError } from '../../errors.js';
import { isSerialized, type Serialized } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { Layer, type Kwargs, type LayerArgs } from '../layer.js';
import { layerFromConfig } from '../registry.js';
import { joined, outputShapeOf, RNNCell, runCell, sizesOf, stateShapesOf } from './rnn_cell.js';
import type { Cell, Run, RunArgs } from './rnn_cell.js';
import { buildInside } from './weight_names.js';

export interface StackedRNNCellsArgs extends LayerArgs {
  /** From the input's to the output's. */
  cells: (Cell | Serialized)[];
}

/**
 * Several cells as one: each takes the output of the one before. The states are those of the last
 * cell, then of the one before it, and so on to the first's: of two LSTM cells [h₂, c₂, h₁, c₁].
 */
export class StackedRNNCells extends RNNCell {
  static override readonly className: string = 'StackedRNNCells';
  static override readonly optionNames: readonly string[] = ['cells'];
  readonly cells: Cell[];

  constructor(args: StackedRNNCellsArgs) {
    super(args);
    const cells: unknown = args.cells;
    const made = (Array.isArray(cells) ? cells : []).map((cell: unknown) =>
      isSerialized(cell) ? layerFromConfig(cell) : cell,
    );
    const isCell = (cell: unknown) =>
      cell instanceof Layer && (cell as Partial<Cell>).stateSize != null;
    if (made.length === 0 || !made.every(isCell)) {
      throw new ValueError(
        `StackedRNNCells '${this.name}': 'cells' must be a list of layers with a property ` +
          'stateSize, such as [lstmCell({units}), lstmCell({units})]',
      );
    }
    this.cells = made as Cell[];
  }

  override get stateSize(): number[] {
    return [...this.cells].reverse().flatMap(sizesOf);
  }

  /** @internal The states as a list for each cell, in the order of the cells. */
  divide<T>(states: readonly T[]): T[][] {
    let end = states.length;
    return this.cells.map((cell) => {
      const begin = end - sizesOf(cell).length;
      const own = states.slice(begin, end);
      end = begin;
      return own;
    });
  }

  override stateShapes(step: Shape): Shape[] {
    const shapes: Shape[][] = [];
    let input = step;
    for (const cell of this.cells) {
      shapes.unshift(stateShapesOf(cell, input));
      input = outputShapeOf(cell, input);
    }
    return shapes.flat();
  }

  override build(inputShape: Shape | Shape[]): void {
    let input = (Array.isArray(inputShape[0]) ? inputShape[0] : inputShape) as Shape;
    this.cells.forEach((cell, i) => {
      buildInside(cell, input, `${this.name}/RNNCell_${i}`);
      input = outputShapeOf(cell, input);
    });
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape[] {
    const states = this.stateShapes(
      (Array.isArray(inputShape[0]) ? inputShape[0] : inputShape) as Shape,
    );
    return [states[0]!, ...states];
  }

  /**
   * @internal Each cell runs over the whole sequence before the next one does, so that all its
   * inputs are there at once: the numbers are the same.
   */
  override run(x: Tensor, states: Tensor[], args: RunArgs): Run {
    const divided = this.divide(states);
    const last = this.cells.length - 1;
    const after: Tensor[][] = [];
    let outputs: Tensor[] = [];
    this.cells.forEach((cell, i) => {
      const made = runCell(cell, i === 0 ? x : joined(outputs), divided[i]!, {
        ...args,
        backwards: args.backwards && i === 0, // what it gives is in the order that it ran
        everyOutput: args.everyOutput || i < last,
        zeroOutputForMask: args.zeroOutputForMask && i === last,
      });
      outputs = made.outputs;
      after.unshift(made.states);
    });
    return { outputs, states: after.flat() };
  }

  /** [x, ...states] → [output, ...states], all [batch, size]. */
  override call(inputs: Tensor | Tensor[], kwargs: Kwargs): Tensor[] {
    const [x, ...states] = inputs as [Tensor, ...Tensor[]];
    const divided = this.divide(states);
    const after: Tensor[][] = [];
    let output = x;
    this.cells.forEach((cell, i) => {
      const made = cell.call([output, ...divided[i]!], kwargs) as [Tensor, ...Tensor[]];
      output = made[0];
      after.unshift(made.slice(1));
    });
    return [output, ...after.flat()];
  }
}
