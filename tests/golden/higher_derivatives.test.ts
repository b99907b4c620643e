// First, second and third derivatives of ops against golden files from PyTorch. make_golden.py
// makes the files.
import { beforeAll, expect, it } from 'vitest';
import * as hd from 'heddle';
import { expectGolden, readCases, start, toTensor, type Entry } from './support';

beforeAll(start);

interface OpCase {
  op: string;
  inputs: Entry[];
  /** For f's output, then for the gradients of each input, twice. */
  directions: Entry[][];
  /** [f(inputs)]; then, for each direction, gradients of the sum of what stands before along it. */
  derivatives: Entry[][];
}

type Op = (a: hd.Tensor, b: hd.Tensor) => hd.Tensor;

/** As in cases/higher_derivatives.py: composed so that a third derivative is left. */
const composed: Record<string, Op> = {
  square: (x) => hd.square(hd.square(x)),
  mul: (a, b) => hd.mul(a, hd.mul(a, b)),
  matMul: (a, b) => hd.matMul(hd.matMul(a, b), a),
  mean: (x) => hd.mean(x, 1).square().square(),
  conv2d: (x, kernel) => hd.conv2d(x as hd.Tensor4D, kernel as hd.Tensor4D, 1, 'valid').square(),
};

/** The function of a case: composed, or the op alone. */
const functionOf = (op: string): Op => composed[op] ?? (hd as unknown as Record<string, Op>)[op]!;

type Program = (...xs: hd.Tensor[]) => hd.Tensor[];

/** The gradients, for every input, of the sum of what `f` gives along a direction. */
function gradientsAlong(f: Program, direction: Entry[]): Program {
  const phi = (...xs: hd.Tensor[]) => {
    const parts = f(...xs).map((part, i) => part.mul(toTensor(direction[i]!)).sum());
    return parts.reduce((sum, part) => sum.add(part));
  };
  return (...xs) => hd.grads(phi)(xs);
}

const cases = readCases<OpCase>('higher_derivatives');

it('has 25 ops', () => {
  expect(new Set(cases.map(({ op }) => op)).size).toBe(25);
});

it.each(cases.map((entry) => [entry.op, entry] as const))('%s', (op, entry) => {
  const inputs = entry.inputs.map(toTensor);
  let program: Program = (...xs) => [functionOf(op)(...(xs as [hd.Tensor, hd.Tensor]))];
  entry.derivatives.forEach((expected, order) => {
    if (order > 0) program = gradientsAlong(program, entry.directions[order - 1]!);
    const actual = program(...inputs);
    expect(actual).toHaveLength(expected.length);
    expected.forEach((wanted, i) => {
      expectGolden(`derivative ${order} for input ${i}`, actual[i]!, wanted);
    });
  });
});
