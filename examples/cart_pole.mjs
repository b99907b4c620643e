// A pole stands on a cart. A network pushes the cart left or right, 50 times a second, and learns from nothing but how
// long the pole stayed up. Policy gradients: R. Williams, Simple Statistical Gradient-Following Algorithms (1992).
//
//   node examples/cart_pole.mjs [--short]
import * as hd from 'heddle';
import { quality, randomNumbers, short } from './common.mjs';

await hd.ready();
hd.setRandomSeed?.(10); // Heddle's own: the same first weights in every run
const random = randomNumbers(10);

const longest = 200; // steps: whoever gets so far has won

/** Cart and pole, after A. Barto, R. Sutton and C. Anderson, Neuronlike adaptive elements (1983). Metres, kilograms, seconds. */
class CartPole {
  constructor() {
    const small = () => 0.1 * random.uniform() - 0.05;
    this.state = [small(), small(), small(), small()]; // place, speed, angle, turning speed
    this.steps = 0;
  }

  push(right) {
    const [gravity, cart, pole, half, seconds] = [9.8, 1, 0.1, 0.5, 0.02];
    let [place, speed, angle, turning] = this.state;
    const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
    const mass = cart + pole;
    const push = ((right ? 10 : -10) + pole * half * turning ** 2 * sine) / mass;
    const turn = (gravity * sine - cosine * push) / (half * (4 / 3 - (pole * cosine ** 2) / mass));
    const drive = push - (pole * half * turn * cosine) / mass;
    place += seconds * speed;
    speed += seconds * drive;
    angle += seconds * turning;
    turning += seconds * turn;
    this.state = [place, speed, angle, turning];
    this.steps++;
  }

  get over() {
    const [place, , angle] = this.state;
    return Math.abs(place) > 2.4 || Math.abs(angle) > Math.PI / 15 || this.steps >= longest;
  }
}

// Four numbers of the state go in; out comes the logit of pushing right.
const policy = hd.sequential({
  layers: [
    hd.layers.dense({ units: 24, activation: 'tanh', inputShape: [4] }),
    hd.layers.dense({ units: 1 }),
  ],
});
policy.summary();

/** Plays several games at once. `pushRight` says from a probability whether to push right. */
async function play(count, pushRight) {
  const games = Array.from({ length: count }, () => ({
    cart: new CartPole(),
    states: [],
    pushes: [],
  }));
  let running = games;
  while (running.length > 0) {
    const states = hd.tensor2d(running.map(({ cart }) => cart.state));
    const right = hd.tidy(() => policy.predict(states).sigmoid());
    const probabilities = await right.data();
    hd.dispose([states, right]);
    running.forEach(({ cart, states, pushes }, i) => {
      states.push(cart.state);
      pushes.push(pushRight(probabilities[i]) ? 1 : 0);
      cart.push(pushes.at(-1) === 1);
    });
    running = running.filter(({ cart }) => !cart.over);
  }
  return games;
}

const meanLength = (games) => games.reduce((sum, { cart }) => sum + cart.steps, 0) / games.length;

/** What each step of a game was good for: one point for every step from there on, later ones counting less. */
function returns(steps) {
  const result = new Array(steps);
  let sum = 0;
  for (let i = steps - 1; i >= 0; i--) result[i] = sum = 1 + 0.98 * sum;
  return result;
}

const optimizer = hd.train.adam(0.02);

/** Makes the pushes that did better than most likelier, and the others less likely. */
function learn(games) {
  const states = hd.tensor2d(games.flatMap((game) => game.states));
  const pushes = hd.tensor2d(games.flatMap((game) => game.pushes.map((push) => [push])));
  const earned = hd.tensor2d(
    games.flatMap(({ cart }) => returns(cart.steps).map((each) => [each])),
  );
  const advantage = hd.tidy(() => {
    const { mean, variance } = hd.moments(earned);
    return earned.sub(mean).div(variance.sqrt());
  });
  // -log of the probability of what was done, from the logit: log(1 + exp(l)) - push·l.
  const { grads, value } = hd.variableGrads(() => {
    const logits = policy.apply(states);
    const surprise = logits.softplus().sub(pushes.mul(logits));
    return surprise.mul(advantage).mean();
  });
  optimizer.applyGradients(grads);
  hd.dispose([states, pushes, earned, advantage, grads, value]);
}

const rounds = short ? 15 : 50;
for (let round = 1; round <= rounds; round++) {
  const games = await play(16, (probability) => random.uniform() < probability);
  learn(games);
  if (round % 5 === 0) {
    console.log(
      `round ${round}/${rounds}: the pole stays up for ${meanLength(games).toFixed(0)} steps`,
    );
  }
}

// Without chance: always the likelier push, in games never played before.
const steps = meanLength(await play(100, (probability) => probability > 0.5));
quality(`steps of ${longest}`, steps, { atLeast: short ? 80 : 195 });
