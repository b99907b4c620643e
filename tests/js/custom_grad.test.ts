// customGrad: gradients of one's own, at once, traced, and differentiated again.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { expectValueError, expectValues, start, values } from './support';

beforeAll(start);

type Save = hd.GradSaveFunc;
const customGrad = (
  f: (x: hd.Tensor, save: Save) => hd.CustomGradResult,
): ((x: hd.Tensor) => hd.Tensor) => hd.customGrad(f as hd.CustomGradientFunc);

/** x², whose gradient says 10 x. */
const tenfold = customGrad((x, save) => {
  save([x]);
  return { value: x.square(), gradFunc: (dy, [saved]) => dy.mul(saved!).mul(10) };
});

describe('values and gradients', () => {
  it('the value is that of f', () => {
    expectValues(tenfold(hd.tensor1d([1, -2, 3])), [1, 4, 9]);
  });

  it('the gradient is that of gradFunc', () => {
    expectValues(hd.grad(tenfold)([1, -2, 3]), [10, -20, 30]);
    expectValues(hd.grad(tenfold)([1, -2, 3], [1, 2, 0]), [10, -40, 0]);
    expectValues(hd.grad((x) => tenfold(x.mul(2)).exp().log())([1, 2]), [40, 80]);
  });

  it('several inputs', () => {
    const product = hd.customGrad((...args) => {
      const [a, b, save] = args as [hd.Tensor, hd.Tensor, Save];
      save([a, b]);
      return {
        value: a.mul(b),
        gradFunc: (dy, saved) => [dy.mul(saved[1]!).add(1), dy.mul(saved[0]!).add(2)],
      };
    });
    const [da, db] = hd.grads(product)([
      [2, 3],
      [5, 7],
    ]);
    expectValues(da!, [6, 8]);
    expectValues(db!, [4, 5]);
  });

  it('an input that a variable is', () => {
    const w = hd.variable([1, 2]);
    const { value, grads } = hd.variableGrads(() => tenfold(w).sum());
    expectValues(value, [5]);
    expectValues(grads[w.name]!, [10, 20]);
    w.dispose();
  });

  it('a value that is the input itself', () => {
    const through = customGrad((x) => ({ value: x, gradFunc: (dy) => dy.neg() }));
    const x = hd.tensor1d([1, 2]);
    const y = through(x);
    expect(y).not.toBe(x);
    y.dispose();
    expectValues(x, [1, 2]);
    expectValues(hd.grad(through)([1, 2]), [-1, -1]);
  });

  it('without a gradient being asked for, gradFunc is not called', () => {
    let calls = 0;
    const counted = customGrad((x) => ({
      value: x.neg(),
      gradFunc: (dy) => {
        calls++;
        return dy;
      },
    }));
    counted(hd.tensor1d([1]));
    expect(calls).toBe(0);
    hd.grad(counted)([1]);
    expect(calls).toBe(1);
  });
});

describe('higher derivatives', () => {
  it('of what is saved', () => {
    expectValues(hd.grad(hd.grad(tenfold))([1, -2, 3]), [10, 10, 10]);
  });

  it('through an intermediate that is saved', () => {
    // exp, whose gradient is itself: all derivatives are.
    const exp = customGrad((x, save) => {
      const y = x.exp();
      save([y]);
      return { value: y, gradFunc: (dy, [saved]) => dy.mul(saved!) };
    });
    const e = [Math.exp(0.5), Math.exp(-1)];
    const first = hd.grad(exp);
    expectValues(first([0.5, -1]), e);
    expectValues(hd.grad(first)([0.5, -1]), e);
    expectValues(hd.grad(hd.grad(first))([0.5, -1]), e);
  });

  it('of a tensor that gradFunc closes over', () => {
    const cube = customGrad((x) => ({
      value: x.mul(x).mul(x),
      gradFunc: (dy) => dy.mul(x.square().mul(3)),
    }));
    expectValues(hd.grad(hd.grad(cube))([2, -3]), [12, -18]);
  });
});

describe('while tracing', () => {
  it('in a loss: training takes the gradient, and calls no JavaScript', async () => {
    let calls = 0;
    // The mean squared error, at half of its gradient.
    const slowed = hd.customGrad((...args) => {
      const [error, save] = args as [hd.Tensor, Save];
      save([error]);
      return {
        value: error.square(),
        gradFunc: (dy, [saved]) => {
          calls++;
          return dy.mul(saved!);
        },
      };
    });
    const train = async (loss: hd.LossFunction) => {
      const layer = hd.layers.dense({
        units: 1,
        useBias: false,
        inputShape: [2],
        kernelInitializer: 'ones',
      });
      const model = hd.sequential({ layers: [layer] });
      model.compile({ optimizer: hd.train.sgd(0.1), loss });
      const x = hd.tensor2d([
        [1, 2],
        [3, 4],
      ]);
      const y = hd.tensor2d([[1], [1]]);
      await model.fit(x, y, { epochs: 4, batchSize: 2, shuffle: false });
      return values(layer.getWeights()[0]!);
    };
    const half = await train((y, p) => p.sub(y).square().mul(0.5));
    const custom = await train((y, p) => slowed(p.sub(y)));
    expect(calls).toBe(1);
    custom.forEach((weight, i) => expect(weight).toBeCloseTo(half[i]!, 5));
  });
});

describe('in jit', () => {
  it('inside, around, and differentiated again', () => {
    const traced = hd.jit((x: hd.Tensor) => tenfold(x).sum());
    expectValues(traced(hd.tensor1d([1, 2, 3])) as hd.Tensor, [14]);
    expectValues(hd.grad(traced as (x: hd.Tensor) => hd.Tensor)([1, 2, 3]), [10, 20, 30]);
    const gradient = hd.jit(hd.grad(tenfold)) as (x: hd.Tensor) => hd.Tensor;
    expectValues(gradient(hd.tensor1d([1, 2, 3])), [10, 20, 30]);
    expectValues(hd.grad(gradient)([1, 2, 3]), [10, 10, 10]);
  });
});

describe('memory', () => {
  it('nothing stays', () => {
    const run = () =>
      hd.tidy(() => {
        hd.grad(tenfold)([1, 2, 3]);
        hd.grad(hd.grad(tenfold))([1, 2, 3]);
      });
    run();
    const before = hd.memory();
    for (let i = 0; i < 20; i++) run();
    const after = hd.memory();
    expect(after.numTensors).toBe(before.numTensors);
    expect(after.numBytes).toBe(before.numBytes);
  });

  it('what f makes besides is freed at its end', () => {
    let inner: hd.Tensor | undefined;
    const x = hd.tensor1d([1]);
    const y = customGrad((x) => {
      inner = x.add(1);
      return { value: inner.mul(2), gradFunc: (dy) => dy };
    })(x);
    expect(inner!.isDisposed).toBe(true);
    expectValues(y, [4]);
  });
});

describe('misuse', () => {
  const f = (result: unknown) => customGrad(() => result as hd.CustomGradResult);
  const x = () => hd.tensor1d([1, 2]);
  const value = () => hd.tensor1d([1, 2]);

  it('of the function', () => {
    expectValueError(() => hd.customGrad(3 as never), 'customGrad(f)', 'must be a function');
    expectValueError(() => f(undefined)(x()), '`obj.value` is a tensor', 'undefined');
    expectValueError(() => f({ value: 3, gradFunc: () => x() })(x()), '`obj.value`', 'number');
    expectValueError(() => f({ value: value() })(x()), '`obj.gradFunc` is a function');
  });

  it('of the arguments', () => {
    expectValueError(() => tenfold([1, 2] as never), 'must all be tensors');
  });

  it('of gradFunc', () => {
    const giving = (result: unknown) => () =>
      hd.grad(customGrad((x) => ({ value: x.neg(), gradFunc: () => result as hd.Tensor })))([1, 2]);
    expectValueError(giving(undefined), 'a function that returns tensors');
    expectValueError(giving([]), 'one gradient for each of the 1 inputs, got 0');
    expectValueError(giving(hd.tensor1d([1, 2, 3])), 'gradient of shape [2] for input 0', '[3]');
    expectValueError(giving(hd.tensor1d([1, 2], 'int32')), 'got int32');
  });

  it('errors of f and of gradFunc arrive as they are', () => {
    const broken = customGrad(() => {
      throw new RangeError('in f');
    });
    expect(() => broken(x())).toThrow(new RangeError('in f'));
    const later = customGrad((x) => ({
      value: x.neg(),
      gradFunc: () => {
        throw new RangeError('in gradFunc');
      },
    }));
    expect(() => hd.grad(later)([1])).toThrow(new RangeError('in gradFunc'));
    expectValues(hd.grad(tenfold)([1]), [10]);
  });
});
