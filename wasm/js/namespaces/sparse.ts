// hd.sparse
export { sparseFillEmptyRows, sparseReshape } from '../ops/sparse.js';
export { sparseSegmentMean, sparseSegmentSum } from '../ops/sparse.js';
