// What the WebAssembly module exports: the types of wasm/bindings. Shapes are arrays of numbers in
// which -1 stands for an unknown dimension, dtypes are numbers (see dtype.ts).

/** An object in the module. Whoever holds it calls delete() when done; most also free themselves. */
export interface Handle {
  delete(): void;
  clone(): this;
}

export interface CoreTensor extends Handle {
  shape(): number[];
  dtype(): number;
  /** Byte address of the values. Throws ValueError while tracing. */
  address(): number;
  detach(): CoreTensor;
}

export interface CoreVariable extends Handle {
  id(): number;
  name(): string;
  shape(): number[];
  dtype(): number;
  version(): number;
  address(): number;
  value(): CoreTensor;
  trainable: boolean;
}

export interface CoreTape extends Handle {
  watch(x: CoreTensor): CoreTensor;
}

/** A value of the layer graph: [layer, call index, output index]. */
export type CoreSymbolic = [CoreLayer, number, number];

/** Plain values, as JSON has them. */
export type Plain = null | boolean | number | string | Plain[] | { [key: string]: Plain };

export interface CoreLayer extends Handle {
  id(): number;
  name(): string;
  className(): string;
  config(): Record<string, Plain>;
  applySymbolic(inputs: CoreSymbolic[]): number;
  applyValues(inputs: CoreTensor[], training: boolean): CoreTensor[];
  numCalls(): number;
  call(index: number): { shapes: number[][]; dtypes: number[] };
  inputsOf(index: number): CoreSymbolic[];
  users(): CoreLayer[];
  sublayers(): CoreLayer[];
  built(): boolean;
  trainable(): boolean;
  setTrainable(trainable: boolean): void;
  trainableWeights(): CoreVariable[];
  nonTrainableWeights(): CoreVariable[];
  setWeights(values: CoreTensor[]): void;
  countParams(): number;
  outputShapes(inputs: number[][]): number[][];
}

export interface CoreModel extends CoreLayer {
  layers(): CoreLayer[];
  getLayer(name: string): CoreLayer;
  inputs(): CoreSymbolic[];
  outputs(): CoreSymbolic[];
  inputNames(): string[];
  outputNames(): string[];
  summary(lineLength: number): string[];
}

export interface CoreSequential extends CoreModel {
  add(layer: CoreLayer): void;
  pop(): void;
  stack(): CoreLayer[];
}

export interface CoreOptimizer extends Handle {
  className(): string;
  config(): Record<string, Plain>;
  learningRate(): number;
  setLearningRate(rate: number): void;
  iterations(): number;
  weights(): CoreVariable[];
  applyGradients(variables: CoreVariable[], gradients: CoreTensor[]): void;
}

/** Loss or metric in JavaScript. The handle it returns belongs to the caller. */
export type CoreLossFunction = (targets: CoreTensor, predictions: CoreTensor) => CoreTensor;

/** What `compile` was told about one output. */
export interface CoreGoal {
  loss: string | CoreLossFunction;
  weight: number;
  metrics: (string | [string, CoreLossFunction])[];
}

export interface CoreTrainer extends Handle {
  stale(): boolean;
  metricNames(): string[];
  trainBatch(x: CoreTensor[], y: CoreTensor[]): number[];
  attribution(x: CoreTensor[], y: CoreTensor[]): CoreAttribution[];
}

export interface CoreAttribution {
  variable: CoreVariable;
  total: CoreTensor;
  parts: { path: [CoreLayer, number][]; gradient: CoreTensor; norm: number }[];
  cosine: number[][];
}

export interface CoreTrainingRun extends Handle {
  beginEpoch(shuffle: boolean, seed: number): void;
  advance(maxSteps: number, maxMilliseconds: number): number;
  epochDone(): boolean;
  samples(): number;
  stepsPerEpoch(): number;
  lastBatchSize(): number;
  batchLog(index: number): number;
  epochLog(index: number): number;
}

type Unary = (x: CoreTensor) => CoreTensor;
type Binary = (a: CoreTensor, b: CoreTensor) => CoreTensor;
type WithAxis = (x: CoreTensor, axis: number) => CoreTensor;
type WithList = (x: CoreTensor, list: number[]) => CoreTensor;
type Reduction = (x: CoreTensor, axes: number[], keepDims: boolean) => CoreTensor;

export type UnaryName =
  | 'neg'
  | 'abs'
  | 'sign'
  | 'exp'
  | 'expm1'
  | 'log'
  | 'log1p'
  | 'sqrt'
  | 'rsqrt'
  | 'square'
  | 'reciprocal'
  | 'relu'
  | 'relu6'
  | 'sigmoid'
  | 'tanh'
  | 'softplus'
  | 'identity'
  | 'logicalNot';

export type BinaryName =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'floorDiv'
  | 'mod'
  | 'pow'
  | 'maximum'
  | 'minimum'
  | 'squaredDifference'
  | 'equal'
  | 'notEqual'
  | 'less'
  | 'lessEqual'
  | 'greater'
  | 'greaterEqual'
  | 'logicalAnd'
  | 'logicalOr'
  | 'logicalXor'
  | 'softmaxCrossEntropy'
  | 'sparseSoftmaxCrossEntropy'
  | 'sigmoidCrossEntropy';

export interface Core
  extends
    Record<UnaryName, Unary>,
    Record<BinaryName, Binary>,
    Record<'argMax' | 'argMin' | 'softmax' | 'logSoftmax' | 'expandDims', WithAxis>,
    Record<'sum' | 'mean' | 'max' | 'min', Reduction>,
    Record<'transpose' | 'reverse' | 'squeeze' | 'tile' | 'reshape' | 'broadcastTo', WithList> {
  HEAPU8: Uint8Array;

  emptyTensor(shape: number[], dtype: number): CoreTensor;
  makeVariable(initial: CoreTensor, name: string, trainable: boolean): CoreVariable;
  readVariable(variable: CoreVariable): CoreTensor;
  assignVariable(variable: CoreVariable, value: CoreTensor): void;
  allocations(): number;
  liveBytes(): number;
  liveBuffers(): number;
  heapBytes(): number;

  concat(tensors: CoreTensor[], axis: number): CoreTensor;
  stack(tensors: CoreTensor[], axis: number): CoreTensor;
  split(x: CoreTensor, sizes: number[], axis: number): CoreTensor[];
  slice(x: CoreTensor, begin: number[], size: number[]): CoreTensor;
  pad(x: CoreTensor, before: number[], after: number[], value: number): CoreTensor;
  matMul(a: CoreTensor, b: CoreTensor, transposeA: boolean, transposeB: boolean): CoreTensor;
  clipByValue(x: CoreTensor, low: number, high: number): CoreTensor;
  where(condition: CoreTensor, a: CoreTensor, b: CoreTensor): CoreTensor;
  cast(x: CoreTensor, dtype: number): CoreTensor;
  gather(x: CoreTensor, indices: CoreTensor, axis: number): CoreTensor;
  oneHot(indices: CoreTensor, depth: number, on: number, off: number, dtype: number): CoreTensor;
  conv2d(x: CoreTensor, filter: CoreTensor, window: number[]): CoreTensor;
  maxPool(x: CoreTensor, window: number[]): CoreTensor;
  avgPool(x: CoreTensor, window: number[]): CoreTensor;
  randomUniform(
    shape: number[],
    low: number,
    high: number,
    dtype: number,
    seed: number,
  ): CoreTensor;
  randomNormal(shape: number[], mean: number, stddev: number, seed: number): CoreTensor;
  truncatedNormal(shape: number[], mean: number, stddev: number, seed: number): CoreTensor;
  dropout(x: CoreTensor, rate: number, noiseShape: number[], seed: number): CoreTensor;
  setRandomSeed(seed: number): void;
  drawSeed(): number;

  Tape: new () => CoreTape;
  gradients(
    ys: CoreTensor[],
    gradYs: (CoreTensor | null)[],
    xs: CoreTensor[],
  ): (CoreTensor | null)[];
  variablesOf(y: CoreTensor): CoreVariable[];
  variableGradients(y: CoreTensor, variables: CoreVariable[]): (CoreTensor | null)[];

  makeLayer(className: string, options: Plain): CoreLayer;
  initialValue(initializer: Plain, shape: number[]): CoreTensor;
  initializerConfig(initializer: Plain): { className: string; config: Record<string, Plain> };
  makeModel(inputs: CoreSymbolic[], outputs: CoreSymbolic[], name: string): CoreModel;
  makeSequential(layers: CoreLayer[], name: string): CoreSequential;

  makeOptimizer(name: string, options: Plain): CoreOptimizer;
  makeTrainer(model: CoreModel, optimizer: CoreOptimizer, goals: CoreGoal[]): CoreTrainer;
  makeTrainingRun(
    trainer: CoreTrainer,
    train: boolean,
    x: CoreTensor[],
    y: CoreTensor[],
    batchSize: number,
  ): CoreTrainingRun;
  ProgramCache: new () => Handle;
  predict(model: CoreModel, cache: Handle, x: CoreTensor[]): CoreTensor[];
  metric(name: string, targets: CoreTensor, predictions: CoreTensor): CoreTensor;
}
