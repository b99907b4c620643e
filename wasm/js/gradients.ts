import type { CoreTensor, CoreVariable } from './core.js';
import { core } from './engine.js';
import { ValueError } from './errors.js';
import { inScope } from './lifetime.js';
import { layerVariable, type LayerVariable } from './layers/layer_variable.js';
import { borrow, withTemporaries, type TensorInput } from './ops/operation.js';
import { Tensor, type Scalar } from './tensor.js';
import type { Variable } from './variable.js';
import { variableById } from './variable.js';

/** Gradients by the names of the variables. */
export type NamedGradients = Record<string, Tensor>;
/** What can be trained: what `variable()` makes, and the weights of layers. */
export type AnyVariable = Variable | LayerVariable;

type Watched = (tape: (x: CoreTensor) => CoreTensor) => Tensor;

/** Runs `work` under a tape, which ends with it whatever happens. */
function underTape(work: Watched): Tensor {
  const tape = new (core().Tape)();
  try {
    return work((x) => tape.watch(x));
  } finally {
    tape.delete();
  }
}

function checkResult(y: unknown, where: string): asserts y is Tensor {
  if (!(y instanceof Tensor)) {
    throw new ValueError(
      `The f passed in ${where} must return a tensor, but it returned ${typeof y}`,
    );
  }
}

/** Evaluates f at xs, and the gradients of its result (weighted by dy) there. */
function valueAndGradients(
  where: string,
  f: (...xs: Tensor[]) => Tensor,
  xs: readonly TensorInput[],
  dy: TensorInput | null | undefined,
): { value: Tensor; grads: Tensor[] } {
  return inScope(() => {
    const watched: Tensor[] = [];
    const value = underTape((watch) => {
      withTemporaries((temporary) => {
        xs.forEach((x, i) => {
          watched.push(new Tensor(watch(borrow(where, `x[${i}]`, x, temporary))));
        });
      });
      const y = f(...watched);
      checkResult(y, where);
      return y;
    });
    return withTemporaries((temporary) => {
      const y = borrow(where, 'y', value, temporary);
      const weight = dy == null ? null : borrow(where, 'dy', dy, temporary);
      if (weight !== null && String(weight.shape()) !== String(y.shape())) {
        throw new ValueError(
          `The shape of dy passed in ${where} must match the shape returned by f: got ` +
            `[${weight.shape()}] and [${y.shape()}]`,
        );
      }
      const inputs = watched.map((x) => x.borrow(temporary));
      const handles = core().gradients([y], [weight], inputs);
      const grads = handles.map((handle) => handle && new Tensor(handle));
      if (grads.includes(null)) {
        throw new ValueError(
          `Cannot compute gradient of y=f(x) with respect to x[${grads.indexOf(null)}]. Make sure ` +
            'that the f you passed encloses all operations that lead from x to y.',
        );
      }
      return { value, grads: grads as Tensor[] };
    });
  });
}

function checkFunction(f: unknown, where: string): void {
  if (typeof f !== 'function') {
    throw new ValueError(`The f passed in ${where} must be a function, got ${typeof f}`);
  }
}

function checkList(xs: unknown, where: string): void {
  if (!Array.isArray(xs) || xs.length === 0) {
    throw new ValueError(`The args passed in ${where} must be a list of tensors`);
  }
}

/**
 * The derivative of f: a function of x (and dy, by default ones, of the shape of f's result) that
 * gives the gradient of sum(f(x) · dy). It can be differentiated again.
 */
export function grad(f: (x: Tensor) => Tensor): (x: TensorInput, dy?: TensorInput) => Tensor {
  checkFunction(f, 'grad(f)');
  return (x, dy) => {
    const { value, grads: list } = valueAndGradients('grad(f)(x, dy)', f, [x], dy);
    value.dispose();
    return list[0]!;
  };
}

/** As grad, for a function of several tensors: gives a list of gradients. */
export function grads(
  f: (...xs: Tensor[]) => Tensor,
): (xs: readonly TensorInput[], dy?: TensorInput) => Tensor[] {
  checkFunction(f, 'grads(f)');
  return (xs, dy) => {
    checkList(xs, 'grads(f)([x1, x2, ...], dy)');
    const { value, grads: list } = valueAndGradients('grads(f)([x1, x2, ...], dy)', f, xs, dy);
    value.dispose();
    return list;
  };
}

/** As grad, and gives the value too. */
export function valueAndGrad(
  f: (x: Tensor) => Tensor,
): (x: TensorInput, dy?: TensorInput) => { value: Tensor; grad: Tensor } {
  checkFunction(f, 'valueAndGrad(f)');
  return (x, dy) => {
    const { value, grads: list } = valueAndGradients('valueAndGrad(f)(x, dy)', f, [x], dy);
    return { value, grad: list[0]! };
  };
}

/** As grads, and gives the value too. */
export function valueAndGrads(
  f: (...xs: Tensor[]) => Tensor,
): (xs: readonly TensorInput[], dy?: TensorInput) => { value: Tensor; grads: Tensor[] } {
  checkFunction(f, 'valueAndGrads(f)');
  return (xs, dy) => {
    checkList(xs, 'valueAndGrads(f)([x1, x2, ...], dy)');
    return valueAndGradients('valueAndGrads(f)([x1, x2, ...], dy)', f, xs, dy);
  };
}

/** The object that users know a Variable of the module by. Takes the handle over. */
function publicVariable(handle: CoreVariable): AnyVariable {
  const own = variableById(handle.id());
  if (own === undefined) return layerVariable(handle);
  handle.delete();
  return own;
}

/**
 * The variables of the last call of `variableGrads`, by name: gradients may come back under these
 * names, in an object of the caller's making.
 */
let lastVariables = new Map<string, AnyVariable>();

/** @internal A variable that the last `variableGrads` gave a gradient for. */
export const variableOfLastGradients = (name: string): AnyVariable | undefined =>
  lastVariables.get(name);

/**
 * The value of f, a function without arguments that returns a scalar, and its gradient for each
 * variable that it reads: those listed, or else all trainable ones, weights of layers included. The
 * gradients have the variables' names.
 */
export function variableGrads(
  f: () => Tensor,
  varList?: readonly AnyVariable[] | null,
): { value: Scalar; grads: NamedGradients } {
  checkFunction(f, 'variableGrads(f)');
  return inScope(() => {
    const value = underTape(() => {
      const y = f();
      checkResult(y, 'variableGrads(f)');
      return y;
    });
    if (value.rank !== 0) {
      throw new ValueError(
        'The f passed in variableGrads(f) must return a scalar, but it returned a rank-' +
          `${value.rank} tensor`,
      );
    }
    return withTemporaries((temporary) => {
      const y = value.borrow(temporary);
      const used = core().variablesOf(y).map(publicVariable);
      const asked = varList ?? used;
      const wanted = [...new Set(asked)].filter((variable) => variable.core.trainable());
      // in the order in which they were made, as weights are listed
      if (varList == null) wanted.sort((a, b) => a.core.id() - b.core.id());
      if (wanted.length === 0) {
        throw new ValueError(
          'variableGrads() expects at least one of the input variables to be trainable, but none ' +
            `of the ${asked.length} variables is trainable.`,
        );
      }
      const handles = core().variableGradients(
        y,
        wanted.map((variable) => variable.core),
      );
      const named: NamedGradients = {};
      const names = new Map<string, AnyVariable>();
      wanted.forEach((variable, i) => {
        const handle = handles[i];
        if (handle == null) return;
        // Layers of different models may have the same name.
        let name = variable.name;
        for (let n = 1; name in named; n++) name = `${variable.name}_${n}`;
        named[name] = new Tensor(handle);
        names.set(name, variable);
      });
      if (names.size === 0) {
        throw new ValueError(
          'Cannot find a connection between any variable and the result of the loss function ' +
            'y=f(x). Please make sure the operations that use variables are inside the function f ' +
            'passed to variableGrads().',
        );
      }
      lastVariables = names;
      return { value: value as Scalar, grads: named };
    });
  });
}
