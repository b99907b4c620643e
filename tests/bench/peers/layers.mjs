// The contenders with the Layers API: TensorFlow.js and Heddle run the very same program, `lib` being either.

/** Two [n, n] matrices; one unit of work is one product. */
export function product(lib, n, a, b) {
  const left = lib.tensor2d(a, [n, n]);
  const right = lib.tensor2d(b, [n, n]);
  let last = null;
  return {
    async run(count) {
      for (let i = 0; i < count; i++) {
        last?.dispose();
        last = lib.matMul(left, right);
      }
    },
    check: async () => (await last.data())[0],
  };
}

const networks = {
  mlp: (lib) => [
    lib.layers.dense({ units: 128, activation: 'relu', inputShape: [784] }),
    lib.layers.dense({ units: 10, activation: 'softmax' }),
  ],
  cnn: (lib) => [
    lib.layers.conv2d({
      filters: 32,
      kernelSize: 3,
      activation: 'relu',
      inputShape: [28, 28, 1],
    }),
    lib.layers.maxPooling2d({ poolSize: 2 }),
    lib.layers.conv2d({ filters: 64, kernelSize: 3, activation: 'relu' }),
    lib.layers.maxPooling2d({ poolSize: 2 }),
    lib.layers.flatten(),
    lib.layers.dense({ units: 128, activation: 'relu' }),
    lib.layers.dense({ units: 10, activation: 'softmax' }),
  ],
  // A picture as a sequence of 28 rows of 28.
  lstm: (lib) => [
    lib.layers.lstm({ units: 64, inputShape: [28, 28] }),
    lib.layers.dense({ units: 10, activation: 'softmax' }),
  ],
  gru: (lib) => [
    lib.layers.gru({ units: 64, inputShape: [28, 28] }),
    lib.layers.dense({ units: 10, activation: 'softmax' }),
  ],
};

const inputShapes = { mlp: [784], cnn: [28, 28, 1], lstm: [28, 28], gru: [28, 28] };

/** One unit of work is one training step with Adam on one batch, run by `fit` as a user would. */
export function training(lib, network, { x, y, batchSize, learningRate }) {
  const model = lib.sequential({ layers: networks[network](lib) });
  model.compile({
    optimizer: lib.train.adam(learningRate),
    loss: 'categoricalCrossentropy',
  });
  const examples = y.length / 10;
  const xs = lib.tensor(x, [examples, ...inputShapes[network]]);
  const ys = lib.tensor(y, [examples, 10]);
  const stepsPerEpoch = examples / batchSize;
  let lastLoss = NaN;
  return {
    stepsPerEpoch,
    async run(steps) {
      const epochs = Math.max(1, Math.round(steps / stepsPerEpoch));
      const { history } = await model.fit(xs, ys, {
        epochs,
        batchSize,
        verbose: 0,
        yieldEvery: 'never',
      });
      lastLoss = history.loss.at(-1);
    },
    check: async () => lastLoss,
  };
}

/** One unit of work is one prediction of MobileNetV2 (224 x 224, 1000 classes) with weights drawn at random. */
export function mobileNet(lib, config, x) {
  const model = lib.LayersModel.fromConfig(lib.LayersModel, config);
  const input = lib.tensor(x, [1, 224, 224, 3]);
  let last = NaN;
  return {
    async run(count) {
      for (let i = 0; i < count; i++) {
        const output = model.predict(input);
        last = output.dataSync()[0];
        output.dispose();
      }
    },
    check: async () => last,
  };
}
