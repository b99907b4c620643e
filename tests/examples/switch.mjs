// node --import ./tests/examples/switch.mjs examples/iris.mjs
//
// Where an example imports 'heddle', it gets what EXAMPLE_LIBRARY names instead: 'tfjs', which is TensorFlow.js as it is, or
// 'recorded_tfjs' or 'recorded_heddle', watched by record.mjs.
import { register } from 'node:module';

register('./hooks.mjs', import.meta.url);
