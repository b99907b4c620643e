// What the module calls of layers whose class is written in JavaScript.
import type { CoreLayer, CoreLayerHooks, CoreTensor } from '../core.js';
import { dtypeCode, dtypeName, toShape, type DataType, type Shape } from '../dtype.js';
import { HeddleError, ValueError } from '../errors.js';
import { inScope } from '../lifetime.js';
import { withTemporaries } from '../ops/operation.js';
import type { ConfigDict } from '../serialization.js';
import { Tensor } from '../tensor.js';

/** @internal What a layer has for its hooks, besides what users see of it. */
export interface Hooked {
  supportsMasking: boolean;
  getConfig(): ConfigDict;
  checkInputShapes(shapes: readonly Shape[]): void;
  buildFor(shapes: readonly Shape[]): void;
  outputShapesOf(callIndex: number, shapes: readonly Shape[]): Shape[];
  computeOutputDtypes(dtypes: DataType[]): DataType[];
  runCall(
    callIndex: number,
    inputs: Tensor[],
    training: boolean,
    masks: (Tensor | null)[] | null,
  ): Tensor[];
  masksOf(callIndex: number, inputs: Tensor[], masks: (Tensor | null)[] | null): (Tensor | null)[];
  sublayerHandles(): CoreLayer[];
}

const shapesFrom = (shapes: number[][]): Shape[] => shapes.map(toShape);
const shapesTo = (shapes: readonly Shape[]): number[][] =>
  shapes.map((shape) => shape.map((dim) => dim ?? -1));

/** Wraps handles that are ours to delete. */
const wrap = (handles: (CoreTensor | null)[]): (Tensor | null)[] =>
  handles.map((handle) => handle && new Tensor(handle));

/** Runs `work`, what it made is freed; returns handles of what it gives, for the module to delete. */
function handlesOf(work: () => (Tensor | null)[]): (CoreTensor | null)[] {
  let handles: (CoreTensor | null)[] = [];
  inScope(() => {
    withTemporaries((temporary) => {
      handles = work().map((tensor) => tensor && tensor.borrow(temporary).clone());
    });
  });
  return handles;
}

/**
 * @internal The module holds these by a root that the garbage collector does not see through, so
 * they know their layer weakly: it lives as long as anybody holds it or a model that has it.
 */
export function makeHooks(hooked: Hooked): CoreLayerHooks {
  const ref = new WeakRef(hooked);
  const layer = (): Hooked => {
    const alive = ref.deref();
    if (alive === undefined) throw new HeddleError('A layer was used after it was collected');
    return alive;
  };
  return {
    config: () => layer().getConfig(),
    supportsMasking: () => layer().supportsMasking,
    checkInputs: (shapes) => layer().checkInputShapes(shapesFrom(shapes)),
    build: (shapes) => layer().buildFor(shapesFrom(shapes)),
    outputShapes: (index, shapes) => shapesTo(layer().outputShapesOf(index, shapesFrom(shapes))),
    outputDtypes: (dtypes) => layer().computeOutputDtypes(dtypes.map(dtypeName)).map(dtypeCode),
    call: (inputs, training, masks, index) =>
      handlesOf(() =>
        layer().runCall(index, wrap(inputs) as Tensor[], training, masks && wrap(masks)),
      ) as CoreTensor[],
    masks: (inputs, masks, index) =>
      handlesOf(() => layer().masksOf(index, wrap(inputs) as Tensor[], masks && wrap(masks))),
    sublayers: () => layer().sublayerHandles(),
  };
}

/**
 * @internal A tensor that is also a list of itself. TensorFlow.js gives `call` a list of one tensor
 * inside a model and the tensor alone outside: code for either finds what it looks for.
 */
export function alsoList(x: Tensor): Tensor {
  return Object.defineProperties(x, {
    0: { value: x },
    length: { value: 1 },
    [Symbol.iterator]: {
      *value() {
        yield x;
      },
    },
  });
}

/** @internal The outputs of a `call` as a list. Throws ValueError where they are no tensors. */
export function outputsOf(result: unknown, layer: string): Tensor[] {
  const list: unknown[] = Array.isArray(result) ? (result as unknown[]) : [result];
  for (const output of list.length > 0 ? list : [undefined]) {
    if (output instanceof Tensor) continue;
    throw new ValueError(
      `call() of layer '${layer}' must return a tensor or a list of tensors, but it returned ` +
        (output instanceof Promise
          ? 'a promise: it must not be asynchronous'
          : output === null
            ? 'null'
            : typeof output),
    );
  }
  return list as Tensor[];
}

/** @internal Whether an error says that values of traced tensors were asked for. */
export const wantsValues = (error: unknown): boolean =>
  error instanceof HeddleError &&
  error.message.startsWith('The values of this tensor are not known');

/** @internal Runs a function of the user's that makes a tensor; returns a handle for the module to delete. */
export function handleOf(work: () => unknown, what: string): CoreTensor {
  let handle: CoreTensor | undefined;
  inScope(() => {
    const result = work();
    if (!(result instanceof Tensor)) {
      throw new ValueError(`The ${what} must return a tensor, but it returned ${typeof result}`);
    }
    handle = withTemporaries((temporary) => result.borrow(temporary).clone());
  });
  return handle!;
}
