import type { LayersModel } from '../model.js';
import { ValueError } from '../errors.js';
import { Options } from '../layers/options.js';
import { keep } from '../lifetime.js';
import type { Tensor } from '../tensor.js';
import { checkKeys } from './data.js';

/** Losses and metrics by name. */
export type Logs = Record<string, number>;

/** What `fit` was asked to do. */
export interface Params {
  epochs: number;
  initialEpoch: number;
  samples: number;
  /** Batches per epoch. */
  steps: number;
  batchSize: number;
  verbose: number;
  doValidation: boolean;
  /** Names of losses and metrics, those of validation after them. */
  metrics: string[];
}

type Result = void | Promise<void>;

/** Functions that `fit` calls, and waits for, as it goes. */
export interface CustomCallbackArgs {
  onTrainBegin?(logs?: Logs): Result;
  onTrainEnd?(logs?: Logs): Result;
  onEpochBegin?(epoch: number, logs?: Logs): Result;
  /** `logs` has the means over the epoch and, with `val_` in front, those of validation. */
  onEpochEnd?(epoch: number, logs?: Logs): Result;
  onBatchBegin?(batch: number, logs?: Logs): Result;
  /** `logs` has batch, size, and the values of this batch before its update. */
  onBatchEnd?(batch: number, logs?: Logs): Result;
  /** Each time that `fit` has given way to the page. */
  onYield?(epoch: number, batch: number, logs?: Logs): Result;
}

/** Base class of what `fit` calls as it goes: override what is wanted. */
export class Callback implements CustomCallbackArgs {
  params: Params | null = null;
  model: LayersModel | null = null;

  setParams(params: Params): void {
    this.params = params;
  }

  setModel(model: LayersModel): void {
    this.model = model;
  }

  onTrainBegin(_logs?: Logs): Result {}
  onTrainEnd(_logs?: Logs): Result {}
  onEpochBegin(_epoch: number, _logs?: Logs): Result {}
  onEpochEnd(_epoch: number, _logs?: Logs): Result {}
  onBatchBegin(_batch: number, _logs?: Logs): Result {}
  onBatchEnd(_batch: number, _logs?: Logs): Result {}
}

/** A Callback out of functions. */
export class CustomCallback extends Callback {
  /** @internal */
  readonly functions: CustomCallbackArgs;

  constructor(functions: CustomCallbackArgs) {
    super();
    this.functions = functions;
  }
}

/** What `fit` returns: what happened, epoch by epoch. */
export class History extends Callback {
  /** The numbers of the epochs. */
  epoch: number[] = [];
  /** Each log's values, one for each epoch. */
  history: Record<string, number[]> = {};
  validationData: unknown = null;

  override onTrainBegin(): void {
    this.epoch = [];
    this.history = {};
  }

  override onEpochEnd(epoch: number, logs: Logs = {}): void {
    this.epoch.push(epoch);
    for (const [key, value] of Object.entries(logs)) (this.history[key] ??= []).push(value);
  }
}

/** When to stop. */
export interface EarlyStoppingArgs {
  /** The log to watch. Default 'val_loss'. */
  monitor?: string;
  /** Smaller changes do not count. Default 0. */
  minDelta?: number;
  /** Epochs to wait for an improvement. Default 0. */
  patience?: number;
  /** 1 says when it stops. Default 0. */
  verbose?: number;
  /** Whether less or more is better. Default 'auto': more for accuracies, else less. */
  mode?: 'auto' | 'min' | 'max';
  /** What has to be beaten from the start. */
  baseline?: number;
  /** Whether training ends with the weights of the best epoch (Keras). Default false: the last. */
  restoreBestWeights?: boolean;
}

const kEarlyStopping = [
  ...['monitor', 'minDelta', 'patience', 'verbose', 'mode', 'baseline', 'restoreBestWeights'],
];

/** Ends training when a log gets no better. */
export class EarlyStopping extends Callback {
  private readonly options: Required<Omit<EarlyStoppingArgs, 'baseline'>> & { baseline?: number };
  private readonly sign: 1 | -1;
  private best = Infinity;
  private wait = 0;
  private bestWeights: Tensor[] | null = null;
  /** The epoch after which training ended, 0 if it was not ended. */
  stoppedEpoch = 0;

  constructor(args: EarlyStoppingArgs = {}) {
    super();
    checkKeys('earlyStopping()', args, kEarlyStopping);
    const options = new Options(args, 'earlyStopping()');
    this.options = {
      monitor: options.text('monitor', 'val_loss'),
      minDelta: options.number('minDelta', {}, 0),
      patience: options.integer('patience', { min: 0 }, 0),
      verbose: options.integer('verbose', {}, 0),
      mode: options.choice('mode', ['auto', 'min', 'max'], 'auto'),
      restoreBestWeights: options.flag('restoreBestWeights', false),
    };
    if (options.has('baseline')) this.options.baseline = options.number('baseline');
    const { mode, monitor } = this.options;
    this.sign = mode === 'max' || (mode === 'auto' && /acc/.test(monitor)) ? -1 : 1;
  }

  override onTrainBegin(): void {
    const { baseline } = this.options;
    this.wait = this.stoppedEpoch = 0;
    this.keepWeights(null);
    this.best = baseline === undefined ? Infinity : this.sign * baseline;
  }

  override onTrainEnd(): void {
    if (this.bestWeights !== null) this.model!.setWeights(this.bestWeights);
    this.keepWeights(null);
  }

  private keepWeights(weights: Tensor[] | null): void {
    for (const weight of this.bestWeights ?? []) weight.dispose();
    this.bestWeights = weights?.map((weight) => keep(weight)) ?? null;
  }

  override onEpochEnd(epoch: number, logs: Logs = {}): void {
    const { monitor, minDelta, patience, verbose, restoreBestWeights } = this.options;
    const value = logs[monitor];
    if (value === undefined) {
      console.warn(
        `Metric for EarlyStopping ${monitor} is not available. Available metrics are: ` +
          `${Object.keys(logs)}`,
      );
      return;
    }
    const isBetter = this.sign * value < this.best - Math.abs(minDelta);
    if (restoreBestWeights && (isBetter || this.bestWeights === null)) {
      this.keepWeights(this.model!.getWeights());
    }
    if (isBetter) {
      this.best = this.sign * value;
      this.wait = 0;
    } else if (++this.wait >= patience) {
      this.stoppedEpoch = epoch;
      this.model!.stopTraining = true;
    }
    if (this.stoppedEpoch > 0 && verbose > 0) console.log(`Epoch ${epoch}: early stopping.`);
  }
}

export const earlyStopping = (args?: EarlyStoppingArgs): EarlyStopping => new EarlyStopping(args);

type Name = keyof CustomCallbackArgs;
const kEvents: readonly string[] = [
  ...['onTrainBegin', 'onTrainEnd', 'onEpochBegin', 'onEpochEnd', 'onBatchBegin', 'onBatchEnd'],
  'onYield',
];
type Given = CustomCallbackArgs | Callback;

/** @internal All that `fit` has to tell things to. */
export class CallbackList {
  private readonly list: CustomCallbackArgs[];
  /** Whether somebody wants to know of each batch. */
  readonly perBatch: boolean;

  constructor(
    given: Given | readonly Given[] | undefined | null,
    model: LayersModel,
    params: Params,
  ) {
    const all = given === undefined || given === null ? [] : Array.isArray(given) ? given : [given];
    for (const callback of all as readonly Given[]) {
      if (callback === null || typeof callback !== 'object') {
        throw new ValueError('fit(): a callback must be an object of functions or a Callback');
      }
      if (callback instanceof Callback) {
        callback.setParams(params);
        callback.setModel(model);
      } else {
        for (const [name, value] of Object.entries(callback)) {
          if (/^on[A-Z]/.test(name) && !kEvents.includes(name)) {
            throw new ValueError(
              `fit(): a callback has no '${name}'; it knows ${kEvents.join(', ')}`,
            );
          }
          if (name.startsWith('on') && value != null && typeof value !== 'function') {
            throw new ValueError(`fit(): callback ${name} must be a function, got ${typeof value}`);
          }
        }
      }
    }
    this.list = (all as readonly Given[]).map((callback) =>
      callback instanceof CustomCallback ? callback.functions : callback,
    );
    const wants = (name: 'onBatchBegin' | 'onBatchEnd') =>
      this.list.some((each) => each[name] && each[name] !== Callback.prototype[name]);
    this.perBatch = wants('onBatchBegin') || wants('onBatchEnd');
  }

  /** Calls one function of each in turn, waiting for those that return promises. */
  async tell(name: Name, ...args: unknown[]): Promise<void> {
    for (const callback of this.list) {
      const f = callback[name] as ((...args: unknown[]) => Result) | undefined;
      if (f) await f.apply(callback, args);
    }
  }
}
