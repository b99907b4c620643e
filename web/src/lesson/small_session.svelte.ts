/** Eight values each, sixteen units: everything is dragged by hand. */
import { Session } from './session.svelte.js';
import type { Batch, CallName, Pair } from './trainer.js';

const kInputs: Pair<number[]> = {
  a: [0.54, 0.95, 0.66, 0.95, 0.45, 0.04, 0.16, 0.17],
  b: [0.5, 0.44, 0.76, 0.53, 0.77, 0.86, 0.66, 0.44],
};
const kTargets: Pair<number[]> = {
  a: [0.12, 0.58, 0.26, 0.84, 0.44, 0.85, 0.18, 0.2, 0.46, 0.6, 0.2, 0.9, 0.53, 0.2, 0.72, 0.35],
  b: [
    0.18, 0.12, 0.72, 0.3, 0.51, 0.88, 0.42, 0.34, 0.15, 0.87, 0.27, 0.62, 0.08, 0.81, 0.82, 0.37,
  ],
};

const copy = (pair: Pair<number[]>): Pair<Float32Array> => ({
  a: Float32Array.from(pair.a),
  b: Float32Array.from(pair.b),
});

export class SmallSession extends Session {
  inputs = $state.raw(copy(kInputs));
  targets = $state.raw(copy(kTargets));

  constructor() {
    super(
      {
        inputs: 8,
        units: 16,
        activation: 'sigmoid',
        loss: 'meanSquaredError',
        optimizer: 'adam',
        start: 'glorotUniform',
        seed: 7,
      },
      0.005,
    );
  }

  protected nextBatch(): Batch {
    return { rows: 1, x: this.inputs, y: this.targets };
  }

  protected standingBatch(): Batch {
    return this.nextBatch();
  }

  protected watched(): Pair<Float32Array> {
    return this.inputs;
  }

  setInput(name: CallName, index: number, value: number): void {
    this.inputs = { ...this.inputs, [name]: this.inputs[name].with(index, value) };
    this.restart();
  }

  setTarget(name: CallName, index: number, value: number): void {
    this.targets = { ...this.targets, [name]: this.targets[name].with(index, value) };
    this.refresh();
  }
}
