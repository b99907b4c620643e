// S18: a pre-set layer with fixed weights as an attribute of a new trainable layer.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { difference, random, sameBits, start, summaryCount, values, weightsOf } from './support';

beforeAll(start);

const kKernel = [
  [1, 0, -1],
  [2, 0.5, 0],
];
const kBias = [0.25, -0.5, 1];

/** A dense layer with the values above, that training leaves alone. */
function preset(): hd.Layer {
  const layer = hd.layers.dense({ units: 3, name: 'preset', trainable: false });
  layer.build([null, 2]);
  layer.setWeights([hd.tensor2d(kKernel), hd.tensor1d(kBias)]);
  return layer;
}

/** scale · preset(x) + shift, with a scale and a shift for each unit. */
class Adapted extends hd.layers.Layer {
  static override readonly className: string = 'Adapted';
  readonly base: hd.Layer;
  scale!: hd.LayerVariable;
  shift!: hd.LayerVariable;

  constructor(base: hd.Layer) {
    super({});
    this.base = base;
  }

  override build(inputShape: hd.Shape): void {
    this.scale = this.addWeight('scale', [3], 'float32', 'ones');
    this.shift = this.addWeight('shift', [3], 'float32', 'zeros');
    super.build(inputShape);
  }

  override call(inputs: hd.Tensor | hd.Tensor[]): hd.Tensor {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    return (this.base.apply(x) as hd.Tensor).mul(this.scale.read()).add(this.shift.read());
  }
}

function scene() {
  const base = preset();
  const layer = new Adapted(base);
  const input = hd.input({ shape: [2] });
  const model = hd.model({ inputs: input, outputs: layer.apply(input) as hd.SymbolicTensor });
  return { base, layer, model };
}

const x = () => random([8, 2], 1);

/** What the layer gives, by hand. */
function byHand(scale: ArrayLike<number>, shift: ArrayLike<number>): number[] {
  const rows = values(x());
  return Array.from({ length: 8 * 3 }, (_, i) => {
    const [row, unit] = [Math.floor(i / 3), i % 3];
    const [a, b] = [rows[2 * row]!, rows[2 * row + 1]!];
    const inner = a * kKernel[0]![unit]! + b * kKernel[1]![unit]! + kBias[unit]!;
    return inner * scale[unit]! + shift[unit]!;
  });
}

describe('S18: frozen parts inside a new layer', () => {
  it('gives what is computed by hand, at once and in a model', () => {
    const { layer, model } = scene();
    const [scale, shift] = [
      [2, -1, 0.5],
      [0, 1, -3],
    ];
    layer.scale.write(scale!);
    layer.shift.write(shift!);
    const expected = byHand(scale!, shift!);
    expect(difference(values(layer.apply(x()) as hd.Tensor), expected)).toBeLessThan(1e-6);
    expect(difference(values(model.predict(x()) as hd.Tensor), expected)).toBeLessThan(1e-6);
  });

  it('counts only the new weights as trainable', () => {
    const { base, layer, model } = scene();
    expect(layer.trainableWeights).toEqual([layer.scale, layer.shift]);
    expect(layer.nonTrainableWeights).toEqual(base.weights);
    expect(base.weights).toHaveLength(2);
    expect(layer.countParams()).toBe(6 + 9);
    expect(summaryCount(model, 'Trainable params:')).toBe(6);
    expect(summaryCount(model, 'Non-trainable params:')).toBe(9);
    expect(layer.getWeights(true)).toHaveLength(2);
    expect(layer.getWeights()).toHaveLength(4);
  });

  it.each(['sgd', 'adam'])('training with %s moves only the new weights', async (optimizer) => {
    const { base, layer, model } = scene();
    model.compile({ optimizer, loss: 'meanSquaredError' });
    const [kept, moved] = [weightsOf(base), layer.trainableWeights.map((w) => values(w.read()))];
    const { history } = await model.fit(x(), random([8, 3], 2), { epochs: 10, verbose: 0 });
    expect(history.loss!.at(-1)).toBeLessThan(history.loss![0] as number);
    expect(sameBits(weightsOf(base), kept)).toBe(true);
    layer.trainableWeights.forEach((weight, i) => {
      expect(sameBits([values(weight.read())], [moved[i]!])).toBe(false);
    });
    const expected = byHand(layer.scale.view(), layer.shift.view());
    expect(difference(values(model.predict(x()) as hd.Tensor), expected)).toBeLessThan(1e-6);
  });

  it('has gradients for the new weights alone', () => {
    const { layer } = scene();
    const { grads } = hd.variableGrads(() => (layer.apply(x()) as hd.Tensor).square().mean());
    expect(Object.keys(grads).sort()).toEqual([layer.scale.name, layer.shift.name].sort());
  });

  it('thaws with its part, from the next compile on', async () => {
    const { base, layer, model } = scene();
    base.trainable = true;
    expect(layer.trainableWeights).toHaveLength(4);
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const kept = weightsOf(base);
    await model.fit(x(), random([8, 3], 2), { epochs: 1, verbose: 0 });
    expect(sameBits(weightsOf(base), kept)).toBe(false);
  });

  it('keeps the part frozen when the whole is frozen and thawed', () => {
    const { base, layer } = scene();
    layer.trainable = false;
    expect(layer.trainableWeights).toHaveLength(0);
    expect(layer.nonTrainableWeights).toHaveLength(4);
    layer.trainable = true;
    base.trainable = false;
    expect(layer.trainableWeights).toEqual([layer.scale, layer.shift]);
  });
});
