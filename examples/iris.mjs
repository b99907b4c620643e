// Which of three kinds is an iris? Four measures of a flower go in, three probabilities come out.
//
//   node examples/iris.mjs [iris.csv] [--short]
//
// `iris.csv` has a flower per line: sepal length, sepal width, petal length, petal width (cm), name. Without it, 150
// flowers are drawn from the means and covariances of Fisher's (The use of multiple measurements in taxonomic problems, 1936).
import { readFileSync } from 'node:fs';
import * as hd from 'heddle';
import { path, quality, randomNumbers, short } from './common.mjs';

await hd.ready();
hd.setRandomSeed?.(1); // Heddle's own: the same first weights in every run
const random = randomNumbers(1);

const statistics = {
  setosa: {
    mean: [5.006, 3.428, 1.462, 0.246],
    covariance: [
      [0.1242, 0.0992, 0.0164, 0.0103],
      [0.0992, 0.1437, 0.0117, 0.0093],
      [0.0164, 0.0117, 0.0302, 0.0061],
      [0.0103, 0.0093, 0.0061, 0.0111],
    ],
  },
  versicolor: {
    mean: [5.936, 2.77, 4.26, 1.326],
    covariance: [
      [0.2664, 0.0852, 0.1829, 0.0558],
      [0.0852, 0.0985, 0.0827, 0.0412],
      [0.1829, 0.0827, 0.2208, 0.0731],
      [0.0558, 0.0412, 0.0731, 0.0391],
    ],
  },
  virginica: {
    mean: [6.588, 2.974, 5.552, 2.026],
    covariance: [
      [0.4043, 0.0938, 0.3033, 0.0491],
      [0.0938, 0.104, 0.0714, 0.0476],
      [0.3033, 0.0714, 0.3046, 0.0488],
      [0.0491, 0.0476, 0.0488, 0.0754],
    ],
  },
};

/** The lower triangle L with L·Lᵀ = matrix (Cholesky): L times normal numbers has this covariance. */
function cholesky(matrix) {
  const lower = matrix.map((row) => row.map(() => 0));
  for (let i = 0; i < matrix.length; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = matrix[i][j];
      for (let k = 0; k < j; k++) rest -= lower[i][k] * lower[j][k];
      lower[i][j] = i === j ? Math.sqrt(rest) : rest / lower[j][j];
    }
  }
  return lower;
}

function drawFlowers(perKind) {
  return Object.entries(statistics).flatMap(([name, { mean, covariance }]) => {
    const lower = cholesky(covariance);
    return Array.from({ length: perKind }, () => {
      const z = mean.map(() => random.normal());
      const measures = mean.map((m, i) => lower[i].reduce((sum, l, j) => sum + l * z[j], m));
      return { measures, name };
    });
  });
}

function readFlowers(file) {
  const lines = readFileSync(file, 'utf8').split('\n');
  const rows = lines.map((line) => line.trim().split(',')).filter((row) => Number(row[0]) > 0);
  return rows.map((row) => ({ measures: row.slice(0, 4).map(Number), name: row[4] }));
}

const flowers = random.shuffle(path ? readFlowers(path) : drawFlowers(50));
const names = [...new Set(flowers.map((flower) => flower.name))].sort();
const learn = flowers.slice(0, Math.round(0.8 * flowers.length));
const keptBack = flowers.slice(learn.length);
console.log(`${learn.length} flowers to learn from, ${keptBack.length} kept back: ${names}`);

const measuresOf = (list) => hd.tensor2d(list.map((flower) => flower.measures));
const kindsOf = (list) => {
  const numbers = list.map((flower) => names.indexOf(flower.name));
  return hd.oneHot(hd.tensor1d(numbers, 'int32'), names.length);
};

// Every measure is brought to mean 0 and deviation 1, as seen in the flowers to learn from.
const { mean, variance } = hd.moments(measuresOf(learn), 0);
const standardise = (x) => x.sub(mean).div(variance.sqrt());

const model = hd.sequential();
model.add(hd.layers.dense({ units: 10, activation: 'sigmoid', inputShape: [4] }));
model.add(hd.layers.dense({ units: names.length, activation: 'softmax' }));
model.compile({
  optimizer: hd.train.adam(0.02),
  loss: 'categoricalCrossentropy',
  metrics: ['accuracy'],
});
model.summary();

const [xTest, yTest] = [standardise(measuresOf(keptBack)), kindsOf(keptBack)];
await model.fit(standardise(measuresOf(learn)), kindsOf(learn), {
  epochs: short ? 20 : 60,
  batchSize: 16,
  validationData: [xTest, yTest],
  verbose: 0,
  callbacks: {
    onEpochEnd: (epoch, { loss, acc, val_acc }) => {
      if (epoch % 10 !== 9) return;
      const numbers = `loss ${loss.toFixed(3)}  accuracy ${acc.toFixed(3)}`;
      console.log(`epoch ${epoch + 1}: ${numbers}  kept back ${val_acc.toFixed(3)}`);
    },
  },
});

// The confusion matrix: a row per kind, a column per answer.
const answers = model.predict(xTest).argMax(-1);
const matrix = hd.math.confusionMatrix(yTest.argMax(-1), answers, names.length);
console.log('kind by answer:', JSON.stringify(await matrix.array()));

const [, accuracy] = model.evaluate(xTest, yTest);
quality('accuracy', (await accuracy.data())[0], { atLeast: short ? 0.85 : 0.93 });
