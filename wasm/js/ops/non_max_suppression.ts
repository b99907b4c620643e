// Non-maximum suppression: of boxes [count, 4] (y1, x1, y2, x2, any two opposite corners) that
// overlap, the one with the highest score stays. Values are read: they must be known.
import { inScope } from '../lifetime.js';
import type { Tensor } from '../tensor.js';
import { check, checkRank, constant, toTensor } from './compose.js';
import type { TensorInput } from './operation.js';

interface Limits {
  maxOutputSize: number;
  iouThreshold: number;
  scoreThreshold: number;
  softNmsSigma: number;
}

interface Selected {
  indices: number[];
  scores: number[];
}

/** The part that two boxes have in common, of what both cover. */
function overlap(boxes: ArrayLike<number>, i: number, j: number): number {
  const sides = (box: number, axis: number): [number, number] => {
    const [a, b] = [boxes[4 * box + axis]!, boxes[4 * box + axis + 2]!];
    return a < b ? [a, b] : [b, a];
  };
  let common = 1;
  const areas = [1, 1];
  for (const axis of [0, 1]) {
    const [first, second] = [sides(i, axis), sides(j, axis)];
    areas[0]! *= first[1] - first[0];
    areas[1]! *= second[1] - second[0];
    common *= Math.max(0, Math.min(first[1], second[1]) - Math.max(first[0], second[0]));
  }
  if (areas[0]! <= 0 || areas[1]! <= 0) return 0;
  return common / (areas[0]! + areas[1]! - common);
}

/**
 * With a sigma, boxes that overlap lose score by exp(-overlap² / (2 sigma)) instead of being dropped
 * at once (Bodla et al. 2017); those that overlap by the threshold or more are dropped all the same.
 */
function select(boxes: ArrayLike<number>, scores: ArrayLike<number>, limits: Limits): Selected {
  const { maxOutputSize, iouThreshold, scoreThreshold, softNmsSigma } = limits;
  interface Candidate {
    score: number;
    box: number;
    /** How many of the selected boxes have lowered the score already. */
    compared: number;
  }
  // Ascending, so that the best is taken off the end; of equal scores the first box is the better.
  const isLess = (a: Candidate, b: Candidate) =>
    a.score < b.score || (a.score === b.score && a.box > b.box);
  const candidates: Candidate[] = Array.from(scores, (score, box) => ({ score, box, compared: 0 }))
    .filter(({ score }) => score > scoreThreshold)
    .sort((a, b) => (isLess(a, b) ? -1 : 1));
  const put = (candidate: Candidate) => {
    let low = 0;
    let high = candidates.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isLess(candidates[middle]!, candidate)) low = middle + 1;
      else high = middle;
    }
    candidates.splice(low, 0, candidate);
  };

  const selected: Selected = { indices: [], scores: [] };
  const rate = softNmsSigma > 0 ? -0.5 / softNmsSigma : 0;
  while (selected.indices.length < maxOutputSize && candidates.length > 0) {
    const candidate = candidates.pop()!;
    const before = candidate.score;
    if (before < scoreThreshold) break;
    let dropped = false;
    // The latest first: boxes of similar scores are likely to be near.
    for (let j = selected.indices.length - 1; j >= candidate.compared && !dropped; j--) {
      const part = overlap(boxes, candidate.box, selected.indices[j]!);
      dropped = part >= iouThreshold;
      if (!dropped) candidate.score *= Math.exp(rate * part * part);
      if (candidate.score <= scoreThreshold) break;
    }
    if (dropped) continue;
    candidate.compared = selected.indices.length;
    if (candidate.score === before) {
      selected.indices.push(candidate.box);
      selected.scores.push(before);
    } else if (candidate.score > scoreThreshold) {
      put(candidate);
    }
  }
  return selected;
}

/** Checks the arguments, reads them and selects. */
function run(
  op: string,
  boxes: TensorInput,
  scores: TensorInput,
  maxOutputSize: number,
  iouThreshold: number | null = 0.5,
  scoreThreshold: number | null = -Infinity,
  softNmsSigma: number | null = 0,
): Selected {
  const $boxes = toTensor(op, 'boxes', boxes);
  const $scores = toTensor(op, 'scores', scores);
  checkRank(op, 'scores', $scores, 1);
  const count = $scores.size;
  check(
    op,
    String($boxes.shape) === String([count, 4]),
    () => `boxes must have shape [${count},4] for ${count} scores, got [${$boxes.shape}]`,
  );
  check(
    op,
    Number.isInteger(maxOutputSize) && maxOutputSize >= 0,
    () => `maxOutputSize must be a whole number of at least 0, got ${maxOutputSize}`,
  );
  const inUnit = (name: string, value: number) => {
    check(op, value >= 0 && value <= 1, () => `${name} must be in [0, 1], got ${value}`);
    return value;
  };
  return select($boxes.dataSync(), $scores.dataSync(), {
    maxOutputSize: Math.min(maxOutputSize, count),
    iouThreshold: inUnit('iouThreshold', iouThreshold ?? 0.5),
    scoreThreshold: scoreThreshold ?? -Infinity,
    softNmsSigma: inUnit('softNmsSigma', softNmsSigma ?? 0),
  });
}

const list = (values: number[], dtype: 'int32' | 'float32') =>
  constant(values, [values.length], dtype);

/**
 * The indices of at most `maxOutputSize` boxes, best first: boxes with a score above
 * `scoreThreshold` that overlap (intersection over union) with no better one by `iouThreshold` or
 * more. int32.
 */
export function nonMaxSuppression(
  boxes: TensorInput,
  scores: TensorInput,
  maxOutputSize: number,
  iouThreshold = 0.5,
  scoreThreshold = -Infinity,
): Tensor {
  return inScope(() => {
    const op = 'nonMaxSuppression';
    const selected = run(op, boxes, scores, maxOutputSize, iouThreshold, scoreThreshold);
    return list(selected.indices, 'int32');
  });
}

/** As nonMaxSuppression. */
export const nonMaxSuppressionAsync = async (
  ...args: Parameters<typeof nonMaxSuppression>
): Promise<ReturnType<typeof nonMaxSuppression>> => nonMaxSuppression(...args);

/**
 * As nonMaxSuppression, and gives the scores of the boxes. With `softNmsSigma` above 0, boxes that
 * overlap lose score instead of being dropped, unless they overlap by `iouThreshold`.
 */
export function nonMaxSuppressionWithScore(
  boxes: TensorInput,
  scores: TensorInput,
  maxOutputSize: number,
  iouThreshold = 0.5,
  scoreThreshold = -Infinity,
  softNmsSigma = 0,
): { selectedIndices: Tensor; selectedScores: Tensor } {
  return inScope(() => {
    const op = 'nonMaxSuppressionWithScore';
    const limits = [maxOutputSize, iouThreshold, scoreThreshold, softNmsSigma] as const;
    const selected = run(op, boxes, scores, ...limits);
    return {
      selectedIndices: list(selected.indices, 'int32'),
      selectedScores: list(selected.scores, 'float32'),
    };
  });
}

/** As nonMaxSuppressionWithScore. */
export const nonMaxSuppressionWithScoreAsync = async (
  ...args: Parameters<typeof nonMaxSuppressionWithScore>
): Promise<ReturnType<typeof nonMaxSuppressionWithScore>> => nonMaxSuppressionWithScore(...args);

/**
 * As nonMaxSuppression, and gives the number of boxes. With `padToMaxOutputSize` the indices are
 * filled up with zeros to `maxOutputSize` (or the number of boxes, if that is less).
 */
export function nonMaxSuppressionPadded(
  boxes: TensorInput,
  scores: TensorInput,
  maxOutputSize: number,
  iouThreshold = 0.5,
  scoreThreshold = -Infinity,
  padToMaxOutputSize = false,
): { selectedIndices: Tensor; validOutputs: Tensor } {
  return inScope(() => {
    const op = 'nonMaxSuppressionPadded';
    const { indices } = run(op, boxes, scores, maxOutputSize, iouThreshold, scoreThreshold);
    const valid = indices.length;
    const $scores = toTensor(op, 'scores', scores);
    const size = padToMaxOutputSize ? Math.min(maxOutputSize, $scores.size) : valid;
    const padded = [...indices, ...new Array<number>(size - valid).fill(0)];
    return {
      selectedIndices: list(padded, 'int32'),
      validOutputs: constant([valid], [], 'int32'),
    };
  });
}

/** As nonMaxSuppressionPadded. */
export const nonMaxSuppressionPaddedAsync = async (
  ...args: Parameters<typeof nonMaxSuppressionPadded>
): Promise<ReturnType<typeof nonMaxSuppressionPadded>> => nonMaxSuppressionPadded(...args);
