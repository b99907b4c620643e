// Watches a program train, in Heddle or in TensorFlow.js, in such a way that both must come to the same numbers: the
// first weights and all draws follow from shapes alone, nothing is dropped out, the order of the samples stays. After the
// first losses the program is ended, and a line tells what it built and what it lost.
const kSteps = 3;
const kRows = 2; // of each batch: TensorFlow.js needs seconds for a picture

/** Numbers in [-1, 1): mulberry32. */
function numbers(seed, count) {
  let state = seed >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2147483648 - 1;
  });
}

const sizeOf = (shape) => shape.reduce((a, b) => a * b, 1);

/** The values that the i-th weight of a model starts from. */
function firstValues({ name, shape }, i) {
  const size = sizeOf(shape);
  if (shape.length > 1) {
    const scale = Math.sqrt((3 * shape.at(-1)) / size);
    return numbers(i + 1, size).map((each) => scale * each);
  }
  const middle = /gamma|variance/.test(name) ? 1 : 0;
  return numbers(i + 1, size).map((each) => middle + 0.1 * each);
}

/** What the library exports, where it differs while it is watched. */
export function record(library) {
  const built = [];
  const losses = [];
  let training = false; // in fit() or trainOnBatch(), which call minimize() in TensorFlow.js

  function lost(loss) {
    losses.push(Array.isArray(loss) ? loss[0] : loss);
    if (losses.length < kSteps) return;
    console.log(`recorded: ${JSON.stringify({ built, losses })}`);
    process.exit(0);
  }

  /** Gives a model its first weights, and notes what it is. */
  function begin(model) {
    const { weights } = model;
    model.setWeights(weights.map((each, i) => library.tensor(firstValues(each, i), each.shape)));
    built.push({
      inputs: model.inputs.map(({ shape }) => shape),
      outputs: model.outputs.map(({ shape }) => shape),
      weights: weights.map(({ shape }) => shape),
      trainable: model.trainableWeights.length,
      parameters: model.countParams(),
    });
    return model;
  }

  const map = (data, f) => (Array.isArray(data) ? data.map(f) : f(data));
  const firstRows = (data, rows) =>
    map(data, (each) => each.slice(0, Math.min(rows, each.shape[0])));

  const models = library.LayersModel.prototype;
  const { compile, fit, trainOnBatch } = models;
  models.compile = function (args) {
    compile.call(this, args);
    begin(this);
  };
  models.fit = async function (x, y, args) {
    const callbacks = { onBatchEnd: (_, logs) => lost(logs.loss) };
    const rows = kSteps * kRows;
    const few = { ...args, batchSize: kRows, epochs: kSteps, initialEpoch: 0, shuffle: false };
    delete few.validationSplit;
    delete few.validationData;
    training = true;
    const history = await fit.call(this, firstRows(x, rows), firstRows(y, rows), {
      ...few,
      callbacks,
    });
    training = false;
    return history;
  };
  models.trainOnBatch = async function (x, y) {
    training = true;
    const loss = await trainOnBatch.call(this, firstRows(x, kRows), firstRows(y, kRows));
    training = false;
    lost(loss);
    return loss;
  };
  const optimizers = library.Optimizer.prototype;
  const { minimize } = optimizers;
  optimizers.minimize = function (f, returnCost, variables) {
    const cost = minimize.call(this, f, true, variables);
    if (!training) lost(cost.dataSync()[0]);
    return returnCost ? cost : null;
  };

  return {
    layers: {
      ...library.layers,
      dropout: (args) => library.layers.dropout({ ...args, rate: 0 }),
    },
    model: (args) => begin(library.model(args)),
    sequential: (args) => {
      const model = library.sequential(args);
      return args?.layers ? begin(model) : model;
    },
    randomNormal: (shape) => library.tensor(numbers(sizeOf(shape), sizeOf(shape)), shape),
    variableGrads: (f, variables) => {
      const result = library.variableGrads(f, variables);
      lost(result.value.dataSync()[0]);
      return result;
    },
  };
}
