// One layer against TensorFlow.js's of the same name, in every way a layer is used.
import { describe, expect, it } from 'vitest';
import type * as tfjs from '@tensorflow/tfjs';
import {
  draw,
  expectClose,
  hd,
  kTolerance,
  sizeOf,
  snapshot,
  tf,
  toTensor,
  type Library,
  type Values,
} from './compare';

type Options = Record<string, unknown>;
type Layer = tfjs.layers.Layer;
type Shape = (number | null)[];
/** The shape of one example, or where its values come from. */
export type Input = number[] | Values;

/** What a check leaves out or does otherwise. */
export interface LayerCheck {
  /** What the test is called; by default the layer, its options and inputs. */
  title?: string;
  /** TensorFlow.js's factory and options, where they are others. */
  tfName?: string;
  tfOptions?: Options | ((library: Library) => Options);
  /** Examples in a batch. Default 3. */
  batch?: number;
  /** Arguments for `apply` when the layer runs eagerly, such as {training: true}. */
  kwargs?: (library: Library) => Options;
  /** Shapes of one example (one for each input) with unknown dimensions: output shapes are compared. */
  shapes?: Shape[] | Shape[][];
  /** Range of the values of weights; by default ± sqrt(3 / fan-in) for kernels, ± 0.1 for vectors. */
  weightRange?: (name: string, index: number) => [low: number, high: number] | undefined;
  /** False: the weights stay as the initializers made them. */
  setWeights?: false;
  /** False: no gradients are compared, neither alone nor in training. */
  gradient?: false;
  /** False: configurations are not compared with TensorFlow.js's (they still have to come back). */
  config?: false;
  /** Keys of TensorFlow.js's configuration that are not compared. */
  ignoreConfig?: string[];
  /** False: no model is made. */
  model?: false;
  /** False: the model only predicts. */
  train?: false;
  /** False: no dense layer in front of the layer while training. */
  dense?: false;
  tolerance?: number;
}

const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as Options;
const listOf = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);
const isFloat = (tensor: tfjs.Tensor) => tensor.dtype === 'float32';

/** A copy of lists and plain objects: TensorFlow.js's layers write into their options. */
function copied(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copied);
  const isPlain = typeof value === 'object' && value?.constructor === Object;
  if (!isPlain) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, copied(entry)]));
}

const optionsFor = (library: Library, options: Options | ((library: Library) => Options)) =>
  copied(typeof options === 'function' ? options(library) : options) as Options;

function valuesOf(inputs: Input | Input[]): Values[] {
  const several = Array.isArray(inputs) && typeof inputs[0] === 'object';
  return (several ? (inputs as Input[]) : [inputs as Input]).map((input) =>
    Array.isArray(input) ? { shape: input } : input,
  );
}

/** Gives `layer`'s weights seeded values, the same in both libraries. */
function fillWeights(library: Library, layer: Layer | tfjs.LayersModel, check: LayerCheck): void {
  if (check.setWeights === false) return;
  const tensors = layer.weights.map(({ originalName, shape }, i) => {
    const name = originalName.split('/').at(-1)!;
    const dims = shape as number[];
    const limit = dims.length > 1 ? Math.sqrt(3 / sizeOf(dims.slice(0, -1))) : 0.1;
    const [low, high] = check.weightRange?.(name, i) ?? [-limit, limit];
    const spec = { shape: [...dims], low, high };
    return toTensor(library, draw(spec, 31 + i), spec);
  });
  layer.setWeights(tensors);
}

/** The sum of all float outputs, weighted by seeded numbers: a scalar whose gradients tell outputs apart. */
function weighted(library: Library, outputs: tfjs.Tensor[]): tfjs.Scalar {
  const terms = outputs.filter(isFloat).map((output, i) => {
    const spec = { shape: [...output.shape], low: -1, high: 1 };
    return output.mul(toTensor(library, draw(spec, 71 + i), spec)).sum();
  });
  return terms.reduce((a, b) => a.add(b)) as tfjs.Scalar;
}

/**
 * Registers tests that compare the layer `hd.layers[name](options)` with TensorFlow.js's: output shapes, weights,
 * configuration there and back, outputs, gradients for inputs and weights, and in a model: prediction in batches and
 * one step of training. `inputs` are shapes of one example, or Values (without the batch).
 */
export function checkLayer(
  name: string,
  options: Options | ((library: Library) => Options),
  inputs: Input | Input[],
  check: LayerCheck = {},
): void {
  const specs = valuesOf(inputs);
  const { batch = 3, tolerance = kTolerance } = check;
  const shown = typeof options === 'function' ? '{…}' : JSON.stringify(options);
  const title =
    check.title ?? `${name} ${shown} on ${specs.map(({ shape }) => `[${shape}]`).join(', ')}`;

  const make = (library: Library): Layer => {
    const given = library === tf ? (check.tfOptions ?? options) : options;
    const factory = library === tf ? (check.tfName ?? name) : name;
    const factories = library.layers as unknown as Record<string, (options: Options) => Layer>;
    const own = optionsFor(library, given);
    return factories[factory]!('name' in own ? own : { ...own, name: 'it' });
  };
  const data = (library: Library, count = batch): tfjs.Tensor[] =>
    specs.map((spec, i) => {
      const batched = { ...spec, shape: [count, ...spec.shape] };
      return toTensor(library, draw(batched, 3 + i), batched);
    });
  const apply = (library: Library, layer: Layer, xs: tfjs.Tensor[]): tfjs.Tensor[] => {
    const kwargs = check.kwargs?.(library);
    const given = xs.length === 1 ? xs[0]! : xs;
    return listOf(layer.apply(given, kwargs as never) as tfjs.Tensor | tfjs.Tensor[]);
  };
  /** A layer that has been called once and has its weights. */
  const ready = (library: Library): Layer => {
    const layer = make(library);
    apply(library, layer, data(library));
    fillWeights(library, layer, check);
    return layer;
  };
  const inBoth = <T>(work: (library: Library) => T): [actual: T, expected: T] => [
    work(hd),
    work(tf),
  ];
  const compare = (what: string, work: (library: Library) => tfjs.Tensor[]) => {
    const [actual, expected] = inBoth((library) => work(library).map(snapshot));
    expect(actual.length, `${what}: number of tensors`).toBe(expected.length);
    expected.forEach((wanted, i) => {
      expectClose(`${title}, ${what} ${i}`, actual[i]!, wanted, tolerance);
    });
  };

  describe(title, () => {
    it('output shapes and types', () => {
      const given = (check.shapes ?? []).map(
        (entry) => (Array.isArray(entry[0]) ? entry : [entry]) as Shape[],
      );
      for (const shapes of [specs.map(({ shape }) => shape as Shape), ...given]) {
        const [actual, expected] = inBoth((library) => {
          const symbols = shapes.map((shape, i) =>
            library.input({ shape, dtype: specs[i]!.dtype ?? 'float32' }),
          );
          const result = make(library).apply(symbols.length === 1 ? symbols[0]! : symbols);
          return listOf(result as tfjs.SymbolicTensor | tfjs.SymbolicTensor[]);
        });
        expect(actual.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
        if (check.config === false) continue;
        const layer = make(hd);
        const batched = shapes.map((shape) => [null, ...shape]);
        const computed = layer.computeOutputShape(batched.length === 1 ? batched[0]! : batched);
        const list = Array.isArray(computed[0]) ? computed : [computed];
        expect(list).toEqual(actual.map(({ shape }) => shape));
      }
    });

    it('weights', () => {
      const [actual, expected] = inBoth((library) => {
        const layer = make(library);
        apply(library, layer, data(library));
        return layer.weights.map(({ originalName, shape, dtype }) => [originalName, shape, dtype]);
      });
      expect(actual).toEqual(expected);
    });

    it('configuration, there and back', () => {
      const layer = make(hd);
      const config = plain(layer.getConfig());
      const { constructor } = layer as unknown as {
        constructor: { fromConfig(cls: unknown, config: Options): Layer };
      };
      const again = (from: Options) => plain(constructor.fromConfig(constructor, from).getConfig());
      expect(again(plain(config))).toEqual(config);
      if (check.config === false) return;
      const theirs = plain(make(tf).getConfig());
      const compared = { ...theirs };
      for (const key of check.ignoreConfig ?? []) delete compared[key];
      // What TensorFlow.js lacks may stand beside.
      expect(config).toMatchObject(compared);
      expect(again(theirs)).toMatchObject(compared);
    });

    it('outputs', () => {
      compare('output', (library) => apply(library, ready(library), data(library)));
    });

    const hasFloat = specs.some(({ dtype = 'float32' }) => dtype === 'float32');
    if (check.gradient !== false && hasFloat) {
      it('gradients for the inputs', () => {
        compare('gradient for input', (library) => {
          const layer = ready(library);
          const xs = data(library);
          const f = (...given: tfjs.Tensor[]) => {
            let next = 0;
            const all = xs.map((x) => (isFloat(x) ? given[next++]! : x));
            return weighted(library, apply(library, layer, all));
          };
          return library.grads(f)(xs.filter(isFloat));
        });
      });
    }

    if (check.gradient !== false) {
      it('gradients for the weights', () => {
        compare('gradient for weight', (library) => {
          const layer = ready(library);
          const { trainableWeights } = layer;
          if (trainableWeights.length === 0) return [];
          const xs = data(library);
          const f = () => weighted(library, apply(library, layer, xs));
          // TensorFlow.js wants the variables inside of its layers' variables.
          const variables = trainableWeights.map((weight) =>
            library === tf ? (weight as unknown as { val: tfjs.Variable }).val : weight,
          );
          return Object.values(library.variableGrads(f, variables as tfjs.Variable[]).grads);
        });
      });
    }

    if (check.model === false) return;

    /** The layer between inputs and outputs; while training behind dense layers, so that gradients pass it. */
    const build = (library: Library, dense: boolean): tfjs.LayersModel => {
      const symbols = specs.map(({ shape, dtype }) => library.input({ shape, dtype }));
      const behind = symbols.map((symbol, i) => {
        if (!dense || (specs[i]!.dtype ?? 'float32') !== 'float32') return symbol;
        const units = specs[i]!.shape.at(-1)!;
        return library.layers
          .dense({ units, name: `dense${i}` })
          .apply(symbol) as tfjs.SymbolicTensor;
      });
      const outputs = make(library).apply(behind.length === 1 ? behind[0]! : behind);
      const model = library.model({
        inputs: symbols,
        outputs: outputs as tfjs.SymbolicTensor | tfjs.SymbolicTensor[],
      });
      fillWeights(library, model, check);
      return model;
    };

    it('predictions of a model, in two batches', () => {
      compare('prediction', (library) => {
        const xs = data(library);
        const model = build(library, false);
        const batchSize = Math.max(1, batch - 1);
        return listOf(model.predict(xs.length === 1 ? xs[0]! : xs, { batchSize }));
      });
    });

    if (check.train === false || check.gradient === false) return;
    it('one step of training', async () => {
      const results = await Promise.all(
        [hd, tf].map(async (library) => {
          const model = build(library, check.dense !== false);
          model.compile({ optimizer: library.train.sgd(0.1), loss: 'meanSquaredError' });
          const xs = data(library);
          const outputs = listOf(model.predict(xs.length === 1 ? xs[0]! : xs));
          const targets = outputs.map(({ shape }, i) => {
            const spec = { shape: [...shape], low: -1, high: 1 };
            return toTensor(library, draw(spec, 91 + i), spec);
          });
          const losses = await model.trainOnBatch(
            xs.length === 1 ? xs[0]! : xs,
            targets.length === 1 ? targets[0]! : targets,
          );
          const values = listOf(losses);
          return [
            { shape: [values.length], dtype: 'float32', values },
            ...model.getWeights().map(snapshot),
          ];
        }),
      );
      const [actual, expected] = results;
      expect(actual!.length, 'number of weights').toBe(expected!.length);
      expected!.forEach((wanted, i) => {
        const what = i === 0 ? 'losses' : `weight ${i - 1} after a step`;
        expectClose(`${title}, ${what}`, actual![i]!, wanted, tolerance);
      });
    });
  });
}
