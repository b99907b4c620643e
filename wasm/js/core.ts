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
  /** The tensor that it returns is the module's to delete. */
  setConstraint(constraint: (value: CoreTensor) => CoreTensor): void;
  trainable(): boolean;
  setTrainable(trainable: boolean): void;
}

export interface CoreTape extends Handle {
  watch(x: CoreTensor): CoreTensor;
}

/** A value of the layer graph: [layer, call index, output index]. */
export type CoreSymbolic = [CoreLayer, number, number];

/** Plain values, as JSON has them. */
export type Plain = null | boolean | number | string | Plain[] | { [key: string]: Plain };

/** The record of one use of a layer. */
export interface CoreCall extends Handle {
  index(): number;
  inputs(): CoreSymbolic[];
  /** Of the outputs. */
  shapes(): number[][];
  dtypes(): number[];
}

export interface CoreLayer extends Handle {
  id(): number;
  name(): string;
  className(): string;
  config(): Record<string, Plain>;
  /** The options that all layers have. */
  baseConfig(): Record<string, Plain>;
  /** Returns the Call that this made; it lives as long as somebody holds it or what it made. */
  applySymbolic(inputs: CoreSymbolic[], args: Plain): CoreCall;
  applyValues(
    inputs: CoreTensor[],
    training: boolean,
    masks: (CoreTensor | null)[] | null,
  ): CoreTensor[];
  supportsMasking(): boolean;
  outputMasks(inputs: CoreTensor[], masks: (CoreTensor | null)[] | null): (CoreTensor | null)[];
  addWeight(variable: CoreVariable, trainable: boolean): void;
  /** The scalar that it returns is the module's to delete. */
  addLoss(loss: () => CoreTensor): void;
  numCalls(): number;
  /** Null when nobody holds it any more. */
  callAt(index: number): CoreCall | null;
  users(): CoreLayer[];
  sublayers(): CoreLayer[];
  built(): boolean;
  setBuilt(built: boolean): void;
  undoBuild(): void;
  build(inputs: number[][]): void;
  trainable(): boolean;
  setTrainable(trainable: boolean): void;
  trainableWeights(): CoreVariable[];
  nonTrainableWeights(): CoreVariable[];
  setWeights(values: CoreTensor[]): void;
  countParams(): number;
  outputShapes(inputs: number[][]): number[][];
}

/**
 * What the module calls of a layer that is written in JavaScript. The handles that it gets are its own
 * to delete; those that it returns are the module's.
 */
export interface CoreLayerHooks {
  config(): Record<string, Plain>;
  supportsMasking(): boolean;
  checkInputs(shapes: number[][]): void;
  build(shapes: number[][]): void;
  outputShapes(callIndex: number, shapes: number[][]): number[][];
  outputDtypes(dtypes: number[]): number[];
  call(
    inputs: CoreTensor[],
    training: boolean,
    masks: (CoreTensor | null)[] | null,
    callIndex: number,
  ): CoreTensor[];
  masks(
    inputs: CoreTensor[],
    masks: (CoreTensor | null)[] | null,
    callIndex: number,
  ): (CoreTensor | null)[];
  sublayers(): CoreLayer[];
}

/** A trace in progress, from its making to `delete`. */
export interface CoreTrace extends Handle {
  input(shape: number[], dtype: number): CoreTensor;
  finish(outputs: CoreTensor[]): CoreProgram;
}

export interface CoreProgram extends Handle {
  run(inputs: CoreTensor[]): CoreTensor[];
  describe(): string;
}

export interface CoreModel extends CoreLayer {
  layers(): CoreLayer[];
  getLayer(name: string): CoreLayer;
  inputs(): CoreSymbolic[];
  outputs(): CoreSymbolic[];
  inputNames(): string[];
  outputNames(): string[];
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

/** Gradients written in JavaScript. The handles in the list that it returns belong to the caller. */
export type CoreGradientFunction = (dy: CoreTensor, saved: CoreTensor[]) => CoreTensor[];

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
  predictBatch(x: CoreTensor[]): CoreTensor[];
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
type WithNumber = (x: CoreTensor, number: number) => CoreTensor;
type Reduction = (x: CoreTensor, axes: number[], keepDims: boolean) => CoreTensor;
type Scan = (x: CoreTensor, axis: number, exclusive: boolean, reverse: boolean) => CoreTensor;
/** What `window` holds: see wasm/bindings/ops_windows.cpp. */
type Convolution = (x: CoreTensor, filter: CoreTensor, window: number[]) => CoreTensor;

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
  | 'logSigmoid'
  | 'elu'
  | 'selu'
  | 'sin'
  | 'cos'
  | 'tan'
  | 'asin'
  | 'acos'
  | 'atan'
  | 'sinh'
  | 'cosh'
  | 'asinh'
  | 'acosh'
  | 'atanh'
  | 'erf'
  | 'floor'
  | 'ceil'
  | 'round'
  | 'isNaN'
  | 'isInf'
  | 'isFinite'
  | 'identity'
  | 'stopGradient'
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
  | 'divNoNan'
  | 'atan2'
  | 'prelu'
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

export type ReductionName = 'sum' | 'mean' | 'max' | 'min' | 'prod' | 'all' | 'any' | 'logSumExp';

export type ConvolutionName =
  | 'conv1d'
  | 'conv1dTranspose'
  | 'conv2d'
  | 'conv2dTranspose'
  | 'conv3d'
  | 'conv3dTranspose'
  | 'depthwiseConv1d'
  | 'depthwiseConv2d';

export type PoolingName =
  'maxPool1d' | 'avgPool1d' | 'maxPool' | 'avgPool' | 'maxPool3d' | 'avgPool3d';

export interface Core
  extends
    Record<UnaryName, Unary>,
    Record<BinaryName, Binary>,
    Record<'argMax' | 'argMin' | 'softmax' | 'logSoftmax' | 'expandDims', WithAxis>,
    Record<'leakyRelu' | 'step', WithNumber>,
    Record<'cumsum' | 'cumprod', Scan>,
    Record<ReductionName, Reduction>,
    Record<ConvolutionName, Convolution>,
    Record<PoolingName, WithList>,
    Record<'transpose' | 'reverse' | 'squeeze' | 'tile' | 'reshape' | 'broadcastTo', WithList> {
  /** Its buffer is another one after the memory has grown; with threads it is a SharedArrayBuffer. */
  wasmMemory: WebAssembly.Memory;
  /**
   * Shares the work among so many threads, or as many as can be had: returns how many. They are made
   * at once, or as there is work for them.
   */
  startThreads(count: number, atOnce: boolean): number;
  threadCount(): number;
  threadsBegun(): number;

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
  gatherND(x: CoreTensor, indices: CoreTensor): CoreTensor;
  scatterND(indices: CoreTensor, updates: CoreTensor, shape: number[]): CoreTensor;
  tensorScatterUpdate(x: CoreTensor, indices: CoreTensor, updates: CoreTensor): CoreTensor;
  /** box: [begin..., size..., steps...]. */
  sliceSteps(x: CoreTensor, box: number[]): CoreTensor;
  qr(x: CoreTensor, full: boolean): [CoreTensor, CoreTensor];
  /** Each slice along an axis `times` times, side by side. */
  repeat(x: CoreTensor, times: number, axis: number): CoreTensor;
  /** [values, indices]. */
  topk(x: CoreTensor, k: number): [CoreTensor, CoreTensor];
  searchSorted(sorted: CoreTensor, values: CoreTensor, right: boolean): CoreTensor;
  /** [mean, variance]. */
  moments(x: CoreTensor, axes: number[], keepDims: boolean): [CoreTensor, CoreTensor];
  einsum(equation: string, operands: CoreTensor[]): CoreTensor;
  normalize(
    x: CoreTensor,
    sizes: number[],
    gammaAndBeta: [CoreTensor | null, CoreTensor | null],
    epsilon: number,
  ): [CoreTensor, CoreTensor, CoreTensor];
  attention(
    q: CoreTensor,
    k: CoreTensor,
    v: CoreTensor,
    mask: CoreTensor | null,
    scale: number,
    causal: boolean,
  ): CoreTensor;
  batchNorm(
    x: CoreTensor,
    mean: CoreTensor,
    variance: CoreTensor,
    offsetAndScale: [CoreTensor | null, CoreTensor | null],
    epsilon: number,
  ): CoreTensor;
  /** An activation of layers by its name. */
  activation(name: string, x: CoreTensor): CoreTensor;
  /** size: [height, width, align corners, half pixel centers, channels first]. */
  resizeBilinear(images: CoreTensor, size: number[]): CoreTensor;
  resizeNearest(images: CoreTensor, size: number[]): CoreTensor;
  /** size: [height, width, bilinear]. */
  cropAndResize(
    images: CoreTensor,
    boxes: CoreTensor,
    index: CoreTensor,
    size: number[],
    fill: number,
  ): CoreTensor;
  /** size: [height, width, bilinear, outside]. */
  transform(images: CoreTensor, transforms: CoreTensor, size: number[], fill: number[]): CoreTensor;
  randomUniform(
    shape: number[],
    low: number,
    high: number,
    dtype: number,
    seed: number,
  ): CoreTensor;
  randomNormal(shape: number[], mean: number, stddev: number, seed: number): CoreTensor;
  truncatedNormal(shape: number[], mean: number, stddev: number, seed: number): CoreTensor;
  randomGamma(shape: number[], alpha: number, beta: number, seed: number): CoreTensor;
  dropout(x: CoreTensor, rate: number, noiseShape: number[], seed: number): CoreTensor;
  randomDraw(
    normal: boolean,
    shape: number[],
    a: number,
    b: number,
    seed: number,
    stream: CoreTensor,
  ): CoreTensor;
  setRandomSeed(seed: number): void;
  drawSeed(): number;

  Tape: new () => CoreTape;
  Trace: new () => CoreTrace;
  /** Whether a trace is in progress; whether ops are remembered, for that or for gradients. */
  tracing(): boolean;
  recording(): boolean;
  gradients(
    ys: CoreTensor[],
    gradYs: (CoreTensor | null)[],
    xs: CoreTensor[],
  ): (CoreTensor | null)[];
  customGradient(
    value: CoreTensor,
    inputs: CoreTensor[],
    saved: CoreTensor[],
    gradient: CoreGradientFunction,
  ): CoreTensor;
  variablesOf(y: CoreTensor): CoreVariable[];
  variableGradients(y: CoreTensor, variables: CoreVariable[]): (CoreTensor | null)[];

  makeLayer(className: string, options: Plain): CoreLayer;
  makeScriptLayer(className: string, options: Plain, hooks: CoreLayerHooks): CoreLayer;
  uniqueLayerName(className: string): string;
  /** A term of the loss (no name) or a value for the logs, from a layer that is being called. */
  addValue(name: string, value: CoreTensor): boolean;
  /** The name as it is spelled in configurations. Throws ValueError for an unknown one. */
  activationName(name: string): string;
  initialValue(initializer: Plain, shape: number[]): CoreTensor;
  initializerConfig(initializer: Plain): { className: string; config: Record<string, Plain> };
  makeModel(inputs: CoreSymbolic[], outputs: CoreSymbolic[], name: string): CoreModel;
  makeSequential(layers: CoreLayer[], name: string): CoreSequential;

  makeOptimizer(name: string, options: Plain): CoreOptimizer;
  makeTrainer(
    model: CoreModel,
    optimizer: CoreOptimizer,
    goals: CoreGoal[],
    eager: boolean,
    lowMemory: boolean,
  ): CoreTrainer;
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
