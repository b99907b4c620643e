import type { CoreGoal, CoreLossFunction, CoreTensor } from '../core.js';
import { NotImplementedError, ValueError } from '../errors.js';
import { inScope } from '../lifetime.js';
import { withTemporaries } from '../ops/operation.js';
import { Tensor } from '../tensor.js';
import { checkKeys } from './data.js';
import { metricNames, type MetricFunction } from './metrics.js';
import { makeOptimizer, Optimizer } from './optimizers.js';

/** From (yTrue, yPred) to a loss for each sample, or its mean; written in ops. */
export type LossFunction = (yTrue: Tensor, yPred: Tensor) => Tensor;
/** 'meanSquaredError', 'categoricalCrossentropy', ...; or a function. */
export type Loss = string | LossFunction;
/** 'accuracy', 'mse', ...; or a function. */
export type Metric = string | MetricFunction;

/** What `compile` takes. */
export interface ModelCompileArgs {
  /** 'sgd', 'adam', ... with default options, or what `train.*` makes. */
  optimizer: string | Optimizer;
  /** One for all outputs, or one for each: in a list, or by output name. */
  loss: Loss | readonly Loss[] | Record<string, Loss>;
  /** How much each output's loss counts: in order, or by output name. Default 1. */
  lossWeights?: readonly number[] | Record<string, number>;
  /** For every output, or by output name. */
  metrics?: Metric | readonly Metric[] | Record<string, Metric | readonly Metric[]>;
  /**
   * True: every step runs op by op as the layers are written, so that `call` can look at values.
   * Slower. Default false.
   */
  runEagerly?: boolean;
  /**
   * 'low': training keeps only some of what the forward pass computes, and computes the rest again
   * on the way back (Chen et al. 2016, arXiv:1604.06174). The memory for activations then grows with
   * about the square root of the number of layers, for up to one forward pass more in each step: a
   * quarter to a third more time. The numbers are the same to the bit, and the same masks are
   * drawn. Default 'normal'.
   */
  memory?: 'normal' | 'low';
}

const kNotYet = ['weightedMetrics', 'sampleWeightMode', 'targetTensors'];

/** A function of tensors as the module calls it while tracing. */
function asCore(f: LossFunction, what: string): CoreLossFunction {
  return (targets: CoreTensor, predictions: CoreTensor): CoreTensor => {
    let handle: CoreTensor | undefined;
    inScope(() => {
      // The scope frees them after; the module's own handles stay in its Program.
      const [yTrue, yPred] = [new Tensor(targets), new Tensor(predictions)];
      const result: unknown = f(yTrue, yPred);
      if (!(result instanceof Tensor)) {
        throw new ValueError(`The ${what} must return a tensor, but it returned ${typeof result}`);
      }
      handle = withTemporaries((temporary) => result.borrow(temporary).clone());
    });
    return handle!;
  };
}

/**
 * The module holds functions by a root that the garbage collector does not see through. It gets one
 * that leads to the user's weakly, who lives as long as `owner` does: a loss that knows its model is
 * then no ring.
 */
function weakly(f: CoreLossFunction, owner: CoreLossFunction[]): CoreLossFunction {
  owner.push(f);
  const ref = new WeakRef(f);
  return (targets, predictions) => ref.deref()!(targets, predictions);
}

const camelCase = (name: string): string =>
  name.replace(/[_\s]+(\w)/g, (_, letter: string) => letter.toUpperCase());

/** Spreads what was said of the outputs over them. */
function perOutput<T>(
  what: string,
  given: T | readonly T[] | Record<string, T>,
  names: readonly string[],
  isOne: (value: unknown) => boolean,
): (T | undefined)[] {
  if (isOne(given)) return names.map(() => given as T);
  if (Array.isArray(given)) {
    const list = given as readonly T[];
    if (list.length !== names.length) {
      throw new ValueError(
        `When passing an Array as ${what}, it should have one entry per model output. The model has ` +
          `${names.length} output(s), but you passed ${list.length}: ${what}=${String(given)}.`,
      );
    }
    return [...list];
  }
  if (typeof given !== 'object' || given === null) {
    throw new ValueError(
      `compile(): ${what} must be a list, one for each output, or an object by output name, got ` +
        typeof given,
    );
  }
  const byName = given as Record<string, T>;
  for (const key of Object.keys(byName)) {
    if (!names.includes(key)) {
      throw new ValueError(
        `Unknown entry in ${what} dictionary: "${key}". Only expected the following keys: ${names}`,
      );
    }
  }
  return names.map((name) => byName[name]);
}

const isLoss = (value: unknown) => typeof value === 'string' || typeof value === 'function';

function metricsPerOutput(
  metrics: ModelCompileArgs['metrics'],
  names: readonly string[],
): (readonly Metric[])[] {
  if (metrics === undefined || metrics === null) return names.map(() => []);
  const toList = (one: Metric | readonly Metric[] | undefined) =>
    one === undefined ? [] : isLoss(one) ? [one as Metric] : (one as readonly Metric[]);
  if (isLoss(metrics) || Array.isArray(metrics)) {
    const list = toList(metrics as Metric | readonly Metric[]);
    return names.map(() => list);
  }
  const byName = metrics as Record<string, Metric | readonly Metric[]>;
  return perOutput('metrics', byName, names, () => false).map(toList);
}

/** @internal What `compile` has made of its arguments. */
export interface Compiled {
  optimizer: Optimizer;
  goals: CoreGoal[];
  /** The functions that the goals lead to; to be kept as long as the goals are. */
  functions: CoreLossFunction[];
  runEagerly: boolean;
  lowMemory: boolean;
}

/** @internal Checks the arguments of `compile` for a model with these outputs. */
export function resolveCompile(args: ModelCompileArgs, outputNames: readonly string[]): Compiled {
  const known = ['optimizer', 'loss', 'lossWeights', 'metrics', 'runEagerly', 'memory'];
  checkKeys('compile()', args, [...known, ...kNotYet]);
  for (const key of kNotYet) {
    if ((args as unknown as Record<string, unknown>)[key] != null) {
      throw new NotImplementedError(`compile(): the option '${key}' is not supported yet`);
    }
  }

  const optimizer =
    typeof args.optimizer === 'string' ? makeOptimizer(args.optimizer) : args.optimizer;
  if (!(optimizer instanceof Optimizer)) {
    throw new ValueError(
      "compile(): optimizer must be a name ('sgd', 'adam') or what train.sgd() and the like return",
    );
  }
  if (args.loss === undefined || args.loss === null) {
    throw new ValueError(
      "compile(): loss is missing: a name ('meanSquaredError'), a function, or one for each output",
    );
  }
  const losses = perOutput<Loss>('loss', args.loss, outputNames, isLoss);
  const weights =
    args.lossWeights === undefined || args.lossWeights === null
      ? outputNames.map(() => 1)
      : perOutput<number>('lossWeights', args.lossWeights, outputNames, () => false);
  const metrics = metricsPerOutput(args.metrics, outputNames);

  const functions: CoreLossFunction[] = [];
  const goals = outputNames.map((name, i): CoreGoal => {
    const loss = losses[i];
    const weight = weights[i] ?? 1;
    if (!isLoss(loss)) {
      throw new ValueError(
        `compile(): output "${name}" has no loss: give each output a name or a function`,
      );
    }
    if (!Number.isFinite(weight)) {
      throw new ValueError(`compile(): lossWeights of "${name}" must be a number, got ${weight}`);
    }
    const toCore = (f: LossFunction, what: string) => weakly(asCore(f, what), functions);
    return {
      loss: typeof loss === 'function' ? toCore(loss, `loss of output "${name}"`) : loss!,
      weight,
      metrics: metrics[i]!.map((metric) => {
        if (typeof metric === 'string') return metric;
        if (typeof metric !== 'function') {
          throw new ValueError(`compile(): a metric must be a name or a function, got ${metric}`);
        }
        const key = metricNames.get(metric) ?? camelCase(metric.name || 'metric');
        return [key, toCore(metric, `metric "${key}"`)];
      }),
    };
  });
  const { runEagerly = false, memory = 'normal' } = args;
  if (typeof runEagerly !== 'boolean') {
    throw new ValueError(`compile(): runEagerly must be true or false, got ${String(runEagerly)}`);
  }
  if (memory !== 'normal' && memory !== 'low') {
    throw new ValueError(`compile(): memory must be 'normal' or 'low', got ${String(memory)}`);
  }
  return { optimizer, goals, functions, runEagerly, lowMemory: memory === 'low' };
}
