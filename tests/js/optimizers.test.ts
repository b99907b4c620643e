// Optimizers outside of models: own training loops.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { expectValueError, expectValues, random, start } from './support';

beforeAll(start);

it('shares of means that make no sense are refused', () => {
  expectValueError(() => hd.train.adam(0.1, 2), 'beta1 must be in [0, 1), got 2');
  expectValueError(() => hd.train.adamax(0.1, 0.9, -1), 'beta2');
  expectValueError(() => hd.train.adadelta(0.1, 1), 'rho');
});

describe('applyGradients', () => {
  it('sgd', () => {
    const v = hd.variable([1, 2], true, 'ag_sgd');
    hd.train.sgd(0.1).applyGradients({ ag_sgd: hd.tensor([10, -10]) });
    expectValues(v, [0, 3]);
    hd.train.sgd(0.5).applyGradients([{ name: 'ag_sgd', tensor: hd.tensor([2, 2]) }]);
    expectValues(v, [-1, 2]);
  });

  it.each([
    [false, [1 - 0.1 * 1, 0.9 - 0.1 * 1.5]],
    [true, [1 - 0.1 * 1.5, 0.85 - 0.1 * (1 + 0.5 * 1.5)]],
  ] as const)('momentum, nesterov %s', (nesterov, expected) => {
    const v = hd.variable(hd.scalar(1), true, `ag_m_${nesterov}`);
    const optimizer = hd.train.momentum(0.1, 0.5, nesterov);
    for (const wanted of expected) {
      optimizer.applyGradients({ [v.name]: hd.scalar(1) });
      expectValues(v, [wanted]);
    }
  });

  it('adam', () => {
    const v = hd.variable(hd.scalar(1));
    const optimizer = hd.train.adam(0.1);
    let [m, s, w] = [0, 0, 1];
    [3, -1, 0.5].forEach((g, i) => {
      optimizer.applyGradients({ [v.name]: hd.scalar(g) });
      m = 0.9 * m + 0.1 * g;
      s = 0.999 * s + 0.001 * g * g;
      const t = i + 1;
      w -= (0.1 * (m / (1 - 0.9 ** t))) / (Math.sqrt(s / (1 - 0.999 ** t)) + 1e-7);
      expectValues(v, [w]);
      expect(optimizer.iterations).toBe(t);
    });
  });

  it('takes gradients of layers, also out of an object of the caller', () => {
    const layer = hd.layers.dense({ units: 2 });
    const x = random([4, 3], 1);
    const { grads } = hd.variableGrads(() => (layer.apply(x) as hd.Tensor).sum());
    const bias = layer.weights[1]!;
    const halves = Object.fromEntries(
      Object.entries(grads).map(([name, gradient]) => [name, gradient.mul(0.5)]),
    );
    hd.train.sgd(1).applyGradients(halves);
    expectValues(bias.read(), [-2, -2]);
  });

  it('refuses names that no variable has', () => {
    expectValueError(() => hd.train.sgd(1).applyGradients({ nobody: hd.scalar(1) }), 'nobody');
  });

  it('refuses a gradient of another shape', () => {
    const v = hd.variable([1, 2], true, 'ag_shape');
    expectValueError(() => hd.train.sgd(1).applyGradients({ ag_shape: hd.tensor([1, 2, 3]) }));
    expectValues(v, [1, 2]);
  });
});

describe('minimize', () => {
  it('fits a line', () => {
    const [a, b] = [hd.variable(hd.scalar(0)), hd.variable(hd.scalar(0))];
    const x = hd.linspace(-1, 1, 20);
    const y = x.mul(3).add(-2);
    const optimizer = hd.train.adam(0.2);
    const loss = () => a.mul(x).add(b).sub(y).square().mean();
    const first = optimizer.minimize(loss, true)!.dataSync()[0]!;
    const before = hd.memory().numTensors;
    for (let i = 0; i < 200; i++) expect(optimizer.minimize(loss)).toBeNull();
    expect(hd.memory().numTensors).toBe(before);
    expect(loss().dataSync()[0]!).toBeLessThan(first / 1000);
    expectValues(a, [3], 0.05);
    expectValues(b, [-2], 0.05);
  });

  it('takes a list of variables', () => {
    const [a, b] = [hd.variable(hd.scalar(1)), hd.variable(hd.scalar(1))];
    hd.train.sgd(0.1).minimize(() => a.mul(b), false, [b]);
    expectValues(a, [1]);
    expectValues(b, [0.9]);
  });
});

describe('what an optimizer says of itself', () => {
  it.each([
    [() => hd.train.sgd(0.1), 'SGD', { learningRate: 0.1 }],
    [
      () => hd.train.momentum(0.1, 0.9, true),
      'Momentum',
      { learningRate: 0.1, momentum: 0.9, useNesterov: true },
    ],
    [
      () => hd.train.adam(),
      'Adam',
      { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
    ],
  ] as const)('%#', (make, name, config) => {
    const optimizer = make();
    expect(optimizer).toBeInstanceOf(hd.Optimizer);
    expect(optimizer.getClassName()).toBe(name);
    const said = optimizer.getConfig();
    expect(Object.keys(said).sort()).toEqual(Object.keys(config).sort());
    for (const [key, value] of Object.entries(config)) {
      if (typeof value === 'number') expect(said[key]).toBeCloseTo(value, 9);
      else expect(said[key]).toBe(value);
    }
    expect(optimizer.learningRate).toBe(config.learningRate);
    expect(optimizer.iterations).toBe(0);
  });

  it('the learning rate can be changed', () => {
    const v = hd.variable(hd.scalar(1), true, 'lr');
    const optimizer = hd.train.sgd(0.1);
    optimizer.setLearningRate(0.5);
    expect(optimizer.learningRate).toBe(0.5);
    optimizer.applyGradients({ lr: hd.scalar(1) });
    expectValues(v, [0.5]);
  });

  it('wrong options are refused', () => {
    expectValueError(() => hd.train.sgd('fast' as unknown as number), 'learningRate');
  });
});
