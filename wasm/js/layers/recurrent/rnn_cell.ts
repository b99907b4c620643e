import type { Shape } from '../../dtype.js';
import { ValueError } from '../../errors.js';
import { stack, unstack } from '../../ops/shape.js';
import { where } from '../../ops/indexing.js';
import { zerosLike } from '../../create.js';
import type { Tensor } from '../../tensor.js';
import { steady } from './steady.js';
import { Layer, type Kwargs } from '../layer.js';

/** What a cell is told of the sequence that it runs over. */
export interface SequenceArgs {
  training: boolean;
  /** Tensors that are the same at each step. */
  constants?: Tensor[] | undefined;
}

/** A cell made ready for one sequence: what can be done for all steps at once is done. */
export interface Steps {
  /** How many steps there are. */
  count: number;
  /** [output, ...new states] of the step at place t in time. */
  step(t: number, states: Tensor[]): Tensor[];
}

/**
 * What a recurrent layer does at each step of time. To write one: derive, give `stateSize`, make the
 * weights in `build(inputShape)` ([batch, features]), and define
 * `call([x, ...states], kwargs)` → [output, ...new states], all [batch, size].
 * `kwargs.training` and `kwargs.constants` come from the layer.
 */
export abstract class RNNCell extends Layer {
  /** The size of each state; the first one is that of the output too. */
  abstract readonly stateSize: number | number[];

  /** @internal Prepares for a sequence x [batch, time, ...]. */
  start(x: Tensor, args: SequenceArgs): Steps {
    return stepsOf(this, x, args);
  }

  /**
   * @internal Runs over x [batch, time, ...], beginning with these states. A masked step keeps the
   * states, and its output is the first state before it. Written out step by step, so that it
   * becomes part of a Program.
   */
  run(x: Tensor, states: Tensor[], args: RunArgs): Run {
    return runSteps(this.start(x, args), states, args);
  }

  /** @internal Shapes of the states for one step's input [batch, ...]. */
  stateShapes([batch]: Shape): Shape[] {
    return sizesOf(this).map((size) => [batch!, size]);
  }
}

/** Any layer can be a cell that has a stateSize and returns [output, ...states]. */
export type Cell = Layer & {
  readonly stateSize: number | number[];
  /** Size of the output, where it is not that of the first state (Keras 3). */
  readonly outputSize?: number;
};

/** @internal */
export const sizesOf = ({ stateSize }: Cell): number[] =>
  Array.isArray(stateSize) ? stateSize : [stateSize];

/** @internal Shapes of the states of any cell. */
export const stateShapesOf = (cell: Cell, step: Shape): Shape[] =>
  cell instanceof RNNCell ? cell.stateShapes(step) : sizesOf(cell).map((size) => [step[0]!, size]);

/** @internal The shape of a cell's output for one step's input. */
export const outputShapeOf = (cell: Cell, step: Shape): Shape =>
  cell.outputSize === undefined ? stateShapesOf(cell, step)[0]! : [step[0]!, cell.outputSize];

/** Steps of a cell that is called with each step's input as it is. */
function stepsOf(cell: Cell, x: Tensor, args: SequenceArgs): Steps {
  const wanted = sizesOf(cell).length + 1;
  const { training, constants } = args;
  const kwargs: Kwargs = constants ? { training, constants } : { training };
  const inputs = unstack(x, 1);
  return {
    count: inputs.length,
    step: (t, states) => {
      const result = cell.call([inputs[t]!, ...states], kwargs);
      if (!Array.isArray(result) || result.length !== wanted) {
        throw new ValueError(
          `call() of the cell '${cell.name}' must return [output, ...states]: ${wanted} tensors, ` +
            `got ${Array.isArray(result) ? `${result.length} tensors` : 'one tensor'}`,
        );
      }
      return result;
    },
  };
}

/** @internal How a cell is to run over a sequence. */
export interface RunArgs extends SequenceArgs {
  /** Which examples count, bools [batch, 1, ...] for each step in the order they run. */
  masks?: Tensor[] | undefined;
  /** From the last step to the first. */
  backwards: boolean;
  /** Whether the outputs of all steps are wanted, not of the last alone. */
  everyOutput: boolean;
  /** Outputs of masked steps are zeros in place of the step before's (Keras 3). */
  zeroOutputForMask?: boolean;
}

/** @internal The outputs, in the order the steps ran, and the states after them. */
export interface Run {
  outputs: Tensor[];
  states: Tensor[];
}

/** @internal Runs any cell over x, as RNNCell.run. */
export const runCell = (cell: Cell, x: Tensor, states: Tensor[], args: RunArgs): Run =>
  cell instanceof RNNCell
    ? cell.run(x, states, args)
    : runSteps(stepsOf(cell, x, args), states, args);

function runSteps({ count, step }: Steps, first: Tensor[], args: RunArgs): Run {
  const { masks, everyOutput, backwards, training, zeroOutputForMask } = args;
  const outputs: Tensor[] = [];
  let states = first;
  let output: Tensor | undefined;
  for (let t = 0; t < count; t++) {
    const held = training && t > 0 ? states.map((state) => steady(state)) : states;
    const mask = masks?.[t];
    const [made, ...next] = step(backwards ? count - 1 - t : t, held) as [Tensor, ...Tensor[]];
    if (mask === undefined) {
      states = next;
      output = made;
    } else {
      states = next.map((state, i) => where(mask, state, held[i]!));
      if (made === next[0] && !zeroOutputForMask) {
        output = states[0]!;
      } else {
        const alike = String(made.shape) === String(held[0]?.shape);
        const before = alike ? held[0]! : (output ?? zerosLike(made));
        output = where(mask, made, zeroOutputForMask ? zerosLike(made) : before);
      }
    }
    if (everyOutput || t === count - 1) outputs.push(output);
  }
  return { outputs, states };
}

/** @internal The outputs of a run as one tensor [batch, time, ...]. */
export const joined = (outputs: Tensor[]): Tensor => stack(outputs, 1);
