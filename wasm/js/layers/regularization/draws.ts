import { scalar } from '../../create.js';
import { core } from '../../engine.js';
import { dropout, randomNormal, randomUniform } from '../../ops/random.js';
import { Tensor } from '../../tensor.js';
import { variable, type Variable } from '../../variable.js';

/**
 * @internal The random numbers of one layer: new ones at each draw, at once or in each run of a
 * Program. Layers of the same seed draw alike.
 */
export class Draws {
  readonly seed: number | null;
  /** How often it has drawn, if there is a seed. */
  readonly #count: Variable | null;

  constructor(seed: number | null) {
    this.seed = seed;
    this.#count = seed === null ? null : variable(scalar(0, 'int32'), false);
  }

  normal(shape: number[], mean: number, stddev: number): Tensor {
    if (this.seed === null) return randomNormal(shape, mean, stddev);
    return this.#draw(true, shape, mean, stddev);
  }

  uniform(shape: number[], low: number, high: number): Tensor {
    if (this.seed === null) return randomUniform(shape, low, high);
    return this.#draw(false, shape, low, high);
  }

  /** As the op; the noise's shape is that of x if not given. */
  dropout(x: Tensor, rate: number, noiseShape: number[] = x.shape): Tensor {
    if (this.seed === null) return dropout(x, rate, noiseShape);
    const kept = this.uniform(noiseShape, 0, 1).greaterEqual(rate);
    return x.mul(kept.toFloat().mul(1 / (1 - rate)));
  }

  #draw(normal: boolean, shape: number[], a: number, b: number): Tensor {
    const stream = this.#count!.read();
    this.#count!.assign(stream.add(scalar(1, 'int32')));
    return stream.with(
      (handle) => new Tensor(core().randomDraw(normal, shape, a, b, this.seed!, handle)),
    );
  }
}
