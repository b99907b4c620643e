// One layer that TensorFlow.js lacks, in every way a layer is used.
import { describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { expectValues, values } from './support';

type Options = Record<string, unknown>;
export type Numbers = ArrayLike<number>;

export interface AloneCheck {
  /** What the tests are called; by default the layer, its options and inputs. */
  title?: string;
  /** Examples in a batch. Default 3. */
  batch?: number;
  /** Arguments for `apply` when the layer runs eagerly, such as {training: true}. */
  kwargs?: Options;
  /** The output's values, worked out in plain JavaScript from those of the inputs and weights. */
  expected?: (inputs: Numbers[], weights: Numbers[]) => Numbers;
  /** The output's shape, without the batch. */
  shape?: number[];
  /** False: the layer has no gradient, and is not trained. */
  gradient?: false;
  tolerance?: number;
}

const listOf = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);

/**
 * Registers tests of the layer `hd.layers[name](options)`: shapes as announced, configuration there
 * and back, output as expected, gradients as finite differences say, and in a model the same
 * predictions and a step of training along those gradients. `inputs` are shapes of one example.
 */
export function checkAlone(
  name: string,
  options: Options,
  inputs: number[] | number[][],
  check: AloneCheck = {},
): void {
  const shapes = (Array.isArray(inputs[0]) ? inputs : [inputs]) as number[][];
  const { batch = 3, tolerance = 1e-4 } = check;
  const shown = JSON.stringify(options);
  const title = check.title ?? `${name} ${shown} on ${shapes.map((s) => `[${s}]`).join(', ')}`;

  const make = (): hd.layers.Layer => {
    const factories = hd.layers as unknown as Record<string, (o: Options) => hd.layers.Layer>;
    return factories[name]!({ name: 'it', ...options });
  };
  const data = (seed = 1): hd.Tensor[] =>
    shapes.map((shape, i) => hd.randomUniform([batch, ...shape], -1, 1, 'float32', seed * 100 + i));
  const one = <T>(list: T[]): T => (list.length === 1 ? list[0]! : (list as unknown as T));
  const apply = (layer: hd.layers.Layer, xs: hd.Tensor[]) =>
    layer.apply(one(xs), check.kwargs as never) as hd.Tensor;
  const fill = (layer: hd.layers.Layer) => {
    layer.setWeights(
      layer.weights.map(({ shape }, i) => hd.randomUniform(shape, -1, 1, 'float32', 7 + i)),
    );
    return layer;
  };
  const ready = () => {
    const layer = make();
    apply(layer, data());
    return fill(layer);
  };
  /** Tells the elements of the output apart. */
  const weighted = (y: hd.Tensor) =>
    y.mul(hd.randomUniform(y.shape, -1, 1, 'float32', 5)).sum() as hd.Scalar;

  describe(title, () => {
    it('output shape', () => {
      const symbols = shapes.map((shape) => hd.input({ shape }));
      const output = make().apply(one(symbols)) as { shape: (number | null)[] };
      const eager = apply(make(), data()).shape;
      expect(output.shape).toEqual([null, ...eager.slice(1)]);
      if (check.shape !== undefined) expect(eager).toEqual([batch, ...check.shape]);
      const batched = shapes.map((shape) => [batch, ...shape]);
      expect(make().computeOutputShape(one(batched))).toEqual(eager);
    });

    it('configuration, there and back', () => {
      const layer = make();
      const config = layer.getConfig();
      expect(JSON.parse(JSON.stringify(config))).toEqual(config);
      const { constructor } = layer as unknown as {
        constructor: { fromConfig(config: Options): hd.layers.Layer };
      };
      expect(constructor.fromConfig(config).getConfig()).toEqual(config);
      expect(config).toMatchObject({ name: 'it' });
    });

    const { expected } = check;
    if (expected !== undefined) {
      it('output', () => {
        const layer = ready();
        const xs = data();
        const wanted = expected(xs.map(values), layer.getWeights().map(values));
        expectValues(apply(layer, xs), wanted, tolerance);
      });
    }

    if (check.gradient !== false) {
      it('gradients', () => {
        const layer = ready();
        const xs = data();
        const lossAt = (inputsThen: hd.Tensor[], weightsThen: hd.Tensor[]) => {
          layer.setWeights(weightsThen);
          return values(weighted(apply(layer, inputsThen)))[0]!;
        };
        const before = layer.getWeights();
        const ofInputs = hd.grads((...given: hd.Tensor[]) => weighted(apply(layer, given)))(xs);
        const { trainableWeights } = layer;
        const named =
          trainableWeights.length === 0
            ? {}
            : hd.variableGrads(() => weighted(apply(layer, xs)), trainableWeights).grads;
        const gradients = [...ofInputs, ...Object.values(named)];
        const at = [...xs, ...before.slice(0, trainableWeights.length)];
        expect(gradients.length).toBe(at.length);
        // Along a random direction d: the gradient's part of it, and (f(x + hd) - f(x - hd)) / 2h.
        at.forEach((point, i) => {
          const h = 2e-3;
          const direction = hd.randomUniform(point.shape, -1, 1, 'float32', 17 + i);
          const side = (sign: number) => {
            const moved = point.add(direction.mul(sign * h));
            const place = (list: hd.Tensor[], from: number) =>
              list.map((tensor, j) => (j === i - from ? moved : tensor));
            return lossAt(place(xs, 0), place(before, xs.length));
          };
          const difference = (side(1) - side(-1)) / (2 * h);
          const along = values(gradients[i]!.mul(direction).sum())[0]!;
          const scale = Math.max(1, values(gradients[i]!.mul(direction).abs().sum())[0]!);
          expect(Math.abs(along - difference), `gradient ${i}`).toBeLessThan(5e-3 * scale);
        });
      });
    }

    const build = (layer: hd.layers.Layer) => {
      const symbols = shapes.map((shape) => hd.input({ shape }));
      return hd.model({ inputs: symbols, outputs: layer.apply(one(symbols)) as never });
    };

    it('predictions of a model, in two batches', () => {
      const layer = make();
      const model = build(layer);
      fill(layer);
      const xs = data();
      const predicted = listOf(model.predict(one(xs), { batchSize: Math.max(1, batch - 1) }));
      const eager = layer.apply(one(xs)) as hd.Tensor;
      expect(predicted[0]!.shape).toEqual(eager.shape);
      expectValues(predicted[0]!, values(eager), tolerance);
    });

    if (check.gradient !== false) {
      it('a step of training', async () => {
        const layer = make();
        const model = build(layer);
        fill(layer);
        if (layer.trainableWeights.length === 0) return;
        const xs = data();
        const y = hd.randomUniform((layer.apply(one(xs)) as hd.Tensor).shape, -1, 1, 'float32', 3);
        const { grads } = hd.variableGrads(
          () =>
            hd.losses.meanSquaredError(y, layer.apply(one(xs), { training: true }) as hd.Tensor),
          layer.trainableWeights,
        );
        const steps = Object.values(grads);
        const wanted = layer.getWeights(true).map((weight, i) => weight.sub(steps[i]!.mul(0.1)));
        model.compile({ optimizer: hd.train.sgd(0.1), loss: 'meanSquaredError' });
        await model.trainOnBatch(one(xs), y);
        layer
          .getWeights(true)
          .forEach((weight, i) => expectValues(weight, values(wanted[i]!), 1e-4));
      });
    }
  });
}
