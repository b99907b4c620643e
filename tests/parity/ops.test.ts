// Every op forward and backward against TensorFlow.js on the same seeded inputs.
import { beforeAll, describe, expect, it } from 'vitest';
import type { Tensor } from '@tensorflow/tfjs';
import { draw, expectSame, hd, startBoth, tf, toTensor, type Library } from './compare';
import type { OpCase } from './op_case';
import { opCases as everyday } from './op_cases';
import { composedCases } from './op_cases_composed';
import { imageCases } from './op_cases_images';
import { mathsCases } from './op_cases_maths';
import { placeCases } from './op_cases_places';
import { windowCases } from './op_cases_windows';

const opCases: OpCase[] = [
  ...everyday,
  ...mathsCases,
  ...windowCases,
  ...placeCases,
  ...composedCases,
  ...imageCases,
];

beforeAll(startBoth);

const inputsOf = (library: Library, entry: OpCase) =>
  entry.inputs.map((spec, i) => toTensor(library, draw(spec, i + 1), spec));

/** The op's gradients for its float inputs under a seeded dy; whole-number inputs stay what they are. */
function gradients(library: Library, entry: OpCase): Tensor[] {
  const inputs = inputsOf(library, entry);
  const isFloat = inputs.map((input) => input.dtype === 'float32');
  const floats = inputs.filter((_, i) => isFloat[i]);
  const program = library === tf ? (entry.reference ?? entry.run) : entry.run;
  const run = (...given: Tensor[]) => {
    let next = 0;
    return program(library, ...inputs.map((input, i) => (isFloat[i] ? given[next++]! : input)));
  };
  const { shape } = run(...floats);
  const dy = { shape: [...shape], low: -1, high: 1 };
  return library.grads(run)(floats, toTensor(library, draw(dy, 99), dy));
}

describe('forward', () => {
  it.each(opCases.map((entry) => [entry.name, entry] as const))('%s', (name, entry) => {
    expectSame(name, (library) => entry.run(library, ...inputsOf(library, entry)));
  });
});

describe('gradient', () => {
  const differentiable = opCases.filter((entry) => entry.gradient !== false);
  it.each(differentiable.map((entry) => [entry.name, entry] as const))('%s', (name, entry) => {
    expectSame(`gradient of ${name}`, (library) => gradients(library, entry));
  });
});

describe('gradient at the edges', () => {
  const at = (values: number[], f: (l: Library, x: Tensor) => Tensor) => (l: Library) =>
    l.grad((x: Tensor) => f(l, x))(l.tensor1d(values));
  it.each([
    ['relu at 0', at([-1, 0, 1], (l, x) => l.relu(x))],
    ['relu6 at 0', at([-1, 0, 3, 7], (l, x) => l.relu6(x))],
    ['clip at its bounds', at([-1, 0, 0.5, 1, 2], (l, x) => l.clipByValue(x, 0, 1))],
    ['max with ties', at([1, 2, 2], (l, x) => l.max(x))],
    ['min with ties', at([1, 1, 2], (l, x) => l.min(x))],
    ['square used twice', at([-1, 2, 3], (l, x) => l.mul(l.square(x), x))],
    ['a value used three times', at([1, 2], (l, x) => l.add(l.add(x, x), x))],
  ] as const)('%s', (name, program) => expectSame(name, program));

  it('maximum and minimum give ties to the first', () => {
    for (const op of ['maximum', 'minimum'] as const) {
      expectSame(op, (l) =>
        l.grads((a: Tensor, b: Tensor) => l[op](a, b))([l.tensor1d([1, 2]), l.tensor1d([1, 2])]),
      );
    }
  });
});

describe('method chaining', () => {
  const x = { shape: [3, 4] };
  it.each([
    ['add().mul().sub()', (t: Tensor) => t.add(1).mul(2).sub(t)],
    ['relu().sum(axis)', (t: Tensor) => t.relu().sum(1)],
    ['reshape().transpose().slice()', (t: Tensor) => t.reshape([2, 6]).transpose().slice([1], [3])],
    ['softmax().argMax()', (t: Tensor) => t.softmax().argMax(-1)],
    ['matMul()', (t: Tensor) => t.matMul(t, false, true)],
    ['square().mean().sqrt()', (t: Tensor) => t.square().mean().sqrt()],
    ['concat()', (t: Tensor) => t.concat(t, 0)],
    ['greater().where()', (t: Tensor) => t.abs().where(t.greater(0), t)],
    ['expandDims().squeeze()', (t: Tensor) => t.expandDims(1).squeeze([1])],
    ['asType()', (t: Tensor) => t.asType('int32')],
  ] as const)('%s', (name, chain) => {
    expectSame(name, (library) => chain(toTensor(library, draw(x, 5), x)));
  });
});

describe('creation', () => {
  it.each([
    [
      'nested values',
      (l: Library) =>
        l.tensor([
          [1, 2],
          [3, 4],
        ]),
    ],
    ['scalar', (l: Library) => l.scalar(3.5)],
    ['booleans', (l: Library) => l.tensor([true, false, true])],
    ['Int32Array', (l: Library) => l.tensor(new Int32Array([1, -2, 3]))],
    ['Uint8Array', (l: Library) => l.tensor(new Uint8Array([1, 2, 255]))],
    ['zeros', (l: Library) => l.zeros([2, 3])],
    ['ones int32', (l: Library) => l.ones([2, 3], 'int32')],
    ['fill', (l: Library) => l.fill([2, 2], -1.5)],
    ['zerosLike', (l: Library) => l.zerosLike(l.tensor([[1, 2]]))],
    ['onesLike', (l: Library) => l.onesLike(l.tensor([[1, 2]]))],
    ['range', (l: Library) => l.range(1, 8, 2)],
    ['linspace', (l: Library) => l.linspace(0, 1, 5)],
    ['eye', (l: Library) => l.eye(3)],
    ['tensor4d', (l: Library) => l.tensor4d([1, 2, 3, 4], [1, 2, 2, 1])],
  ] as const)('%s', (name, make) => expectSame(name, make));

  it('array() gives the values nested', async () => {
    const values = [[[1, 2, 3]], [[4, 5, 6]]];
    expect(await hd.tensor(values).array()).toEqual(values);
    expect(hd.tensor(values).arraySync()).toEqual(values);
    expect(hd.scalar(7).arraySync()).toBe(7);
    expect(Array.from(await hd.tensor([1, 2]).data())).toEqual([1, 2]);
  });
});
