// hd.datasets
export { strokes, type Strokes, type StrokesOptions } from '../datasets/strokes.js';
