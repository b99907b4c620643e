// What does a house cost? Regression from six facts: by a straight line first, then by a network with two hidden layers.
//
//   node examples/housing.mjs [houses.csv] [--short]
//
// `houses.csv` has numbers only: a house per line, its price in the last column; a first line of names is passed over.
// Without it, 1,200 houses are made by a formula, with noise, so that the best possible answer is known.
import { readFileSync } from 'node:fs';
import * as hd from 'heddle';
import { path, quality, randomNumbers, short } from './common.mjs';

await hd.ready();
hd.setRandomSeed?.(2); // Heddle's own: the same first weights in every run
const random = randomNumbers(2);

const noise = 15; // standard deviation, in thousands
function makeHouse() {
  const between = (low, high) => low + (high - low) * random.uniform();
  const area = between(40, 220); // m²
  const rooms = Math.max(1, Math.round(area / 28 + random.normal()));
  const age = between(0, 100); // years
  const distance = between(0.5, 25); // km to the centre
  const garden = random.uniform() < 0.4 ? 1 : 0;
  const crime = between(0, 10);
  // What no straight line can say: a square metre is worth less the farther out it is, and houses are
  // cheapest in the middle of their life.
  const perSquareMetre = 1.2 + 3 * Math.exp(-distance / 8);
  const ageing = 0.02 * (age - 55) ** 2;
  const price =
    perSquareMetre * area + 8 * rooms + ageing + 40 * garden * (distance / 25) - 6 * crime;
  return [area, rooms, age, distance, garden, crime, price + noise * random.normal()];
}

function readHouses(file) {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const rows = lines.map((line) => line.split(',').map(Number));
  return rows.filter((row) => row.every(Number.isFinite));
}

const houses = path ? readHouses(path) : Array.from({ length: 1200 }, makeHouse);
random.shuffle(houses);
const facts = houses[0].length - 1;
const learn = houses.slice(0, Math.round(0.8 * houses.length));
const keptBack = houses.slice(learn.length);
console.log(`${learn.length} houses to learn from, ${keptBack.length} kept back, ${facts} facts`);

// Facts and prices are brought to mean 0 and deviation 1, as seen in the houses to learn from.
const columns = hd.tensor2d(learn);
const { mean, variance } = hd.moments(columns, 0);
const deviation = variance.sqrt();
function split(rows) {
  const scaled = hd.tensor2d(rows).sub(mean).div(deviation);
  return { x: scaled.slice([0, 0], [-1, facts]), y: scaled.slice([0, facts], [-1, 1]) };
}
const [train, test] = [split(learn), split(keptBack)];
const priceDeviation = (await deviation.data())[facts];

function linearRegression() {
  const model = hd.sequential();
  model.add(hd.layers.dense({ units: 1, inputShape: [facts] }));
  return model;
}

function twoHiddenLayers() {
  const model = hd.sequential();
  const init = { kernelInitializer: 'leCunNormal', activation: 'tanh' };
  model.add(hd.layers.dense({ units: 32, ...init, inputShape: [facts] }));
  model.add(hd.layers.dense({ units: 16, ...init }));
  model.add(hd.layers.dense({ units: 1 }));
  return model;
}

/** Trains, and returns R², the share of the price's variance that the model explains in the houses kept back. */
async function run(title, model, epochs) {
  console.log(`\n${title}: ${model.countParams()} parameters`);
  model.compile({ optimizer: hd.train.adam(0.01), loss: 'meanSquaredError' });
  await model.fit(train.x, train.y, {
    epochs,
    batchSize: 32,
    validationSplit: 0.2,
    verbose: 0,
    callbacks: {
      onEpochEnd: (epoch, { loss, val_loss }) => {
        if (epoch % (epochs / 5) !== epochs / 5 - 1) return;
        console.log(
          `epoch ${epoch + 1}: loss ${loss.toFixed(4)}  validation ${val_loss.toFixed(4)}`,
        );
      },
    },
  });
  const error = model.evaluate(test.x, test.y); // of scaled prices
  const meanSquaredError = (await error.data())[0];
  const off = Math.sqrt(meanSquaredError) * priceDeviation;
  console.log(`root mean squared error of the houses kept back: ${off.toFixed(1)} thousand`);
  const testVariance = hd.moments(test.y).variance;
  return 1 - meanSquaredError / (await testVariance.data())[0];
}

const epochs = short ? 30 : 60;
const linear = await run('a straight line', linearRegression(), epochs);
const network = await run('two hidden layers', twoHiddenLayers(), epochs);

if (!path) console.log(`\nthe noise in the prices, which nobody can foretell: ${noise} thousand`);
console.log(`variance explained: line ${linear.toFixed(3)}, network ${network.toFixed(3)}`);
quality('variance explained', network, { atLeast: short ? 0.95 : 0.97 });
