/**
 * One dense layer, called on two inputs, and the model that trains it. Everything that the page
 * knows of Heddle is in this file.
 */
import * as hd from 'heddle';

export type CallName = 'a' | 'b';
export type LearnFrom = CallName | 'both';

/** One value for each of the two calls. */
export interface Pair<T> {
  a: T;
  b: T;
}

export interface LayerSpec {
  inputs: number;
  units: number;
  activation: 'sigmoid' | 'softmax';
  loss: 'meanSquaredError' | 'categoricalCrossentropy';
  optimizer: 'adam' | 'sgd';
  /** Spread of the first kernel: Glorot's uniform, or a normal of this standard deviation. */
  start: 'glorotUniform' | number;
  seed: number;
}

/** A batch for both calls: rows of inputs, rows of targets. */
export interface Batch {
  rows: number;
  x: Pair<Float32Array>;
  y: Pair<Float32Array>;
}

/** One call's part of the gradient of the shared weights. */
export interface Pull {
  /** Norm over kernel and bias. */
  norm: number;
  /** The part itself, kernel only: [inputs, units]. */
  kernel: Float32Array;
  /** Its norm along each input's row: [inputs]. */
  byInput: Float32Array;
  /** Its norm along each unit's column: [units]. */
  byUnit: Float32Array;
}

export interface Attribution extends Pair<Pull> {
  /** The cosine of the angle between the two parts of the kernel's gradient. */
  cosine: number;
}

export interface Losses extends Pair<number> {
  /** What the step minimised: the loss of a, of b, or their sum. */
  total: number;
}

const kCalls: readonly CallName[] = ['a', 'b'];
type Dense = ReturnType<typeof hd.layers.dense>;
type Model = ReturnType<typeof hd.model>;
type Symbolic = ReturnType<typeof hd.input>;

export async function startEngine(): Promise<void> {
  await hd.ready();
}

/** Digits drawn by the library's seeded hand: pixels in 0..1 row by row, and what they show. */
export function drawStrokes(
  count: number,
  seed: number,
  classes?: number[],
): { xs: Float32Array; labels: Int32Array } {
  const { xs, labels } = hd.datasets.strokes({ count, seed, ...(classes ? { classes } : {}) });
  return { xs, labels };
}

export class Trainer {
  private readonly layer: Dense;
  private readonly inputs: Partial<Pair<Symbolic>> = {};
  private readonly outputs: Partial<Pair<Symbolic>> = {};
  /** Which input each call read, by the call's index. */
  private readonly order: CallName[] = [];
  private model: Model | null = null;
  private start: Float32Array[] = [];
  private from: LearnFrom = 'a';
  private rate = 0.01;
  private stale = true;

  constructor(readonly spec: LayerSpec) {
    const kernelInitializer =
      spec.start === 'glorotUniform'
        ? hd.initializers.glorotUniform({ seed: spec.seed })
        : hd.initializers.randomNormal({ mean: 0, stddev: spec.start, seed: spec.seed });
    this.layer = hd.layers.dense({
      units: spec.units,
      activation: spec.activation,
      kernelInitializer,
      name: 'shared',
    });
  }

  /** Calls the layer on input `name`. The first call makes the weights, the second reads them. */
  call(name: CallName): void {
    const input = hd.input({ shape: [this.spec.inputs], name });
    this.inputs[name] = input;
    this.order.push(name);
    this.outputs[name] = this.layer.apply(input) as Symbolic;
    if (this.start.length === 0) {
      this.start = this.layer.weights.map((variable) => Float32Array.from(variable.view()));
    }
    const { inputs, outputs } = this;
    if (inputs.a && inputs.b && outputs.a && outputs.b) {
      this.model = hd.model({ inputs: [inputs.a, inputs.b], outputs: [outputs.a, outputs.b] });
    }
  }

  get calls(): number {
    return this.layer.calls.length;
  }

  get parameters(): number {
    return this.layer.built ? this.layer.countParams() : 0;
  }

  /** The kernel as it is now, [inputs, units]: a view of the engine's memory, not a copy. */
  kernel(): Float32Array | null {
    return (this.layer.weights[0]?.view() as Float32Array | undefined) ?? null;
  }

  bias(): Float32Array | null {
    return (this.layer.weights[1]?.view() as Float32Array | undefined) ?? null;
  }

  /** Calls `fn` when the kernel has moved; returns what ends that. */
  onMove(fn: () => void): () => void {
    const kernel = this.layer.weights[0];
    return kernel ? kernel.subscribe(fn) : () => {};
  }

  /** What to learn from, and how fast. Another rate alone keeps what the optimizer remembers. */
  learn(from: LearnFrom, rate: number): void {
    if (from !== this.from) this.stale = true;
    this.from = from;
    this.rate = rate;
    if (!this.stale) this.model?.optimizer.setLearningRate(rate);
  }

  private compiled(): Model {
    if (!this.model) throw new Error('The layer has to be called on a and on b first.');
    if (this.stale) {
      this.model.compile({
        optimizer: hd.train[this.spec.optimizer](this.rate),
        loss: this.spec.loss,
        lossWeights: [this.from === 'b' ? 0 : 1, this.from === 'a' ? 0 : 1],
      });
      this.stale = false;
    }
    return this.model;
  }

  /** One update from one batch: the losses before it, and each call's part of its gradient. */
  async update(batch: Batch): Promise<{ losses: Losses; pulls: Attribution }> {
    const model = this.compiled();
    const x = this.tensors(batch.x, batch.rows, this.spec.inputs);
    const y = this.tensors(batch.y, batch.rows, this.spec.units);
    try {
      const pulls = await this.attribution(model, x, y);
      const losses = asLosses(await model.trainOnBatch(x, y));
      return { losses, pulls };
    } finally {
      hd.dispose([...x, ...y]);
    }
  }

  /** The losses of a batch as the weights are now. */
  losses(batch: Batch): Losses {
    const model = this.compiled();
    const x = this.tensors(batch.x, batch.rows, this.spec.inputs);
    const y = this.tensors(batch.y, batch.rows, this.spec.units);
    const scalars = [model.evaluate(x, y, { batchSize: batch.rows })].flat();
    const logs = scalars.map((scalar) => scalar.dataSync()[0]!);
    hd.dispose([...x, ...y, ...scalars]);
    return asLosses(logs);
  }

  /** What the layer gives for one input, [units]. No training, no Call: the same weights, read. */
  read(x: Float32Array): Float32Array {
    const input = hd.tensor2d(x, [1, this.spec.inputs]);
    const output = this.layer.apply(input) as hd.Tensor;
    const values = Float32Array.from(output.dataSync());
    hd.dispose([input, output]);
    return values;
  }

  /** Which call pulls the shared weights where, for this batch and the present weights. */
  private async attribution(model: Model, x: hd.Tensor[], y: hd.Tensor[]): Promise<Attribution> {
    const { inputs, units } = this.spec;
    const pulls: Pair<Pull> = { a: noPull(inputs, units), b: noPull(inputs, units) };
    let cosine = 0;
    const entries = await hd.attribution(model, x, y);
    for (const { variable, total, parts, cosine: angles } of entries) {
      const isKernel = variable === this.layer.weights[0];
      if (isKernel) cosine = angles[0]?.[1] ?? 0;
      for (const part of parts) {
        const name = this.order[part.call.index];
        if (name) {
          pulls[name].norm = Math.hypot(pulls[name].norm, part.norm);
          if (isKernel) measure(pulls[name], part.gradient.dataSync() as Float32Array, units);
        }
        part.gradient.dispose();
      }
      total.dispose();
    }
    return { ...pulls, cosine };
  }

  /** Puts the first weights back and forgets what the optimizer remembers. */
  startOver(): void {
    if (this.start.length === 0) return;
    const shapes = [[this.spec.inputs, this.spec.units], [this.spec.units]];
    const values = this.start.map((value, i) => hd.tensor(value, shapes[i]!));
    this.layer.setWeights(values);
    hd.dispose(values);
    this.stale = true;
  }

  dispose(): void {
    if (this.model) this.model.dispose();
    else this.layer.dispose();
  }

  private tensors(values: Pair<Float32Array>, rows: number, width: number) {
    return kCalls.map((name) => hd.tensor2d(values[name], [rows, width]));
  }
}

/** `trainOnBatch` and `evaluate` of a model with two outputs say [total, loss of a, loss of b]. */
function asLosses(logs: number | number[]): Losses {
  const [total = NaN, a = NaN, b = NaN] = [logs].flat();
  return { total, a, b };
}

function noPull(inputs: number, units: number): Pull {
  return {
    norm: 0,
    kernel: new Float32Array(inputs * units),
    byInput: new Float32Array(inputs),
    byUnit: new Float32Array(units),
  };
}

/** Copies a part of the kernel's gradient and takes its norm by row and by column. */
function measure(pull: Pull, gradient: Float32Array, units: number): void {
  pull.kernel.set(gradient);
  for (let at = 0; at < gradient.length; at++) {
    const square = gradient[at]! * gradient[at]!;
    pull.byInput[Math.floor(at / units)]! += square;
    pull.byUnit[at % units]! += square;
  }
  for (let i = 0; i < pull.byInput.length; i++) pull.byInput[i] = Math.sqrt(pull.byInput[i]!);
  for (let j = 0; j < pull.byUnit.length; j++) pull.byUnit[j] = Math.sqrt(pull.byUnit[j]!);
}
