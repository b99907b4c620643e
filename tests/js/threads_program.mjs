// A program of its own for tests/js/threads.test.ts: trains on so many threads and prints what came out.
//   node threads_program.mjs <path of index.js> <build> <threads>
const [path, build, threads] = process.argv.slice(2);
const hd = await import(path);
await hd.ready({ build, threads: threads === 'auto' ? 'auto' : Number(threads) });

const seeded = (shape, seed) => hd.randomUniform(shape, -0.5, 0.5, 'float32', seed);

/** Trains a network; the losses, and the weights as one list. */
async function train(layers, inputShape, classes) {
  const model = hd.sequential({ layers });
  model.setWeights(model.getWeights().map((weight, i) => seeded(weight.shape, i + 1)));
  model.compile({ optimizer: hd.train.adam(0.003), loss: 'categoricalCrossentropy' });
  const examples = 64;
  const labels = Int32Array.from({ length: examples }, (_, i) => i % classes);
  const y = hd.oneHot(hd.tensor1d(labels, 'int32'), classes);
  const x = seeded([examples, ...inputShape], 99);
  const { history } = await model.fit(x, y, {
    epochs: 4,
    batchSize: 32,
    shuffle: false,
    verbose: 0,
  });
  const weights = model.getWeights().flatMap((weight) => Array.from(weight.dataSync()));
  return { losses: history.loss, weights };
}

const cnn = await train(
  [
    hd.layers.conv2d({ filters: 16, kernelSize: 3, activation: 'relu', inputShape: [20, 20, 3] }),
    hd.layers.maxPooling2d({ poolSize: 2 }),
    hd.layers.conv2d({ filters: 32, kernelSize: 3, padding: 'same', activation: 'relu' }),
    hd.layers.averagePooling2d({ poolSize: 2 }),
    hd.layers.batchNormalization({}),
    hd.layers.flatten(),
    hd.layers.dense({ units: 128, activation: 'tanh' }),
    hd.layers.dense({ units: 10, activation: 'softmax' }),
  ],
  [20, 20, 3],
  10,
);
const lstm = await train(
  [
    hd.layers.lstm({ units: 48, inputShape: [12, 40] }),
    hd.layers.layerNormalization({}),
    hd.layers.dense({ units: 4, activation: 'softmax' }),
  ],
  [12, 40],
  4,
);
console.log(JSON.stringify({ info: hd.info(), cnn, lstm }));
// The threads wait for work that will not come; the program ends here all the same.
