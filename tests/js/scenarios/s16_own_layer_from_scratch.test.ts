// S16: an own layer from scratch: addWeight in build, which runs once however often it is called.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { difference, errorOf, random, sameBits, start, values, weightsOf } from './support';

beforeAll(start);

interface LinearArgs extends hd.LayerArgs {
  units: number;
}

/** x · w + b. */
class Linear extends hd.layers.Layer {
  static override readonly className: string = 'Linear';
  readonly units: number;
  readonly builds: hd.Shape[] = [];
  w!: hd.LayerVariable;
  b!: hd.LayerVariable;

  constructor(args: LinearArgs) {
    super(args);
    this.units = args.units;
  }

  override build(inputShape: hd.Shape): void {
    this.builds.push(inputShape);
    const init = hd.initializers.randomNormal({ stddev: 0.3 });
    this.w = this.addWeight('w', [inputShape.at(-1)!, this.units], 'float32', init);
    this.b = this.addWeight('b', [this.units], 'float32', hd.initializers.zeros());
    super.build(inputShape);
  }

  override call(inputs: hd.Tensor | hd.Tensor[]): hd.Tensor {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    return x.matMul(this.w.read()).add(this.b.read());
  }

  override computeOutputShape(inputShape: hd.Shape): hd.Shape {
    return [...inputShape.slice(0, -1), this.units];
  }
}

/** The same by hand. */
function linear(x: hd.Tensor, layer: Linear): number[] {
  const [w, b] = weightsOf(layer);
  const [rows, width] = x.shape as [number, number];
  const at = values(x);
  return Array.from({ length: rows * layer.units }, (_, i) => {
    const [row, unit] = [Math.floor(i / layer.units), i % layer.units];
    let sum = b![unit]!;
    for (let k = 0; k < width; k++) sum += at[row * width + k]! * w![k * layer.units + unit]!;
    return sum;
  });
}

describe('S16: a layer with weights of its own', () => {
  it('has no weights before the first call', () => {
    const layer = new Linear({ units: 4 });
    expect(layer.built).toBe(false);
    expect(layer.weights).toEqual([]);
    expect(() => layer.countParams()).toThrow(hd.ValueError);
  });

  it('builds once, on values, on symbols and in models alike', async () => {
    const layer = new Linear({ units: 4, name: 'linear' });
    const x = random([3, 2], 1);
    const first = layer.apply(x) as hd.Tensor;
    expect(layer.built).toBe(true);
    const made = [...layer.weights];
    expect(made.map(({ name, shape, trainable }) => [name, shape, trainable])).toEqual([
      ['linear/w', [2, 4], true],
      ['linear/b', [4], true],
    ]);
    const before = weightsOf(layer);

    expect(sameBits([values(layer.apply(x) as hd.Tensor)], [values(first)])).toBe(true);
    layer.apply(random([7, 2], 2));
    const [a, b] = [hd.input({ shape: [2] }), hd.input({ shape: [2] })];
    const outputs = [a, b].map((input) => layer.apply(input) as hd.SymbolicTensor);
    const model = hd.model({ inputs: [a, b], outputs });
    model.predict([x, random([3, 2], 3)]);
    model.predict([random([5, 2], 4), random([5, 2], 5)]);
    hd.sequential({ layers: [hd.layers.dense({ units: 2, inputShape: [6] }), layer] });

    expect(layer.builds).toHaveLength(1);
    expect(layer.builds[0]!.at(-1)).toBe(2);
    expect(layer.weights).toEqual(made);
    expect(sameBits(weightsOf(layer), before)).toBe(true);
    expect(model.countParams()).toBe(2 * 4 + 4);
    // Training does not build either.
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const y = random([3, 4], 6);
    await model.fit([x, x], [y, y], { epochs: 2, verbose: 0 });
    expect(layer.builds).toHaveLength(1);
    expect(sameBits(weightsOf(layer), before)).toBe(false);
  });

  it('computes what its class says', () => {
    const layer = new Linear({ units: 4 });
    const x = random([6, 2], 1);
    const y = layer.apply(x) as hd.Tensor;
    expect(y.shape).toEqual([6, 4]);
    layer.b.write(random([4], 7));
    expect(difference(values(layer.apply(x) as hd.Tensor), linear(x, layer))).toBeLessThan(1e-5);
    const model = hd.sequential({ layers: [hd.layers.inputLayer({ inputShape: [2] }), layer] });
    expect(difference(values(model.predict(x) as hd.Tensor), linear(x, layer))).toBeLessThan(1e-5);
  });

  it('keeps its weights across calls, and training moves what every call gives', async () => {
    const layer = new Linear({ units: 1 });
    const model = hd.sequential({ layers: [hd.layers.inputLayer({ inputShape: [2] }), layer] });
    const x = random([64, 2], 1);
    const y = x.matMul(hd.tensor2d([[2], [-3]])).add(0.5);
    model.compile({ optimizer: hd.train.sgd(0.3), loss: 'meanSquaredError' });
    const { history } = await model.fit(x, y, { epochs: 60, verbose: 0 });
    expect(history.loss!.at(-1)).toBeLessThan(1e-4);
    expect(values(layer.w.read())[0]).toBeCloseTo(2, 2);
    expect(values(layer.w.read())[1]).toBeCloseTo(-3, 2);
    expect(values(layer.b.read())[0]).toBeCloseTo(0.5, 2);
    const again = layer.apply(hd.tensor2d([[1, 1]])) as hd.Tensor;
    expect(values(again)[0]).toBeCloseTo(-0.5, 2);
  });

  it('refuses another width, and works after', () => {
    const layer = new Linear({ units: 4, name: 'narrow' });
    const x = random([3, 2], 1);
    const first = values(layer.apply(x) as hd.Tensor);
    expect(errorOf(() => layer.apply(random([3, 5], 2)))).toBeInstanceOf(hd.ValueError);
    expect(layer.builds).toHaveLength(1);
    expect(sameBits([values(layer.apply(x) as hd.Tensor)], [first])).toBe(true);
  });

  it('gives every instance weights of its own', () => {
    const [one, two] = [new Linear({ units: 4 }), new Linear({ units: 4 })];
    const x = random([3, 2], 1);
    one.apply(x);
    two.apply(x);
    expect(one.name).not.toBe(two.name);
    expect(sameBits(weightsOf(one), weightsOf(two))).toBe(false);
    two.setWeights(one.getWeights());
    expect(sameBits(weightsOf(one), weightsOf(two))).toBe(true);
    two.w.write(hd.zeros([2, 4]));
    expect(sameBits(weightsOf(one), weightsOf(two))).toBe(false);
  });
});
