// S6: freeze.
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import * as hd from 'heddle';
import { random, sameBits, start, summaryCount, weightsOf } from './support';

beforeAll(start);
afterEach(() => vi.restoreAllMocks());

describe('S6: freezing a layer', () => {
  const scene = () => {
    const frozen = hd.layers.dense({ units: 12, activation: 'tanh', inputShape: [5] });
    const free = hd.layers.dense({ units: 2 });
    const model = hd.sequential({ layers: [frozen, free] });
    const x = random([32, 5], 1);
    const y = random([32, 2], 2);
    const compile = (optimizer = 'sgd') => model.compile({ optimizer, loss: 'meanSquaredError' });
    const fit = () => model.fit(x, y, { epochs: 2, verbose: 0 });
    return { frozen, free, model, compile, fit };
  };

  it.each(['sgd', 'adam'])(
    'with %s, its weights are bit-identical after fit and the others moved',
    async (optimizer) => {
      const { frozen, free, compile, fit } = scene();
      frozen.trainable = false;
      compile(optimizer);
      const [kept, moved] = [weightsOf(frozen), weightsOf(free)];
      await fit();
      expect(sameBits(weightsOf(frozen), kept)).toBe(true);
      expect(sameBits(weightsOf(free), moved)).toBe(false);
    },
  );

  it('summary() counts it as non-trainable', () => {
    const { frozen, model } = scene();
    const [inFrozen, inFree] = [5 * 12 + 12, 12 * 2 + 2];
    expect(summaryCount(model, 'Non-trainable params:')).toBe(0);
    frozen.trainable = false;
    expect(summaryCount(model, 'Total params:')).toBe(inFrozen + inFree);
    expect(summaryCount(model, 'Trainable params:')).toBe(inFree);
    expect(summaryCount(model, 'Non-trainable params:')).toBe(inFrozen);
    expect(model.trainableWeights).toHaveLength(2);
    expect(model.nonTrainableWeights).toHaveLength(2);
  });

  it.each([
    ['frozen after compiling, it still moves', true, false],
    ['thawed after compiling, it still stays', false, true],
  ])('%s, and fit warns', async (_, compiledTrainable, changedTo) => {
    const { frozen, compile, fit } = scene();
    frozen.trainable = compiledTrainable;
    compile();
    frozen.trainable = changedTo;
    const before = weightsOf(frozen);
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    await fit();
    expect(warn).toHaveBeenCalled();
    expect(warn.mock.calls.flat().join(' ')).toMatch(/trainable[^]*compile/);
    expect(sameBits(weightsOf(frozen), before)).toBe(!compiledTrainable);

    // Compiling again takes the change up, and the warning ends.
    compile();
    warn.mockClear();
    const compiledAgain = weightsOf(frozen);
    await fit();
    expect(warn).not.toHaveBeenCalled();
    expect(sameBits(weightsOf(frozen), compiledAgain)).toBe(!changedTo);
  });

  it('a shared layer is frozen in every model that has it', async () => {
    const { frozen, model, compile, fit } = scene();
    const other = hd.sequential({ layers: [frozen, hd.layers.dense({ units: 1 })] });
    frozen.trainable = false;
    compile();
    other.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const kept = weightsOf(frozen);
    await fit();
    await other.fit(random([8, 5], 3), random([8, 1], 4), { verbose: 0 });
    expect(sameBits(weightsOf(frozen), kept)).toBe(true);
    expect(model.countParams()).toBe(5 * 12 + 12 + 12 * 2 + 2);
  });
});
