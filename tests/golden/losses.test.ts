// Losses against golden files from PyTorch: their mean and its gradient, those of `compile` in a
// compiled step of training, those of `hd.losses` eagerly. make_golden.py makes the files.
import { beforeAll, expect, it } from 'vitest';
import * as hd from 'heddle';
import { expectGolden, readCases, start, toTensor, type Entry } from './support';

beforeAll(start);

interface LossCase {
  where: 'compile' | 'losses';
  loss: string;
  /** What the predictions go through before the loss. */
  activation?: 'sigmoid' | 'softmax';
  /** Of `hd.losses`, after labels and predictions. */
  arguments?: (number | null)[];
  labels: Entry;
  predictions: Entry;
  value: Entry;
  gradient: Entry;
}

/**
 * A layer whose kernel is the predictions, called on the unit matrix: a step of gradient descent
 * changes the kernel by the gradient for the predictions.
 */
async function checkCompiled(entry: LossCase): Promise<void> {
  const learningRate = 1024; // large, so that the kernel's rounding does not hide the change
  const [rows, classes] = entry.predictions.shape as [number, number];
  const activation = entry.activation ?? 'linear';
  const layer = hd.layers.dense({
    units: classes,
    useBias: false,
    activation,
    inputShape: [rows],
    weights: [toTensor(entry.predictions)],
  });
  const model = hd.sequential({ layers: [layer] });
  model.compile({ optimizer: hd.train.sgd(learningRate), loss: entry.loss });
  const labels = toTensor(entry.labels);
  const before = layer.getWeights()[0]!;

  const value = model.evaluate(hd.eye(rows), labels) as hd.Scalar;
  expectGolden('evaluate', value, entry.value);
  const trained = (await model.trainOnBatch(hd.eye(rows), labels)) as number;
  expectGolden('trainOnBatch', hd.scalar(trained), entry.value);
  const gradient = before.sub(layer.getWeights()[0]!).div(learningRate);
  expectGolden('gradient', gradient, entry.gradient);
}

function checkEager(entry: LossCase): void {
  const losses = hd.losses as unknown as Record<string, (...all: unknown[]) => hd.Tensor>;
  const loss = losses[entry.loss];
  expect(loss, `hd.losses.${entry.loss}`).toBeDefined();
  const more = (entry.arguments ?? []).map((value) => value ?? undefined);
  const f = (predictions: hd.Tensor) => loss!(toTensor(entry.labels), predictions, ...more);
  const { value, grad } = hd.valueAndGrad(f)(toTensor(entry.predictions));
  expectGolden('value', value, entry.value);
  expectGolden('gradient', grad, entry.gradient);
}

const title = ({ where, loss, activation, arguments: more }: LossCase): string => {
  const extra = activation ?? (more?.length ? JSON.stringify(more) : undefined);
  return `${where}: ${loss}${extra === undefined ? '' : ` (${extra})`}`;
};

const cases = readCases<LossCase>('losses');
it.each(cases.map((entry) => [title(entry), entry] as const))('%s', async (_, entry) => {
  if (entry.where === 'compile') await checkCompiled(entry);
  else checkEager(entry);
});
