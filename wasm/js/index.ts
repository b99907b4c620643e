/**
 * Heddle: neural networks for the web, trained on the CPU through WebAssembly SIMD. Names and
 * semantics are those of TensorFlow.js; `await ready()` comes first.
 */
import * as layerExports from './layers/index.js';
import { registerLayerClasses } from './layers/registry.js';
import { installMethods } from './ops/chaining.js';
import { installComposedMethods } from './ops/chaining_composed.js';

installMethods();
installComposedMethods();
registerLayerClasses(layerExports);

export { info, ready, type Build, type EngineInfo, type ReadyOptions } from './engine.js';
export { HeddleError, NotImplementedError, OutOfMemoryError, ValueError } from './errors.js';
export { dispose, keep, tidy } from './lifetime.js';
export { memory, type MemoryInfo } from './memory.js';

export type { ArrayMap, DataType, DataTypeMap, Rank, Shape } from './dtype.js';
export type { NestedArray, TensorLike, TypedArray } from './dtype.js';
export { Tensor, type Scalar, type Tensor1D, type Tensor2D, type Tensor3D } from './tensor.js';
export type { Tensor4D, Tensor5D, Tensor6D } from './tensor.js';
export { eye, fill, linspace, ones, onesLike, range, scalar, zeros, zerosLike } from './create.js';
export { tensor, tensor1d, tensor2d, tensor3d, tensor4d, tensor5d, tensor6d } from './create.js';
export { TensorBuffer, buffer } from './tensor_buffer.js';
export { Variable, disposeVariables, variable } from './variable.js';

export type { TensorMethods } from './ops/chaining.js';
export type { ComposedMethods } from './ops/chaining_composed.js';
export type { TensorInput } from './ops/operation.js';
export * from './ops/arithmetic.js';
export * from './ops/unary.js';
export * from './ops/reduce.js';
export * from './ops/matmul.js';
export * from './ops/shape.js';
export * from './ops/indexing.js';
export * from './ops/conv.js';
export * from './ops/pool.js';
export type { Pad, PerAxis, Rounding } from './ops/windows.js';
export * from './ops/order.js';
export * from './ops/normalization.js';
export * as fused from './ops/fused.js';
export * from './ops/random.js';
export * from './ops/draws.js';
export * from './ops/vectors.js';
export * from './ops/local_response_normalization.js';
export * from './ops/averages.js';
export * from './ops/cells.js';
export { bincount, denseBincount, unsortedSegmentSum } from './ops/counting.js';
export { mirrorPad, pad1d, pad2d, pad3d, pad4d } from './ops/padding.js';
export * from './ops/print.js';
export * from './ops/ranked.js';
export * from './ops/selecting.js';
export * from './ops/shapes.js';
export * from './ops/space_to_batch.js';
export * from './ops/strided_slice.js';
export * from './ops/window_places.js';
export { sparseToDense } from './ops/sparse.js';
export { cosineWindow, enclosingPowerOfTwo } from './ops/signal.js';
export * as image from './namespaces/image.js';
export * as linalg from './ops/linalg.js';
export * as math from './namespaces/math.js';
export * as signal from './namespaces/signal.js';
export * as sparse from './namespaces/sparse.js';
export { Reduction } from './ops/losses.js';
export * as losses from './namespaces/losses.js';

export { grad, grads, valueAndGrad, valueAndGrads, variableGrads } from './gradients.js';
export type { AnyVariable, NamedGradients } from './gradients.js';
export { jit } from './jit.js';
export { customGrad, type CustomGradResult, type CustomGradientFunc } from './custom_grad.js';
export type { GradSaveFunc } from './custom_grad.js';

export * as layers from './layers/index.js';
export { Layer, type CallArgs, type ConfigDict, type LayerArgs } from './layers/layer.js';
export { LayerVariable } from './layers/layer_variable.js';
export { RNN } from './layers/recurrent/index.js';
export { Call, SymbolicTensor } from './layers/symbolic.js';
export { InputSpec, type InputSpecArgs } from './layers/input_spec.js';
export type { Kwargs, LayerClass } from './layers/layer.js';
export * as initializers from './namespaces/initializers.js';
export * as regularizers from './namespaces/regularizers.js';
export * as constraints from './namespaces/constraints.js';
export * as serialization from './namespaces/serialization.js';
export { Initializer } from './initializers.js';

export { input, type InputConfig } from './input.js';
export { LayersModel, model, type ContainerArgs } from './model.js';
export type { ModelEvaluateArgs, ModelPredictArgs } from './model.js';
export { Sequential, sequential, type SequentialArgs } from './sequential.js';
export type { Loss, LossFunction, Metric, ModelCompileArgs } from './training/compile.js';
export type { ModelData } from './training/data.js';
export type { ModelFitArgs } from './training/fit.js';
export type { YieldEvery } from './training/yielding.js';
export * as metrics from './namespaces/metrics.js';
export type { MetricFunction } from './training/metrics.js';
export * as train from './namespaces/train.js';
export { AdadeltaOptimizer, AdagradOptimizer, AdamaxOptimizer } from './training/optimizers.js';
export { AdamOptimizer, MomentumOptimizer, Optimizer } from './training/optimizers.js';
export { RMSPropOptimizer } from './training/optimizers.js';
export { SGDOptimizer, type NamedTensor } from './training/optimizers.js';
export * as callbacks from './namespaces/callbacks.js';
export { Callback, CustomCallback, EarlyStopping, History } from './training/callbacks.js';
export type { CustomCallbackArgs, EarlyStoppingArgs, Logs, Params } from './training/callbacks.js';
export * as applications from './applications/index.js';
export type { MobileNetV2Args } from './applications/index.js';
export { attribution, type Attribution, type AttributionPart } from './attribution.js';

export * as datasets from './namespaces/datasets.js';
export * as util from './util.js';
export { nextFrame } from './next_frame.js';
export * as browser from './browser.js';
export * from './environment.js';
export { profile, time } from './profiling.js';
export type { KernelInfo, ProfileInfo, TimeInfo } from './profiling.js';
