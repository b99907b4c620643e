// Two layers of one's own: one without weights, one with. They tell two spirals apart, wound into each other.
//
//   node examples/custom_layer.mjs [--short]
import * as hd from 'heddle';
import { quality, randomNumbers, short } from './common.mjs';

await hd.ready();
hd.setRandomSeed?.(4); // Heddle's own: the same first weights in every run
const random = randomNumbers(4);

/**
 * What is above the mean and what is below it, side by side: [batch, n] → [batch, 2n]. Unlike relu it throws nothing
 * away. (After TensorFlow.js's example of the same name.)
 */
class Antirectifier extends hd.layers.Layer {
  static className = 'Antirectifier';

  computeOutputShape([batch, width]) {
    return [batch, 2 * width];
  }

  call(inputs) {
    const x = Array.isArray(inputs) ? inputs[0] : inputs;
    const centred = x.sub(x.mean(-1, true));
    return hd.concat([hd.relu(centred), hd.relu(hd.neg(centred))], -1);
  }
}
hd.serialization.registerClass(Antirectifier);

/**
 * How near its input is to each of its centres: exp(-sharpness · |x - centre|²), [batch, n] → [batch, units].
 * Learns where the centres are and how sharply each one looks. (Broomhead and Lowe, Radial basis functions, 1988.)
 */
class RadialBasis extends hd.layers.Layer {
  static className = 'RadialBasis';

  constructor(options) {
    super(options);
    this.units = options.units;
  }

  // Runs once, when the layer sees its first input: only then is the width known.
  build(inputShape) {
    const width = inputShape[inputShape.length - 1];
    const anywhere = hd.initializers.randomUniform({ minval: -1, maxval: 1, seed: 4 });
    const sharp = hd.initializers.constant({ value: 5 });
    this.centres = this.addWeight('centres', [this.units, width], 'float32', anywhere);
    this.sharpness = this.addWeight('sharpness', [this.units], 'float32', sharp);
    super.build(inputShape);
  }

  computeOutputShape(inputShape) {
    return [...inputShape.slice(0, -1), this.units];
  }

  call(inputs) {
    const x = Array.isArray(inputs) ? inputs[0] : inputs;
    const apart = x.expandDims(1).sub(this.centres.read()); // [batch, units, width]
    return apart.square().sum(-1).mul(this.sharpness.read()).neg().exp();
  }

  // With this the layer can be copied, and a model that has it saved.
  getConfig() {
    return { ...super.getConfig(), units: this.units };
  }
}
hd.serialization.registerClass(RadialBasis);

/** Points of two spirals, one the other turned by half a circle, and which spiral each is of. */
function spirals(count) {
  const points = [];
  const which = [];
  for (let i = 0; i < count; i++) {
    const spiral = i % 2;
    const along = Math.sqrt(random.uniform());
    const angle = 3 * Math.PI * along + spiral * Math.PI;
    const wobble = () => 0.02 * random.normal();
    points.push([along * Math.cos(angle) + wobble(), along * Math.sin(angle) + wobble()]);
    which.push([spiral]);
  }
  return { x: hd.tensor2d(points), y: hd.tensor2d(which) };
}

const model = hd.sequential({
  layers: [
    new RadialBasis({ units: 40, inputShape: [2] }),
    hd.layers.dense({ units: 16 }),
    new Antirectifier(),
    hd.layers.dense({ units: 1, activation: 'sigmoid' }),
  ],
});
model.summary();
model.compile({
  optimizer: hd.train.adam(0.02),
  loss: 'binaryCrossentropy',
  metrics: ['accuracy'],
});

const [learn, keptBack] = [spirals(1000), spirals(400)];
const epochs = short ? 20 : 60;
await model.fit(learn.x, learn.y, {
  epochs,
  batchSize: 32,
  validationData: [keptBack.x, keptBack.y],
  verbose: 0,
  callbacks: {
    onEpochEnd: (epoch, { loss, val_acc }) => {
      if (epoch % 10 !== 9) return;
      console.log(`epoch ${epoch + 1}: loss ${loss.toFixed(4)}  kept back ${val_acc.toFixed(3)}`);
    },
  },
});

// A copy has the same options and weights of its own; given the same weights, it says the same.
const basis = model.layers[0];
const copy = RadialBasis.fromConfig(RadialBasis, basis.getConfig());
copy.apply(keptBack.x);
copy.setWeights(basis.getWeights());
const difference = copy.apply(keptBack.x).sub(basis.apply(keptBack.x)).abs().max();
console.log(`the copy differs by ${(await difference.data())[0]}`);

// What the model thinks of the plane: # and . are the two spirals.
for (let row = 1; row >= -1; row -= 0.125) {
  const line = Array.from({ length: 33 }, (_, i) => [-1 + i / 16, row]);
  const answers = await model.predict(hd.tensor2d(line)).data();
  console.log([...answers].map((answer) => (answer > 0.5 ? '#' : '.')).join(''));
}

const [, accuracy] = model.evaluate(keptBack.x, keptBack.y);
quality('accuracy', (await accuracy.data())[0], { atLeast: short ? 0.9 : 0.97 });
