// S19: the same weights through time.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { difference, random, start, values } from './support';

beforeAll(start);

const kBatch = 3;
const kTime = 5;
const kIn = 4;
const kUnits = 6;

const x = () => random([kBatch, kTime, kIn], 1);
const target = () => random([kBatch, kUnits], 2);
const steps = () => hd.unstack(x(), 1);
const zeros = () => hd.zeros([kBatch, kUnits]);

interface Kind {
  name: string;
  states: number;
  make(returnSequences: boolean): hd.RNN;
}

const kinds: Kind[] = [
  {
    name: 'simpleRNN',
    states: 1,
    make: (returnSequences) => hd.layers.simpleRNN({ units: kUnits, returnSequences }),
  },
  {
    name: 'gru',
    states: 1,
    make: (returnSequences) => hd.layers.gru({ units: kUnits, returnSequences }),
  },
  {
    name: 'gru with resetAfter',
    states: 1,
    make: (returnSequences) =>
      hd.layers.gru({ units: kUnits, returnSequences, resetAfter: true, biasInitializer: 'ones' }),
  },
  {
    name: 'lstm',
    states: 2,
    make: (returnSequences) => hd.layers.lstm({ units: kUnits, returnSequences }),
  },
];

/** The outputs of a cell applied to one step after the other. */
function loop(cell: hd.Layer, states: number): hd.Tensor[] {
  let held = Array.from({ length: states }, zeros);
  return steps().map((step) => {
    const [output, ...next] = cell.apply([step, ...held]) as hd.Tensor[];
    held = next;
    return output!;
  });
}

describe.each(kinds)('S19: $name over a sequence', ({ states, make }) => {
  it('equals a loop that applies the one cell at each step', () => {
    const layer = make(true);
    const whole = layer.apply(x()) as hd.Tensor;
    const byHand = hd.stack(loop(layer.cell, states), 1);
    expect(whole.shape).toEqual([kBatch, kTime, kUnits]);
    expect(difference(values(byHand), values(whole))).toBeLessThan(1e-5);
  });

  it('has the gradients of the loop', () => {
    const layer = make(false);
    layer.apply(x());
    const loss = (output: hd.Tensor) => output.sub(target()).square().mean() as hd.Scalar;
    const { grads } = hd.variableGrads(() => loss(layer.apply(x()) as hd.Tensor));
    const byHand = hd.variableGrads(() => loss(loop(layer.cell, states).at(-1)!)).grads;
    for (const { name } of layer.weights) {
      expect(difference(values(byHand[name]!), values(grads[name]!)), name).toBeLessThan(1e-4);
    }
  });

  it('has the gradients of the unrolled model, each step of which is a call of the cell', async () => {
    const layer = make(false);
    layer.apply(x());
    const inputs = Array.from({ length: kTime }, () => hd.input({ shape: [kIn] }));
    const first = Array.from({ length: states }, () => hd.input({ shape: [kUnits] }));
    let held: hd.SymbolicTensor[] = first;
    let output: hd.SymbolicTensor | undefined;
    for (const input of inputs) {
      const results = layer.cell.apply([input, ...held]) as hd.SymbolicTensor[];
      output = results[0];
      held = results.slice(1);
    }
    const unrolled = hd.model({ inputs: [...inputs, ...first], outputs: output! });
    expect(layer.cell.calls).toHaveLength(kTime);
    expect(unrolled.countParams()).toBe(layer.countParams());
    unrolled.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });

    const data = [...steps(), ...first.map(zeros)];
    const report = await hd.attribution(unrolled, data, target());
    const { grads } = hd.variableGrads(
      () => (layer.apply(x()) as hd.Tensor).sub(target()).square().mean() as hd.Scalar,
    );
    expect(report.map(({ variable }) => variable.name)).toEqual(
      layer.weights.map(({ name }) => name),
    );
    for (const { variable, total, parts } of report) {
      const through = values(grads[variable.name]!);
      expect(difference(values(total), through), variable.name).toBeLessThan(1e-4);
      // One part for each step of time; the layer's gradient is their sum.
      expect(new Set(parts.map(({ call }) => call.index)).size).toBe(kTime);
      const sum = parts.map(({ gradient }) => gradient).reduce((a, b) => a.add(b));
      expect(difference(values(sum), through), variable.name).toBeLessThan(1e-4);
    }
  });

  it('trains as the unrolled model does', async () => {
    const optimizer = () => hd.train.sgd(0.1);
    const layer = make(false);
    const input = hd.input({ shape: [kTime, kIn] });
    const model = hd.model({ inputs: input, outputs: layer.apply(input) as hd.SymbolicTensor });
    model.compile({ optimizer: optimizer(), loss: 'meanSquaredError' });
    const twin = make(false);
    twin.apply(x());
    twin.setWeights(layer.getWeights());
    const { cell } = twin;
    for (let step = 0; step < 3; step++) {
      await model.trainOnBatch(x(), target());
      const { grads } = hd.variableGrads(
        () => loop(cell, states).at(-1)!.sub(target()).square().mean() as hd.Scalar,
      );
      for (const weight of twin.weights) {
        weight.write(weight.read().sub(grads[weight.name]!.mul(0.1)));
      }
    }
    layer.getWeights().forEach((weight, i) => {
      expect(difference(values(weight), values(twin.getWeights()[i]!))).toBeLessThan(1e-4);
    });
  });
});

describe('S19: one attention projection serves every position', () => {
  /** Scores by one dense layer, a softmax over time, the weighted sum of the steps: [batch, in]. */
  const attend = (sequence: hd.Tensor, scores: hd.Tensor) => sequence.mul(scores.softmax(1)).sum(1); // scores [batch, time, 1]

  it('whether called on the sequence, by timeDistributed or position by position', () => {
    const projection = hd.layers.dense({ units: 1, useBias: false });
    const spread = hd.layers.timeDistributed({ layer: projection });
    const ways: (() => hd.Tensor)[] = [
      () => projection.apply(x()) as hd.Tensor,
      () => spread.apply(x()) as hd.Tensor,
      () =>
        hd.stack(
          steps().map((step) => projection.apply(step) as hd.Tensor),
          1,
        ),
    ];
    projection.apply(x());
    const [whole, ...others] = ways.map((way) => {
      const output = attend(x(), way());
      const { grads } = hd.variableGrads(
        () => attend(x(), way()).square().sum() as hd.Scalar,
        projection.trainableWeights,
      );
      return { output, gradient: Object.values(grads)[0]! };
    });
    expect(projection.countParams()).toBe(kIn);
    expect(whole!.output.shape).toEqual([kBatch, kIn]);
    for (const { output, gradient } of others) {
      expect(difference(values(output), values(whole!.output))).toBeLessThan(1e-5);
      expect(difference(values(gradient), values(whole!.gradient))).toBeLessThan(1e-4);
    }
  });

  it('and its gradient is the sum over the positions', async () => {
    const projection = hd.layers.dense({ units: 2 });
    const inputs = Array.from({ length: kTime }, () => hd.input({ shape: [kIn] }));
    const outputs = inputs.map((input) => projection.apply(input) as hd.SymbolicTensor);
    const sum = hd.layers.add().apply(outputs) as hd.SymbolicTensor;
    const model = hd.model({ inputs, outputs: sum });
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const wanted = random([kBatch, 2], 8);
    const [kernel] = await hd.attribution(model, steps(), wanted);
    expect(kernel!.parts).toHaveLength(kTime);
    const { grads } = hd.variableGrads(() => {
      const all = projection.apply(x()) as hd.Tensor;
      return all.sum(1).sub(wanted).square().mean() as hd.Scalar;
    }, projection.trainableWeights);
    const whole = values(grads[projection.weights[0]!.name]!);
    expect(difference(values(kernel!.total), whole)).toBeLessThan(1e-4);
  });
});
