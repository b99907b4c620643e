// The benchmark's networks in jax-js, which has no layers: their losses, as functions of weights and
// examples. jax-js counts references: an array passed to a function is used up; `.ref` keeps it.
import { lax, nn, numpy as np } from '@jax-js/jax';

const dense = (x, kernel, bias) => np.dot(x, kernel).add(bias);

const crossEntropy = (logits, target, batch) =>
  nn
    .logSoftmax(logits)
    .mul(target)
    .sum()
    .mul(-1 / batch);

const kSteps = 28; // of a sequence, each of as many values
const kUnits = 64;
const kHeads = 4;

/** What a recurrent layer's inputs give for each step, by one product: [batch, width] each. */
function inputsOfSteps(x, kernel, bias, batch) {
  const flat = dense(x.reshape([batch * kSteps, 28]), kernel, bias);
  return np
    .split(flat.reshape([batch, kSteps, -1]), kSteps, 1)
    .map((each) => each.reshape([batch, -1]));
}

/** jax-js has no loops: the steps stand one after another in the program. */
function lstm(x, kernel, recurrent, bias, batch) {
  let h = np.zeros([batch, kUnits]);
  let c = np.zeros([batch, kUnits]);
  for (const input of inputsOfSteps(x, kernel, bias, batch)) {
    const gates = np.split(input.add(np.dot(h, recurrent.ref)), 4, 1);
    const [i, f, candidate, o] = gates;
    c = nn
      .sigmoid(f)
      .mul(c)
      .add(nn.sigmoid(i).mul(np.tanh(candidate)));
    h = nn.sigmoid(o).mul(np.tanh(c.ref));
  }
  c.dispose();
  recurrent.dispose();
  return h;
}

function gru(x, kernel, recurrent, bias, batch) {
  const [forGates, forCandidate] = np.split(recurrent, [2 * kUnits], 1);
  let h = np.zeros([batch, kUnits]);
  for (const input of inputsOfSteps(x, kernel, bias, batch)) {
    const [gates, wanted] = np.split(input, [2 * kUnits], 1);
    const [update, reset] = np.split(nn.sigmoid(gates.add(np.dot(h.ref, forGates.ref))), 2, 1);
    const kept = np.dot(reset.mul(h.ref), forCandidate.ref);
    const candidate = np.tanh(wanted.add(kept));
    h = update.ref.mul(h).add(np.subtract(1, update).mul(candidate)); // z h + (1 - z) h'
  }
  forGates.dispose();
  forCandidate.dispose();
  return h;
}

/** Of the last axis. */
function layerNormalization(x, gamma, beta) {
  const centred = x.ref.sub(np.mean(x, -1, { keepdims: true }));
  const variance = np.mean(np.square(centred.ref), -1, { keepdims: true });
  return centred
    .div(np.sqrt(variance.add(1e-5)))
    .mul(gamma)
    .add(beta);
}

/** x [batch * steps, units]; kernels [units, heads, size], the last one [heads, size, units]. */
function attention(x, [qk, qb, kk, kb, vk, vb, ok, ob], batch) {
  const size = kUnits / kHeads;
  const project = (kernel, bias) =>
    dense(x.ref, kernel.reshape([kUnits, kUnits]), bias.reshape([kUnits]))
      .reshape([batch, kSteps, kHeads, size])
      .transpose([0, 2, 1, 3]);
  const [query, key, value] = [project(qk, qb), project(kk, kb), project(vk, vb)];
  x.dispose();
  const scores = np.matmul(query, key.transpose([0, 1, 3, 2])).mul(1 / Math.sqrt(size));
  const mixed = np.matmul(nn.softmax(scores, -1), value).transpose([0, 2, 1, 3]);
  return dense(mixed.reshape([-1, kUnits]), ok.reshape([kUnits, kUnits]), ob);
}

/**
 * `loss(weights, inputs, target, batch)`; `shape`: of an example; `place`: how a weight lies here.
 */
export const networks = {
  mlp: {
    shape: [784],
    loss: ([w1, b1, w2, b2], [x], y, batch) =>
      crossEntropy(dense(nn.relu(dense(x, w1, b1)), w2, b2), y, batch),
  },
  autoencoder: {
    shape: [784],
    loss: ([w1, b1, w2, b2, w3, b3, w4, b4], [x], y, batch) => {
      const first = nn.relu(dense(x, w1, b1));
      const code = nn.relu(dense(first, w2, b2));
      const wide = nn.relu(dense(code, w3, b3));
      const error = dense(wide, w4, b4).sub(y);
      return error.ref
        .mul(error)
        .sum()
        .mul(1 / (batch * 784));
    },
  },
  cnn: {
    shape: [1, 28, 28], // jax-js convolves channels first
    place: (weight, i) => {
      if (i === 0 || i === 2) return weight.transpose([3, 2, 0, 1]);
      if (i === 1 || i === 3) return weight.reshape([-1, 1, 1]);
      if (i === 4) return weight.reshape([25, 64, 128]).transpose([1, 0, 2]).reshape([1600, 128]);
      return weight;
    },
    loss: ([k1, c1, k2, c2, w3, b3, w4, b4], [x], y, batch) => {
      const conv = (input, kernel, bias) =>
        nn.relu(lax.convGeneralDilated(input, kernel, [1, 1], 'VALID').add(bias));
      const pool = (input) => lax.reduceWindow(input, np.max, [2, 2], [2, 2]);
      const first = pool(conv(x, k1, c1)); // [batch, 32, 13, 13]
      const second = pool(conv(first, k2, c2)); // [batch, 64, 5, 5]
      const hidden = nn.relu(dense(second.reshape([-1, 1600]), w3, b3));
      return crossEntropy(dense(hidden, w4, b4), y, batch);
    },
  },
  lstm: {
    shape: [28, 28],
    loss: ([kernel, recurrent, bias, w, b], [x], y, batch) =>
      crossEntropy(dense(lstm(x, kernel, recurrent, bias, batch), w, b), y, batch),
  },
  gru: {
    shape: [28, 28],
    loss: ([kernel, recurrent, bias, w, b], [x], y, batch) =>
      crossEntropy(dense(gru(x, kernel, recurrent, bias, batch), w, b), y, batch),
  },
  transformer: {
    shape: [28, 28],
    loss: ([w1, b1, ...weights], [x], y, batch) => {
      const [g1, t1, w2, b2, w3, b3, g2, t2, w4, b4] = weights.slice(8);
      const embedded = dense(x.reshape([batch * kSteps, 28]), w1, b1);
      const attended = attention(embedded.ref, weights.slice(0, 8), batch);
      const first = layerNormalization(embedded.add(attended), g1, t1);
      const narrow = dense(nn.relu(dense(first.ref, w2, b2)), w3, b3);
      const second = layerNormalization(first.add(narrow), g2, t2);
      const pooled = np.mean(second.reshape([batch, kSteps, kUnits]), 1);
      return crossEntropy(dense(pooled, w4, b4), y, batch);
    },
  },
  siamese: {
    shape: [784],
    loss: ([w1, b1, w2, b2, w3, b3], [left, right], y, batch) => {
      const encode = (x, [k1, c1, k2, c2]) => dense(nn.relu(dense(x, k1, c1)), k2, c2);
      const first = encode(left, [w1.ref, b1.ref, w2.ref, b2.ref]);
      const logits = dense(first.mul(encode(right, [w1, b1, w2, b2])), w3, b3);
      // -(y log p + (1 - y) log(1 - p)) = softplus(logit) - y logit
      return nn
        .softplus(logits.ref)
        .sub(y.mul(logits))
        .sum()
        .mul(1 / batch);
    },
  },
};
