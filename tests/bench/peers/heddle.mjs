// Heddle from dist/, in the build asked for, on one thread.
import * as layers from './layers.mjs';

const hd = await import(new URL('../../../dist/index.js', import.meta.url).href);

export let label = 'Heddle';

/** `build`: 'auto' | 'simd' | 'relaxed'. */
export async function start(build = 'auto') {
  await hd.ready({ threads: 1, build });
  label = `Heddle ${hd.info().build}`;
  return hd.info().build;
}

export const product = (n, a, b) => layers.product(hd, n, a, b);
export const training = (network, options) => layers.training(hd, network, options);
export const mobileNet = (config, x) => layers.mobileNet(hd, config, x);

/** The configuration of MobileNetV2, which TensorFlow.js can read too. */
export const mobileNetConfig = () =>
  hd.applications.mobileNetV2({ inputShape: [224, 224, 3], weights: null }).getConfig();
