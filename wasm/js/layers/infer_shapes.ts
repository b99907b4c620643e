import type { Shape } from '../dtype.js';
import { core } from '../engine.js';
import { inScope } from '../lifetime.js';
import { Tensor } from '../tensor.js';
import { wantsValues } from './hooks.js';

/**
 * @internal The shapes of what `run` makes of inputs of these shapes, found by tracing it twice with
 * different sizes for the unknown dimensions: what differs is unknown. Null where it asks for values.
 */
export function inferOutputShapes(
  shapes: readonly Shape[],
  run: (inputs: Tensor[]) => Tensor[],
): Shape[] | null {
  const attempt = (standIn: number): number[][] => {
    let found: number[][] = [];
    inScope(() => {
      const trace = new (core().Trace)();
      try {
        const inputs = shapes.map(
          (shape) =>
            new Tensor(
              trace.input(
                shape.map((dim) => dim ?? standIn),
                0,
              ),
            ),
        );
        found = run(inputs).map(({ shape }) => [...shape]);
      } finally {
        trace.delete();
      }
    });
    return found;
  };
  try {
    const [first, second] = [attempt(7), attempt(11)];
    return first.map((shape, i) =>
      shape.map((dim, axis) => (dim === second[i]?.[axis] ? dim : null)),
    );
  } catch (error) {
    if (wantsValues(error)) return null;
    throw error;
  }
}
