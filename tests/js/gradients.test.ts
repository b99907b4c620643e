// Gradients by hand, of gradients, of variables; what cannot be differentiated.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { errorOf, expectValueError, expectValues, random, start } from './support';

beforeAll(start);

describe('grad and its kin', () => {
  it('grad', () => {
    const cubed = hd.grad((x) => x.mul(x).mul(x));
    expectValues(cubed(hd.tensor([1, 2, 3])), [3, 12, 27]);
    expectValues(cubed(2), [12]);
    expectValues(cubed(hd.tensor([1, 2]), hd.tensor([10, 1])), [30, 12]);
  });

  it('grads', () => {
    const f = hd.grads((a, b) => a.matMul(b).sum());
    const [da, db] = f([hd.tensor([[1, 2]]), hd.tensor([[3], [4]])]);
    expect(da!.arraySync()).toEqual([[3, 4]]);
    expect(db!.arraySync()).toEqual([[1], [2]]);
  });

  it('valueAndGrad and valueAndGrads', () => {
    const one = hd.valueAndGrad((x) => x.square())(hd.tensor([3, 4]));
    expectValues(one.value, [9, 16]);
    expectValues(one.grad, [6, 8]);
    const two = hd.valueAndGrads((a, b) => a.div(b))([hd.scalar(6), hd.scalar(2)]);
    expectValues(two.value, [3]);
    expectValues(two.grads[0]!, [0.5]);
    expectValues(two.grads[1]!, [-1.5]);
  });

  it('of gradients', () => {
    const fourth = (x: hd.Tensor) => x.square().square();
    const second = hd.grad((x) => hd.grad(fourth)(x));
    const third = hd.grad((x) => hd.grad((y) => hd.grad(fourth)(y))(x));
    expectValues(second(hd.scalar(2)), [48]);
    expectValues(third(hd.scalar(2)), [48]);
    // An inner function that uses the outer's x: d/dx of x * d/dy (x y²) at y = x is 6x².
    const mixed = hd.grad((x) => x.mul(hd.grad((y) => x.mul(y.square()))(x)));
    expectValues(mixed(hd.scalar(2)), [24]);
  });

  it('through every way a value is used', () => {
    const f = hd.grad((x) =>
      hd
        .concat([x, x.mul(2)])
        .sum()
        .add(x.slice([0], [1]).sum()),
    );
    expectValues(f(hd.tensor([1, 2])), [4, 3]);
  });

  it('agree with differences', () => {
    const f = (x: hd.Tensor) => hd.softmax(x.tanh().matMul(x, true)).mul(x.matMul(x, true)).sum();
    const x = random([3, 3], 1);
    const gradient = hd.grad(f)(x).dataSync();
    const base = Array.from(x.dataSync());
    const h = 1e-2;
    base.forEach((_, i) => {
      const at = (shift: number) =>
        f(
          hd.tensor(
            base.map((v, j) => (i === j ? v + shift : v)),
            [3, 3],
          ),
        ).dataSync()[0]!;
      expect((at(h) - at(-h)) / (2 * h)).toBeCloseTo(gradient[i]!, 2);
    });
  });

  it('leave only what they return', () => {
    const x = hd.tensor([1, 2]);
    const before = hd.memory().numTensors;
    const result = hd.grad((y) => y.mul(2).add(y).relu().sum())(x);
    expect(hd.memory().numTensors).toBe(before + 1);
    result.dispose();
    hd.dispose(hd.valueAndGrad((y) => y.square().sum())(x));
    expect(hd.memory().numTensors).toBe(before);
  });
});

describe('variableGrads', () => {
  it('gives each variable its gradient, by name', () => {
    const a = hd.variable(hd.tensor([1, 2]), true, 'vg_a');
    const b = hd.variable(hd.scalar(3), true, 'vg_b');
    const { value, grads } = hd.variableGrads(() => a.mul(b).sum());
    expectValues(value, [9]);
    expect(Object.keys(grads)).toEqual(['vg_a', 'vg_b']);
    expectValues(grads.vg_a!, [3, 3]);
    expectValues(grads.vg_b!, [3]);
    hd.dispose([a, b]);
  });

  it('sums over every use', () => {
    const w = hd.variable(hd.scalar(2));
    const { grads } = hd.variableGrads(() => w.square().add(w.mul(5)) as hd.Scalar);
    expectValues(grads[w.name]!, [9]);
  });

  it('takes a list, and leaves out what is not trainable', () => {
    const a = hd.variable(hd.scalar(1), true, 'vl_a');
    const b = hd.variable(hd.scalar(1), false, 'vl_b');
    const c = hd.variable(hd.scalar(1), true, 'vl_c');
    const f = () => a.add(b).add(c) as hd.Scalar;
    expect(Object.keys(hd.variableGrads(f).grads)).toEqual(['vl_a', 'vl_c']);
    expect(Object.keys(hd.variableGrads(f, [c]).grads)).toEqual(['vl_c']);
    expectValueError(() => hd.variableGrads(f, [b]), 'none of the 1 variables is trainable');
    hd.dispose([a, b, c]);
  });

  it('finds the weights of layers', () => {
    const layer = hd.layers.dense({ units: 2, name: 'vg_dense' });
    const x = random([4, 3], 1);
    const { grads } = hd.variableGrads(() => (layer.apply(x) as hd.Tensor).sum());
    expect(Object.keys(grads)).toEqual(['vg_dense/kernel', 'vg_dense/bias']);
    expectValues(grads['vg_dense/bias']!, [4, 4]);
    expectValues(
      grads['vg_dense/kernel']!,
      Array.from(x.sum(0).expandDims(1).tile([1, 2]).dataSync()),
    );
  });
});

describe('variableGrads with layers that are frozen', () => {
  it('leaves their weights out until they are thawed', () => {
    const layers = ['frozen', 'free'].map((name) => hd.layers.dense({ units: 2, name }));
    const f = () => {
      const hidden = layers[0]!.apply(random([4, 3], 1));
      return (layers[1]!.apply(hidden) as hd.Tensor).sum();
    };
    layers[0]!.trainable = false; // before it has weights
    const free = ['free/kernel', 'free/bias'];
    expect(Object.keys(hd.variableGrads(f).grads)).toEqual(free);
    layers[0]!.trainable = true;
    expect(Object.keys(hd.variableGrads(f).grads)).toEqual([
      'frozen/kernel',
      'frozen/bias',
      ...free,
    ]);
    layers[0]!.trainable = false;
    expect(Object.keys(hd.variableGrads(f).grads)).toEqual(free);
  });
});

it('the gradient through flat ops alone is zero, as in TensorFlow.js', () => {
  const flat = hd.grad((x) => x.argMax().toFloat())(hd.tensor([1, 2]));
  expect(flat.arraySync()).toEqual([0, 0]);
});

describe('what cannot be', () => {
  it('a result that does not depend on x', () => {
    const error = errorOf(() => hd.grad(() => hd.scalar(3))(hd.scalar(1)));
    expect(error).toBeInstanceOf(hd.HeddleError);
    expect(error.message).toContain('Cannot compute gradient of y=f(x) with respect to x');
  });

  it('a result that is no tensor, or no scalar', () => {
    expectValueError(() => hd.grad(() => 3 as unknown as hd.Tensor)(1), 'must return a tensor');
    const v = hd.variable(hd.tensor([1, 2]));
    expectValueError(() => hd.variableGrads(() => v.square()), 'scalar', 'rank-1');
    expectValueError(() => hd.variableGrads(() => hd.scalar(1)), 'none of the 0 variables');
  });

  it('a dy of another shape', () => {
    expectValueError(() => hd.grad((x) => x.mul(2))(hd.tensor([1, 2]), hd.tensor([1])), 'dy');
  });

  it('what is no function', () => {
    expectValueError(() => hd.grad(3 as unknown as () => hd.Tensor), 'must be a function');
  });

  it('an exception inside passes through, and everything still works after', () => {
    const mine = new RangeError('mine');
    const thrown = errorOf(() =>
      hd.grad((x) => {
        x.mul(2);
        throw mine;
      })(hd.scalar(1)),
    );
    expect(thrown).toBe(mine);
    expectValues(hd.grad((x) => x.square())(hd.scalar(3)), [6]);
    // No tape is left open: what is computed now does not remember its past.
    const before = hd.memory().numDataBuffers;
    const v = hd.variable(2);
    hd.tidy(() => v.mul(2).mul(3).mul(4).add(1).dataSync());
    expect(hd.memory().numDataBuffers).toBe(before + 1);
  });
});
