// hd.callbacks
export { earlyStopping } from '../training/callbacks.js';
