import { core } from './engine.js';
import { ValueError } from './errors.js';
import { inScope } from './lifetime.js';
import { borrow, withTemporaries, type TensorInput } from './ops/operation.js';
import { Tensor } from './tensor.js';

/** Keeps tensors for the gradient. */
export type GradSaveFunc = (save: Tensor[]) => void;

/** What the function given to `customGrad` returns. */
export interface CustomGradResult<T extends Tensor = Tensor> {
  value: T;
  /** From the gradient of the value and the saved tensors to the gradients of the inputs. */
  gradFunc: (dy: T, saved: Tensor[]) => Tensor | Tensor[];
}

/** Takes the inputs, then a function that saves tensors. */
export type CustomGradientFunc<T extends Tensor = Tensor> = (
  ...inputsAndSave: (Tensor | GradSaveFunc)[]
) => CustomGradResult<T>;

/** gradFunc as the core calls it: handles in, handles out, which are the caller's. */
function gradientFunction(gradFunc: CustomGradResult['gradFunc'], dy: Tensor, saved: Tensor[]) {
  const result = gradFunc(dy, saved);
  const list = Array.isArray(result) ? result : [result];
  return withTemporaries((temporary) => {
    const handles = list.map((gradient, i) => {
      if (!(gradient instanceof Tensor)) {
        throw new ValueError(
          'The function f passed in customGrad(f) must return an object where `obj.gradFunc` is ' +
            `a function that returns tensors, but gradient ${i} is of type ${typeof gradient}`,
        );
      }
      return gradient.borrow(temporary);
    });
    return handles.map((handle) => handle.clone());
  });
}

/**
 * A function with a gradient of one's own. f takes tensors and, last, a function that saves tensors;
 * it returns the value and `gradFunc`, which gives the gradient for each input from the gradient of
 * the value (of its shape) and the list of what was saved. Other tensors that f makes are freed at
 * its end. Works at once, while tracing, and, if gradFunc is made of ops, for gradients of gradients;
 * these also go through what was saved.
 *
 *   const clipped = hd.customGrad((x, save) => {
 *     save([x]);
 *     const gradFunc = (dy, [saved]) => dy.mul(saved.mul(2).clipByValue(-1, 1));
 *     return { value: x.square(), gradFunc };
 *   });
 *
 * Throws ValueError for arguments that are no tensors, for a result that is not as said, and, when
 * gradients are taken, for gradients that do not have the shapes of the inputs.
 */
export function customGrad<T extends Tensor = Tensor>(
  f: CustomGradientFunc<T>,
): (...args: Tensor[]) => T {
  if (typeof f !== 'function') {
    throw new ValueError(`The f passed in customGrad(f) must be a function, got ${typeof f}`);
  }
  return (...inputs) => {
    if (!inputs.every((input) => (input as unknown) instanceof Tensor)) {
      throw new ValueError(
        'The args passed in customGrad(f)(x1, x2,...) must all be tensors, got ' +
          inputs.map((input: unknown) => (input instanceof Tensor ? 'Tensor' : typeof input)),
      );
    }
    return inScope(() => {
      const saved: TensorInput[] = [];
      const { value, gradFunc } = (f(...inputs, (list: Tensor[]) => {
        saved.push(...list);
      }) ?? {}) as Partial<CustomGradResult<T>>;
      if (!((value as unknown) instanceof Tensor)) {
        throw new ValueError(
          'The function f passed in customGrad(f) must return an object where `obj.value` is a ' +
            `tensor, but it is of type ${typeof value}`,
        );
      }
      if (typeof gradFunc !== 'function') {
        throw new ValueError(
          'The function f passed in customGrad(f) must return an object where `obj.gradFunc` is ' +
            `a function, but it is of type ${typeof gradFunc}`,
        );
      }
      return withTemporaries((temporary) => {
        const take = (tensor: TensorInput, i: number) =>
          borrow('customGrad', `tensor ${i}`, tensor, temporary);
        return new Tensor(
          core().customGradient(
            value!.borrow(temporary),
            inputs.map(take),
            saved.map(take),
            (dy, kept) => {
              let handles: ReturnType<typeof gradientFunction> = [];
              inScope(() => {
                const own = [dy, ...kept].map((handle) => new Tensor(handle));
                handles = gradientFunction(
                  gradFunc as CustomGradResult['gradFunc'],
                  own[0]!,
                  own.slice(1),
                );
              });
              return handles;
            },
          ),
        ) as T;
      });
    });
  };
}
