// Every layer that PyTorch also has, against golden files from PyTorch: outputs, eagerly and as a
// model; gradients for inputs and weights; and a step of training as a compiled Program.
// make_golden.py makes the files.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { dtypeOf, expectGolden, readCases, start, toTensor, type Entry } from './support';

beforeAll(start);

type Options = Record<string, unknown>;

interface LayerCase {
  layer: string;
  /** Options; {layer, options} within them stands for a layer of its own. */
  options: Options;
  note?: string;
  /** How the layer is called. Absent where it makes no difference. */
  training?: boolean;
  /** Further arguments of the call. */
  call?: Options;
  inputs: Entry[];
  /** In the order of `layer.weights`. */
  weights: Entry[];
  /** The gradients are those of sum(output * cotangent). */
  cotangents: Entry[];
  outputs: Entry[];
  /** null for integers. */
  inputGradients: (Entry | null)[];
  /** Of the trainable weights. */
  weightGradients: Entry[];
  /** The weights that are not trainable, after a call in training. */
  weightsAfter?: Entry[];
}

const kFamilies = [
  'activations',
  'attention',
  'convolutions',
  'dense',
  'images',
  'merging',
  'normalizations',
  'poolings',
  'recurrent',
];

/** Options with the layers that they speak of. */
function resolve(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolve);
  if (typeof value !== 'object' || value === null) return value;
  const { layer, options } = value as Options;
  if (typeof layer === 'string') return make(layer, options as Options);
  const entries = Object.entries(value).map(([key, inner]) => [key, resolve(inner)] as const);
  return Object.fromEntries(entries);
}

function make(layer: string, options: Options): hd.Layer {
  const factories = { ...hd.layers, sequential: hd.sequential } as unknown as Record<
    string,
    ((options: unknown) => hd.Layer) | undefined
  >;
  const factory = factories[layer];
  if (factory === undefined) throw new Error(`There is no hd.layers.${layer}`);
  return factory(resolve(options));
}

const asList = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);
const oneOrAll = <T>(list: T[]): T | T[] => (list.length === 1 ? list[0]! : list);

/** A layer with the weights of its case, and its model. */
class Subject {
  readonly layer: hd.Layer;
  readonly inputs: hd.Tensor[];
  readonly model: hd.LayersModel;
  readonly #case: LayerCase;

  constructor(entry: LayerCase) {
    this.#case = entry;
    this.layer = make(entry.layer, entry.options);
    this.inputs = entry.inputs.map(toTensor);
    const inputs = entry.inputs.map((input) =>
      hd.input({ shape: input.shape.slice(1), dtype: dtypeOf(input) }),
    );
    const outputs = this.layer.apply(oneOrAll(inputs), entry.call);
    this.model = hd.model({ inputs, outputs: outputs as hd.SymbolicTensor[] });
    this.layer.setWeights(entry.weights.map(toTensor));
  }

  apply(inputs: hd.Tensor[]): hd.Tensor[] {
    const { training, call } = this.#case;
    const outputs = this.layer.apply(oneOrAll(inputs), { training, ...call } as hd.CallArgs);
    return asList(outputs as hd.Tensor | hd.Tensor[]);
  }

  /** sum(output * cotangent) over all outputs. */
  total(inputs: hd.Tensor[]): hd.Scalar {
    const outputs = this.apply(inputs);
    const parts = this.#case.cotangents.map((c, i) => outputs[i]!.mul(toTensor(c)).sum());
    return parts.reduce((sum, part) => sum.add(part)) as hd.Scalar;
  }
}

function checkOutputs(entry: LayerCase): void {
  const subject = new Subject(entry);
  const outputs = subject.apply(subject.inputs);
  expect(outputs).toHaveLength(entry.outputs.length);
  entry.outputs.forEach((expected, i) => expectGolden(`output ${i}`, outputs[i]!, expected));

  const fixed = subject.layer.nonTrainableWeights;
  entry.weightsAfter?.forEach((expected, i) => {
    expectGolden(`${fixed[i]!.name} after`, fixed[i]!.read(), expected);
  });

  if (entry.training === true) return; // predict() is not training
  const predicted = asList(subject.model.predict(oneOrAll(subject.inputs)) as hd.Tensor);
  expect(predicted).toHaveLength(entry.outputs.length);
  entry.outputs.forEach((expected, i) => expectGolden(`predicted ${i}`, predicted[i]!, expected));
}

function checkGradients(entry: LayerCase): void {
  const subject = new Subject(entry);
  const kin = [...entry.inputGradients, ...entry.weightGradients];
  const real = entry.inputGradients.flatMap((gradient, i) => (gradient === null ? [] : [i]));
  if (real.length > 0) {
    const gradients = hd.grads((...xs) => {
      const inputs = [...subject.inputs];
      real.forEach((place, i) => (inputs[place] = xs[i]!));
      return subject.total(inputs);
    })(real.map((place) => subject.inputs[place]!));
    real.forEach((place, i) => {
      const expected = entry.inputGradients[place]!;
      expectGolden(`gradient of input ${place}`, gradients[i]!, expected, kin);
    });
  }

  const variables = subject.layer.trainableWeights;
  expect(variables).toHaveLength(entry.weightGradients.length);
  if (variables.length === 0) return;
  const named = hd.variableGrads(() => subject.total(subject.inputs), variables).grads;
  const gradients = Object.values(named);
  expect(gradients).toHaveLength(variables.length);
  variables.forEach((variable, i) => {
    expectGolden(`gradient of ${variable.name}`, gradients[i]!, entry.weightGradients[i]!, kin);
  });
}

/** One step of gradient descent: the weights tell the gradients that the Program made. */
async function checkStep(entry: LayerCase): Promise<void> {
  // Large, so that the weights' own rounding does not hide their change.
  const learningRate = 1024;
  const subject = new Subject(entry);
  subject.model.compile({
    optimizer: hd.train.sgd(learningRate),
    loss: (cotangent, output) => output.mul(cotangent).sum(),
  });
  const cotangents = entry.cotangents.map(toTensor);
  const kin = [...entry.inputGradients, ...entry.weightGradients];
  // Spectral normalisation replaces the kernel before it is used, and the step starts from there.
  subject.apply(subject.inputs);
  const before = subject.layer.trainableWeights.map((variable) => variable.read());
  subject.layer.setWeights(entry.weights.map(toTensor));
  await subject.model.trainOnBatch(oneOrAll(subject.inputs), oneOrAll(cotangents));
  subject.layer.trainableWeights.forEach((variable, i) => {
    const gradient = before[i]!.sub(variable.read()).div(learningRate);
    expectGolden(`trained ${variable.name}`, gradient, entry.weightGradients[i]!, kin);
  });
}

const title = ({ layer, options, note, training, inputs }: LayerCase): string =>
  `${layer} ${JSON.stringify(options)} on ${inputs.map(({ shape }) => `[${shape}]`).join(', ')}` +
  (note === undefined ? '' : `, ${note}`) +
  (training === undefined ? '' : training ? ', in training' : ', not in training');

describe.each(kFamilies)('%s', (family) => {
  const cases = readCases<LayerCase>(family);
  it.each(cases.map((entry) => [title(entry), entry] as const))('%s', async (_, entry) => {
    checkOutputs(entry);
    checkGradients(entry);
    if (entry.weightGradients.length > 0 && entry.training !== false) await checkStep(entry);
  });
});
