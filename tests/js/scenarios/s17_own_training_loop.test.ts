// S17: a variable outside any layer, and a training loop of one's own; the same in hd.jit.
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { difference, errorOf, random, start, values as valuesOf } from './support';

beforeAll(start);
afterEach(() => hd.disposeVariables());

const values = (tensor: hd.Tensor): number[] => Array.from(valuesOf(tensor));

const kTrue = [2, -3, 0.5];
const kSteps = 60;

const optimizers = {
  sgd: () => hd.train.sgd(0.2),
  momentum: () => hd.train.momentum(0.05, 0.9),
  adam: () => hd.train.adam(0.1),
};

/** A linear model of variables alone, its data, and one step of training. */
function scene(optimizer: hd.Optimizer) {
  const x = random([40, kTrue.length], 1);
  const y = x.matMul(hd.tensor2d(kTrue, [kTrue.length, 1])).add(0.25);
  const weight = hd.variable(hd.zeros([kTrue.length, 1]));
  const bias = hd.variable(hd.scalar(0));
  const predict = (input: hd.Tensor) => input.matMul(weight).add(bias);
  const step = (input: hd.Tensor, target: hd.Tensor): hd.Scalar => {
    const { value, grads } = hd.variableGrads(() =>
      hd.losses.meanSquaredError(target, predict(input)),
    );
    optimizer.applyGradients(grads);
    return value;
  };
  return { x, y, weight, bias, predict, step };
}

describe('S17: an own training loop', () => {
  it.each(Object.entries(optimizers))('with %s the loss falls', (name, make) => {
    const { x, y, weight, bias, step } = scene(make());
    const losses = Array.from({ length: kSteps }, () => values(step(x, y))[0]!);
    expect(losses.at(-1)).toBeLessThan(0.05 * losses[0]!);
    // The first step of sgd by hand: minus the rate times the gradient of the mean square.
    if (name !== 'sgd') return;
    const first = scene(make());
    const xs = values(first.x);
    const ys = values(first.y);
    first.step(first.x, first.y);
    const gradient = kTrue.map(
      (_, k) => ys.reduce((sum, target, i) => sum - 2 * target * xs[i * 3 + k]!, 0) / ys.length,
    );
    const expected = gradient.map((g) => -0.2 * g);
    expect(difference(values(first.weight), expected)).toBeLessThan(1e-5);
    expect(weight.version).toBe(kSteps);
    expect(bias.version).toBe(kSteps);
  });

  it('finds what the data were made of', () => {
    const { x, y, weight, bias, predict, step } = scene(hd.train.adam(0.1));
    for (let i = 0; i < 400; i++) step(x, y);
    expect(difference(values(weight), kTrue)).toBeLessThan(1e-2);
    expect(values(bias)[0]).toBeCloseTo(0.25, 2);
    expect(difference(values(predict(x)), values(y))).toBeLessThan(1e-2);
  });

  it.each(Object.entries(optimizers))(
    'with %s the same loop in hd.jit gives the same numbers',
    (_, make) => {
      const [plain, traced] = [scene(make()), scene(make())];
      let runs = 0;
      const step = hd.jit((x: hd.Tensor, y: hd.Tensor) => {
        runs++;
        return traced.step(x, y);
      });
      for (let i = 0; i < kSteps; i++) {
        const expected = values(plain.step(plain.x, plain.y));
        const actual = values(step(traced.x, traced.y));
        expect(difference(actual, expected), `loss of step ${i}`).toBeLessThan(1e-5);
      }
      expect(runs, 'JavaScript runs only while tracing').toBe(1);
      expect(difference(values(traced.weight), values(plain.weight))).toBeLessThan(1e-5);
      expect(difference(values(traced.bias), values(plain.bias))).toBeLessThan(1e-5);
      expect(traced.weight.version).toBe(kSteps);
    },
  );

  it('in hd.jit keeps the state of variables between calls, and sees what is assigned outside', () => {
    const counter = hd.variable(hd.scalar(0), false);
    const count = hd.jit((by: hd.Tensor) => {
      counter.assign(counter.add(by));
      return counter.mul(10);
    });
    expect(values(count(hd.scalar(2)))).toEqual([20]);
    expect(values(count(hd.scalar(3)))).toEqual([50]);
    expect(values(counter)).toEqual([5]);
    counter.assign(hd.scalar(100));
    expect(values(count(hd.scalar(1)))).toEqual([1010]);
    expect(values(counter)).toEqual([101]);
  });

  it('in hd.jit traces anew for another shape, with the same variables', () => {
    const { weight, step } = scene(hd.train.sgd(0.1));
    const jitted = hd.jit(step);
    const target = (x: hd.Tensor) => x.sum(1, true);
    const losses = [40, 7, 40, 7].map((rows, i) => {
      const x = random([rows, 3], 10 + i);
      return values(jitted(x, target(x)))[0]!;
    });
    expect(weight.version).toBe(4);
    expect(losses[2]).toBeLessThan(losses[0]!);
  });

  it('minimize() does the same in one call', () => {
    const [loop, short] = [scene(hd.train.sgd(0.2)), scene(hd.train.sgd(0.2))];
    const optimizer = hd.train.sgd(0.2);
    for (let i = 0; i < 5; i++) {
      const expected = loop.step(loop.x, loop.y);
      const loss = () => hd.losses.meanSquaredError(short.y, short.predict(short.x));
      const actual = optimizer.minimize(loss, true)!;
      expect(values(actual)).toEqual(values(expected));
    }
    expect(values(short.weight)).toEqual(values(loop.weight));
  });

  it('assigning another shape is an error, and the variable stays', () => {
    const v = hd.variable(hd.tensor2d([[1, 2]]), true, 'fixed');
    const error = errorOf(() => v.assign(hd.zeros([2, 1])));
    expect(error).toBeInstanceOf(hd.ValueError);
    expect(error.message).toContain('fixed');
    expect(error.message).toContain('[1,2]');
    expect(error.message).toContain('[2,1]');
    const inside = hd.jit(() => {
      v.assign(hd.zeros([3]));
      return v.sum();
    });
    expect(errorOf(() => inside())).toBeInstanceOf(hd.ValueError);
    expect(values(v)).toEqual([1, 2]);
  });

  it('making a second variable of the same name is an error', () => {
    const first = hd.variable(hd.scalar(1), true, 'only');
    const error = errorOf(() => hd.variable(hd.scalar(2), true, 'only'));
    expect(error).toBeInstanceOf(hd.ValueError);
    expect(error.message).toMatch(/only.*already/);
    expect(values(first)).toEqual([1]);
  });
});
