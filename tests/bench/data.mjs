// Data for all contenders: plain typed arrays, the same for each, from a small seeded generator.

/** A generator of numbers in [0, 1) (mulberry32, public domain, T. Ettinger). */
export function uniform(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** `count` values in [low, high). */
export function randomValues(count, seed, low = 0, high = 1) {
  const next = uniform(seed);
  return Float32Array.from({ length: count }, () => low + (high - low) * next());
}

/**
 * A learnable set of `count` "images" of 784 values in ten classes: each class has a pattern of its
 * own, each example is that pattern under noise. Returns `{x: [count, 784], y: [count, 10]
 * one-hot}`, flat.
 *
 * Values lie around zero, so that hardly any relu closes for good: the moments of one that does
 * shrink to subnormal numbers, which slow the peers down several times (Heddle's optimizers make
 * them zero), and more so the more steps they have done.
 */
export function images(count, seed = 1) {
  const pixels = 784;
  const patterns = randomValues(10 * pixels, seed);
  const next = uniform(seed + 1);
  const x = new Float32Array(count * pixels);
  const y = new Float32Array(count * 10);
  for (let i = 0; i < count; i++) {
    const label = Math.floor(next() * 10);
    y[i * 10 + label] = 1;
    for (let p = 0; p < pixels; p++) {
      x[i * pixels + p] = 0.5 * (patterns[label * pixels + p] + next()) - 0.5;
    }
  }
  return { x, y };
}
