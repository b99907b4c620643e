// EarlyStopping: when it ends training, and with which weights. TensorFlow.js refuses restoreBestWeights; Keras has it.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { expectValueError, start, values } from './support';

beforeAll(start);

/** A model of one weight whose loss falls, then rises: the rate is too large from epoch 3 on. */
function scene() {
  const dense = hd.layers.dense({ units: 1, useBias: false, inputShape: [1] });
  const model = hd.sequential({ layers: [dense] });
  dense.setWeights([hd.tensor2d([[3]])]);
  const optimizer = hd.train.sgd(0.1);
  model.compile({ optimizer, loss: 'meanSquaredError' });
  const weight = () => values(dense.getWeights()[0]!)[0]!;
  const seen: number[] = [];
  const watch = new hd.CustomCallback({
    onEpochEnd: (epoch: number) => {
      seen.push(weight());
      if (epoch === 2) optimizer.setLearningRate(2);
    },
  });
  const fit = async (args: hd.EarlyStoppingArgs) => {
    const stop = hd.callbacks.earlyStopping({ monitor: 'loss', ...args });
    const [x, y] = [hd.tensor2d([[1]]), hd.tensor2d([[0]])];
    const history = await model.fit(x, y, { epochs: 10, verbose: 0, callbacks: [watch, stop] });
    return { stop, history };
  };
  return { fit, weight, seen };
}

describe('EarlyStopping', () => {
  it('ends after `patience` epochs without a better value, with the last weights', async () => {
    const { fit, weight, seen } = scene();
    const { stop, history } = await fit({ patience: 2 });
    // w ← 0.8 w for three epochs, then w ← -3 w: the loss of epoch 3 (before its update) is the least.
    expect(history.epoch).toEqual([0, 1, 2, 3, 4, 5]);
    expect(stop.stoppedEpoch).toBe(5);
    expect(weight()).toBe(seen.at(-1));
  });

  it('restoreBestWeights: with those of the best epoch', async () => {
    const { fit, weight, seen } = scene();
    const { stop } = await fit({ patience: 2, restoreBestWeights: true });
    expect(stop.stoppedEpoch).toBe(5);
    expect(weight()).toBe(seen[3]);
    expect(weight()).not.toBe(seen.at(-1));
  });

  it('restoreBestWeights where nothing ends training: the best epoch counts all the same', async () => {
    const { fit, weight, seen } = scene();
    const { stop } = await fit({ patience: 100, restoreBestWeights: true });
    expect(stop.stoppedEpoch).toBe(0);
    expect(seen).toHaveLength(10);
    expect(weight()).toBe(seen[3]);
  });

  it('refuses what is wrong', () => {
    const refuses = (args: object, ...parts: string[]) =>
      expectValueError(() => hd.callbacks.earlyStopping(args), 'earlyStopping()', ...parts);
    refuses({ mode: 'best' }, 'mode', 'best');
    refuses({ patience: -1 }, 'patience', '-1');
    refuses({ minDelta: NaN }, 'minDelta', 'NaN');
    refuses({ monitor: 3 }, 'monitor', '3');
    refuses({ restoreBestWeights: 'yes' }, 'restoreBestWeights', 'yes');
  });
});
