import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { expectValueError, expectValues, start } from './support';

beforeAll(start);

describe('jit', () => {
  it('traces once for each structure, shapes and values, and gives the same numbers', () => {
    let calls = 0;
    const f = hd.jit(({ a, b }: { a: hd.Tensor; b: hd.Tensor[] }, factor: number) => {
      calls++;
      return { sum: a.add(b[0]!).mul(factor), list: [b[1]!.square()] };
    });
    const args = (n: number) => ({ a: hd.range(0, n), b: [hd.ones([n]), hd.fill([n], 3)] });
    for (let i = 0; i < 3; i++) {
      const { sum, list } = f(args(3), 2);
      expectValues(sum, [2, 4, 6]);
      expectValues(list[0]!, [9, 9, 9]);
    }
    expect(calls).toBe(1);
    f(args(4), 2);
    expect(calls).toBe(2);
    expectValues(f(args(3), 5).sum, [5, 10, 15]);
    expect(calls).toBe(3);
    f(args(4), 5);
    f(args(3), 2);
    expect(calls).toBe(4);
  });

  it('reads and assigns variables in each run', () => {
    const count = hd.variable(hd.scalar(1));
    const twice = hd.jit((x: hd.Tensor) => {
      count.assign(count.add(1));
      return x.mul(count);
    });
    expectValues(twice(hd.scalar(10)), [20]);
    expectValues(twice(hd.scalar(10)), [30]);
    expectValues(count, [3]);
    count.assign(hd.scalar(0));
    expectValues(twice(hd.scalar(10)), [10]);
  });

  it('draws random numbers anew', () => {
    const draw = hd.jit(() => hd.randomNormal([4]));
    expect(Array.from(draw().dataSync())).not.toEqual(Array.from(draw().dataSync()));
  });

  it('gradients go through it, and it takes functions of gradients', () => {
    const cube = hd.jit((x: hd.Tensor) => x.mul(x).mul(x));
    expectValues(hd.grad(cube)(hd.tensor([1, 2])), [3, 12]);
    const both = hd.jit(hd.valueAndGrads((a: hd.Tensor, b: hd.Tensor) => a.mul(b).square()));
    const { value, grads } = both([hd.scalar(2), hd.scalar(3)]);
    expectValues(value, [36]);
    expectValues(grads[0]!, [36]);
    expectValues(grads[1]!, [24]);
    const second = hd.jit(hd.grad(hd.grad(cube)));
    expectValues(second(hd.scalar(4)), [24]);
  });

  it('a training step with its optimizer is one program', () => {
    const make = () => hd.variable(hd.tensor([[0.5], [-0.5]]));
    const x = hd.tensor([
      [1, 2],
      [3, 4],
      [5, 7],
    ]);
    const y = hd.tensor([[1], [2], [3]]);
    const train = (wrap: <F extends (...args: never[]) => unknown>(f: F) => F) => {
      const w = make();
      const optimizer = hd.train.adam(0.1);
      const step = wrap((inputs: hd.Tensor, targets: hd.Tensor) => {
        const loss = () => hd.losses.meanSquaredError(targets, inputs.matMul(w)) as hd.Scalar;
        const { value, grads } = hd.variableGrads(loss);
        optimizer.applyGradients(grads);
        return value;
      });
      const losses = Array.from({ length: 8 }, () => step(x, y).dataSync()[0]!);
      return [...losses, ...w.dataSync()];
    };
    const eager = train((f) => f);
    const traced = train(hd.jit);
    traced.forEach((value, i) => expect(value).toBeCloseTo(eager[i]!, 5));
    expect(traced[7]).toBeLessThan(traced[0]!);
  });

  it('takes layers and models', () => {
    const layer = hd.layers.dense({ units: 2, activation: 'relu' });
    const x = hd.randomNormal([3, 4]);
    const f = hd.jit((input: hd.Tensor) => layer.apply(input) as hd.Tensor);
    const traced = f(x);
    expectValues(traced, Array.from((layer.apply(x) as hd.Tensor).dataSync()));
    layer.setWeights([hd.ones([4, 2]), hd.zeros([2])]);
    expectValues(f(hd.ones([3, 4])), [4, 4, 4, 4, 4, 4]);
  });

  it('says why a function cannot be traced, and all goes on', () => {
    const f = hd.jit((x: hd.Tensor) => (x.dataSync()[0]! > 0 ? x : x.neg()));
    expectValueError(() => f(hd.ones([1])), 'not known yet');
    expectValueError(() => f(hd.ones([1])), 'runEagerly');
    expectValueError(() => hd.jit(3 as never), 'function');
    const late = hd.jit((async (x: hd.Tensor) => x) as (x: hd.Tensor) => unknown);
    expectValueError(() => late(hd.ones([1])), 'asynchronous');
    expectValues(hd.ones([1]).add(1), [2]);
  });

  it('leaves nothing behind', () => {
    const f = hd.jit((x: hd.Tensor) => x.square().sum());
    f(hd.ones([10])).dispose();
    const x = hd.ones([10]);
    const before = hd.memory().numTensors;
    for (let i = 0; i < 100; i++) f(x).dispose();
    expect(hd.memory().numTensors).toBe(before);
  });
});
