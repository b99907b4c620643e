// hd.signal
export { frame, hammingWindow, hannWindow } from '../ops/signal.js';
