import type { CoreTensor, CoreTrainingRun } from '../core.js';
import { core } from '../engine.js';
import { NotImplementedError, ValueError } from '../errors.js';
import type { LayersModel } from '../model.js';
import { withTemporaries } from '../ops/operation.js';
import { notify } from '../subscriptions.js';
import { CallbackList, History } from './callbacks.js';
import type { Callback, CustomCallbackArgs, Logs, Params } from './callbacks.js';
import { checkBatchSize, checkKeys, checkNotEmpty, rows, type ModelData } from './data.js';
import { Progress } from './progress.js';
import { Slices, type YieldEvery } from './yielding.js';

/** What `fit` takes besides the data. */
export interface ModelFitArgs {
  /** Samples per step, default 32. The last batch of an epoch may be smaller. */
  batchSize?: number;
  /** The number of the last epoch, default 1: with `initialEpoch` 3, `epochs` 5 trains two. */
  epochs?: number;
  /** The number of epochs done before, default 0. */
  initialEpoch?: number;
  /** Whether each epoch takes the samples in an order of its own. Default true. */
  shuffle?: boolean;
  /** The order of the samples follows from it; by default from the engine's seed. */
  seed?: number;
  /** The share of the samples, taken from the end, that is kept for validation. Default 0. */
  validationSplit?: number;
  /** [x, y] to validate on after each epoch. */
  validationData?: readonly [ModelData, ModelData];
  /** Functions to call, Callbacks, or a list of them. */
  callbacks?: CustomCallbackArgs | Callback | readonly (CustomCallbackArgs | Callback)[];
  /** 0: silent. 1: a progress line in Node; the default has it on terminals only. */
  verbose?: 0 | 1 | 2;
  /** When to give way to the page. 'auto', the default, is every 12 ms. */
  yieldEvery?: YieldEvery;
}

const kKnown = [
  ...['batchSize', 'epochs', 'initialEpoch', 'shuffle', 'seed', 'validationSplit'],
  ...['validationData', 'callbacks', 'verbose', 'yieldEvery'],
];
const kNotYet = ['sampleWeight', 'classWeight', 'stepsPerEpoch', 'validationSteps'];

function checkArgs(args: ModelFitArgs): void {
  checkKeys('fit()', args, [...kKnown, ...kNotYet]);
  for (const key of kNotYet) {
    if ((args as Record<string, unknown>)[key] != null) {
      throw new NotImplementedError(`fit(): the option '${key}' is not supported yet`);
    }
  }
  const { epochs = 1, initialEpoch = 0, validationSplit = 0, shuffle = true, seed = 0 } = args;
  checkBatchSize(args.batchSize ?? 32);
  if (!Number.isInteger(epochs) || epochs < 0) {
    throw new ValueError(`fit(): epochs must be a whole number, got ${epochs}`);
  }
  if (!Number.isInteger(initialEpoch) || initialEpoch < 0) {
    throw new ValueError(`fit(): initialEpoch must be a whole number, got ${initialEpoch}`);
  }
  if (!Number.isInteger(seed)) {
    throw new ValueError(`fit(): seed must be a whole number, got ${seed}`);
  }
  if (typeof shuffle !== 'boolean') {
    throw typeof shuffle === 'string'
      ? new NotImplementedError(`fit(): shuffle: '${String(shuffle)}' is not supported yet`)
      : new ValueError(`fit(): shuffle must be true or false, got ${String(shuffle)}`);
  }
  if (!(validationSplit >= 0 && validationSplit < 1)) {
    throw new ValueError(`fit(): validationSplit must be in [0, 1), got ${validationSplit}`);
  }
  const { validationData } = args;
  if (validationData != null) {
    if (!Array.isArray(validationData) || validationData.length < 2) {
      throw new ValueError('fit(): validationData must be [x, y]');
    }
    if (validationData.length > 2) {
      throw new NotImplementedError(
        'fit(): sample weights in validationData are not supported yet',
      );
    }
  }
}

/** The passes over training and validation data. */
interface Runs {
  train: CoreTrainingRun;
  validation: CoreTrainingRun | null;
}

function makeRuns(model: LayersModel, x: ModelData, y: ModelData, args: ModelFitArgs): Runs {
  const { batchSize = 32, validationSplit = 0, validationData } = args;
  const { trainer } = model.compiled();
  const make = (train: boolean, inputs: CoreTensor[], targets: CoreTensor[]) =>
    core().makeTrainingRun(trainer, train, inputs, targets, batchSize);
  return withTemporaries((temporary) => {
    const inputs = model.inputData(x, temporary);
    checkNotEmpty('fit()', inputs);
    const targets = model.targetData(y, temporary);
    if (validationData != null) {
      const [vx, vy] = validationData;
      const validation = make(
        false,
        model.inputData(vx, temporary),
        model.targetData(vy, temporary),
      );
      return { train: make(true, inputs, targets), validation };
    }
    if (validationSplit === 0) return { train: make(true, inputs, targets), validation: null };
    make(true, inputs, targets).delete(); // complains of data that do not fit, before it is cut
    const samples = inputs[0]!.shape()[0]!;
    const splitAt = Math.floor(samples * (1 - validationSplit));
    if (splitAt === 0 || splitAt === samples) {
      throw new ValueError(
        `fit(): validationSplit ${validationSplit} of ${samples} samples leaves none to ` +
          (splitAt === 0 ? 'train on' : 'validate on'),
      );
    }
    const part = (tensors: CoreTensor[], from: number, to: number) =>
      rows(tensors, from, to, temporary);
    return {
      train: make(true, part(inputs, 0, splitAt), part(targets, 0, splitAt)),
      validation: make(false, part(inputs, splitAt, samples), part(targets, splitAt, samples)),
    };
  });
}

/** A call of `fit` on its way. */
class Fit {
  private readonly model: LayersModel;
  private readonly runs: Runs;
  private readonly args: ModelFitArgs;
  private readonly slices: Slices;
  private readonly callbacks: CallbackList;
  private readonly progress: Progress;
  private readonly history = new History();
  private readonly seed: number;

  /** Of what the logs tell; layers that run eagerly add theirs with the first step. */
  private get names(): readonly string[] {
    return this.model.metricsNames;
  }

  constructor(model: LayersModel, runs: Runs, args: ModelFitArgs) {
    this.model = model;
    this.runs = runs;
    this.args = args;
    const { epochs = 1, initialEpoch = 0, batchSize = 32, verbose } = args;
    this.slices = new Slices(args.yieldEvery ?? 'auto');
    this.seed = args.seed ?? core().drawSeed();
    const validated = runs.validation === null ? [] : this.names.map((name) => `val_${name}`);
    const params: Params = {
      epochs,
      initialEpoch,
      samples: runs.train.samples(),
      steps: runs.train.stepsPerEpoch(),
      batchSize,
      verbose: verbose ?? 1,
      doValidation: runs.validation !== null,
      metrics: [...this.names, ...validated],
    };
    this.callbacks = new CallbackList(args.callbacks, model, params);
    this.progress = new Progress(verbose, epochs, params.samples);
    this.history.setParams(params);
    this.history.setModel(model);
    this.history.validationData = args.validationData ?? null;
    model.history = this.history;
  }

  async run(): Promise<History> {
    const { model, callbacks, history } = this;
    const { epochs = 1, initialEpoch = 0 } = this.args;
    model.stopTraining = false;
    history.onTrainBegin();
    await callbacks.tell('onTrainBegin', {});
    for (let epoch = initialEpoch; epoch < epochs && !model.stopTraining; epoch++) {
      await callbacks.tell('onEpochBegin', epoch, {});
      const logs = await this.epoch(epoch);
      await callbacks.tell('onEpochEnd', epoch, logs);
      history.onEpochEnd(epoch, logs);
      if (this.slices.every === 'epoch') await this.pause(epoch, 0, logs);
    }
    await callbacks.tell('onTrainEnd', {});
    return history;
  }

  /** Trains on every sample once, then validates. Returns the epoch's logs. */
  private async epoch(epoch: number): Promise<Logs> {
    const { train, validation } = this.runs;
    train.beginEpoch(this.args.shuffle ?? true, this.seed);
    this.progress.beginEpoch();
    if (this.callbacks.perBatch) await this.batchByBatch(epoch);
    else await this.sliceBySlice(epoch);
    notify();
    const logs: Logs = {};
    const complete = train.epochDone();
    if (validation !== null && complete) {
      validation.beginEpoch(false, 0);
      while (!validation.epochDone()) {
        validation.advance(this.slices.steps, Math.max(0, this.slices.remaining));
        if (this.slices.due) await this.pause(epoch, 0, {});
      }
      this.names.forEach((name, i) => (logs[`val_${name}`] = validation.epochLog(i)));
    }
    Object.assign(logs, this.epochLogs(train));
    const { samples } = this.history.params!;
    this.progress.endEpoch(epoch, complete ? samples : 0, logs);
    return logs;
  }

  private async batchByBatch(epoch: number): Promise<void> {
    const { train } = this.runs;
    let seen = 0;
    for (let batch = 0; !train.epochDone() && !this.model.stopTraining; batch++) {
      await this.callbacks.tell('onBatchBegin', batch, {});
      train.advance(1, Infinity);
      seen += train.lastBatchSize();
      const logs = this.batchLogs(batch);
      await this.callbacks.tell('onBatchEnd', batch, logs);
      this.progress.update(epoch, seen, () => this.epochLogs(train));
      if (this.slices.due) await this.pause(epoch, batch, logs);
    }
  }

  private async sliceBySlice(epoch: number): Promise<void> {
    const { train } = this.runs;
    const { samples, batchSize } = this.history.params!;
    let steps = 0;
    while (!train.epochDone() && !this.model.stopTraining) {
      steps += train.advance(this.slices.steps, Math.max(0, this.slices.remaining));
      const seen = Math.min(samples, steps * batchSize);
      this.progress.update(epoch, seen, () => this.epochLogs(train));
      if (this.slices.due) await this.pause(epoch, steps - 1, {});
    }
  }

  private async pause(epoch: number, batch: number, logs: Logs): Promise<void> {
    notify();
    await this.slices.pause();
    await this.callbacks.tell('onYield', epoch, batch, logs);
  }

  private batchLogs(batch: number): Logs {
    const { train } = this.runs;
    const logs: Logs = { batch, size: train.lastBatchSize() };
    this.names.forEach((name, i) => (logs[name] = train.batchLog(i)));
    return logs;
  }

  private epochLogs(run: CoreTrainingRun): Logs {
    return Object.fromEntries(this.names.map((name, i) => [name, run.epochLog(i)]));
  }
}

/** @internal Trains a compiled model. */
export async function fit(
  model: LayersModel,
  x: ModelData,
  y: ModelData,
  args: ModelFitArgs,
): Promise<History> {
  checkArgs(args);
  if (model.compiled().trainer.stale()) {
    console.warn(
      `Discrepancy between trainableweights and collected trainable weights of model ` +
        `'${model.name}'. Did you set \`trainable\` of a layer without calling \`model.compile()\` ` +
        'afterwards? Training goes on as compiled.',
    );
  }
  const runs = makeRuns(model, x, y, args);
  try {
    return await new Fit(model, runs, args).run();
  } finally {
    runs.train.delete();
    runs.validation?.delete();
  }
}
