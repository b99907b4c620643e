// hd.math
export { confusionMatrix } from '../ops/counting.js';
