// Twenty steps of training of each model, from the same weights on the same batches, in both libraries.
import { beforeAll, describe, expect, it } from 'vitest';
import type * as tfjs from '@tensorflow/tfjs';
import { draw, expectClose, hd, oneHotLabels, sizeOf, snapshot, startBoth } from './compare';
import { tf, toTensor, type Library, type Snapshot, type Values } from './compare';
import { models, type ModelCase, type Target } from './models';

beforeAll(startBoth);

const kSteps = 20;
const kBatch = 6;

const batched = (spec: Values): Values => ({ ...spec, shape: [kBatch, ...spec.shape] });

/** Values of a batch of inputs or targets. */
function valuesOf(target: Target, seed: number): number[] {
  const { shape, kind = 'real', high = 1 } = target;
  const rows = kBatch * sizeOf(shape.slice(0, -1));
  switch (kind) {
    case 'oneHot':
      return oneHotLabels(rows, shape.at(-1)!, seed);
    case 'label':
      return draw({ shape: [rows], low: 0, high, dtype: 'int32' }, seed);
    case 'bits':
      return draw({ ...batched(target), low: 0, high: 2, dtype: 'int32' }, seed);
    default:
      return draw(batched(target), seed);
  }
}

const one = <T>(list: T[]): T | T[] => (list.length === 1 ? list[0]! : list);

/** The batch of one step: the same values in both libraries. */
function batchOf(l: Library, { inputs, targets }: ModelCase, step: number) {
  const x = inputs.map((spec, i) => toTensor(l, valuesOf(spec, 50 * step + i), batched(spec)));
  const y = targets.map((target, i) => {
    const spec = { shape: [kBatch, ...target.shape] };
    return toTensor(l, valuesOf(target, 50 * step + 25 + i), spec);
  });
  return { x: one(x), y: one(y) };
}

/** Seeded weights: kernels scaled by their fan-in, factors around 1, variances above 0, small others. */
function seedWeights(l: Library, model: tfjs.LayersModel): void {
  const weights = model.weights.map(({ originalName, shape }, i) => {
    const dims = shape as number[];
    const limit = dims.length > 1 ? Math.sqrt(3 / sizeOf(dims.slice(0, -1))) : 0.1;
    const isFactor = /gamma|gain|variance/.test(originalName);
    const [low, high] = isFactor ? [0.8, 1.2] : [-limit, limit];
    const spec = { shape: dims, low, high };
    return toTensor(l, draw(spec, 7 + i), spec);
  });
  model.setWeights(weights);
}

/** What a library makes of a model: shapes, parameters, losses of all steps, weights, predictions. */
async function train(l: Library, task: ModelCase) {
  const inputs = task.inputs.map(({ shape, dtype }) => l.input({ shape, dtype }));
  const model = l.model({ inputs, outputs: task.build(l, inputs) });
  seedWeights(l, model);
  model.compile({ optimizer: task.optimizer(l), loss: task.loss });
  const predict = () => {
    const outputs = model.predict(batchOf(l, task, 99).x);
    return (Array.isArray(outputs) ? outputs : [outputs]).map(snapshot);
  };
  const before = predict();
  const losses: Snapshot[] = [];
  for (let step = 0; step < kSteps; step++) {
    const { x, y } = batchOf(l, task, step);
    const values = [await model.trainOnBatch(x, y)].flat();
    losses.push({ shape: [values.length], dtype: 'float32', values });
  }
  return {
    facts: {
      outputs: model.outputs.map(({ shape }) => shape),
      params: model.countParams(),
      weights: model.weights.map(({ originalName, shape }) => [
        originalName.split('/').at(-1),
        shape,
      ]),
      trainable: model.trainableWeights.length,
    },
    values: { before, losses, weights: model.getWeights().map(snapshot), after: predict() },
  };
}

describe.each(models.map((task) => [task.name, task] as const))('%s', (_, task) => {
  it(`trains the same for ${kSteps} steps`, async () => {
    const actual = await train(hd, task);
    const expected = await train(tf, task);
    expect(actual.facts).toEqual(expected.facts);
    const keys = ['before', 'losses', 'weights', 'after'] as const;
    for (const key of keys) {
      const [ours, theirs] = [actual.values[key], expected.values[key]];
      expect(ours.length).toBe(theirs.length);
      theirs.forEach((wanted, i) => expectClose(`${key} ${i}`, ours[i]!, wanted));
    }
    // It has learnt something, and the comparison has something to compare.
    const losses = expected.values.losses.flatMap(({ values }) => values);
    expect(losses.every(Number.isFinite), String(losses)).toBe(true);
    const moved = expected.values.before.some((output, i) =>
      output.values.some((value, j) => {
        return Math.abs(value - expected.values.after[i]!.values[j]!) > 1e-3;
      }),
    );
    expect(moved, 'training has moved the predictions').toBe(true);
  }, 300_000);
});

it('there are 25 of them', () => {
  expect(models).toHaveLength(25);
  expect(new Set(models.map(({ name }) => name)).size).toBe(25);
});
