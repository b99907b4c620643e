// Run before each file of tests: what is random in it begins with Math.random (the engine's seed, the
// order of examples), so with these numbers a test that fails fails again.
let state = 0x9e3779b9;

/** mulberry32. */
Math.random = () => {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
};
