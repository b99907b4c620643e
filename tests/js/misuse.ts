// What the tests of misuse share: a model built before, which must work as before after every error.
import { afterAll, beforeAll, expect } from 'vitest';
import * as hd from 'heddle';
import { random, start, values } from './support';

/** Errors that a wrong call may throw: they say what is wrong. */
export const isExpected = (error: unknown): error is Error =>
  error instanceof hd.ValueError || error instanceof hd.NotImplementedError;

/** Starts the engine; at the end, a model built and trained before predicts what it did. */
export function aroundMisuse(): void {
  let model: hd.Sequential;
  let expected: number[];
  const x = () => random([4, 6, 6, 2], 1);
  beforeAll(async () => {
    await start();
    model = hd.sequential({
      layers: [
        hd.layers.conv2d({ filters: 3, kernelSize: 3, activation: 'relu', inputShape: [6, 6, 2] }),
        hd.layers.batchNormalization(),
        hd.layers.reshape({ targetShape: [4, 12] }),
        hd.layers.lstm({ units: 3 }),
        hd.layers.dense({ units: 2 }),
      ],
    });
    model.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    await model.fit(x(), random([4, 2], 2), { epochs: 2, verbose: 0 });
    expected = values(model.predict(x()) as hd.Tensor);
  });
  afterAll(async () => {
    expect(values(model.predict(x()) as hd.Tensor)).toEqual(expected);
    const { history } = await model.fit(x(), random([4, 2], 2), { epochs: 2, verbose: 0 });
    expect(Number.isFinite(history.loss!.at(-1))).toBe(true);
  });
}
