// Blocks of space moved into the batch or out of the channels: reshapes and transpositions.
import { inScope } from '../lifetime.js';
import type { Tensor } from '../tensor.js';
import { check, checkCount, checkRank, toTensor } from './compose.js';
import { wholeNumbers, type TensorInput } from './operation.js';
import { checkPairs } from './padding.js';
import { pad, reshape, slice, transpose } from './shape.js';

type Pair = readonly [number, number];

function blocksOf(op: string, x: Tensor, blockShape: readonly number[]): number[] {
  const blocks = wholeNumbers(op, 'blockShape', blockShape);
  blocks.forEach((block, i) => checkCount(op, `blockShape[${i}]`, block, 1));
  check(
    op,
    blocks.length > 0 && x.rank > blocks.length,
    () =>
      `x must have a batch axis and one axis for each of the ${blocks.length} elements of ` +
      `blockShape, which has at least one; got shape [${x.shape}]`,
  );
  return blocks;
}

const product = (list: readonly number[]): number => list.reduce((a, b) => a * b, 1);

/**
 * Pads the axes of x [batch, s1, s2, ..., rest] after the first by `paddings`, cuts them into blocks
 * of `blockShape`, and makes each place in a block a batch of its own:
 * [batch · product(blockShape), padded s1 / blockShape[0], ..., rest].
 */
export function spaceToBatchND(
  x: TensorInput,
  blockShape: readonly number[],
  paddings: readonly Pair[],
): Tensor {
  const op = 'spaceToBatchND';
  return inScope(() => {
    const $x = toTensor(op, 'x', x);
    const blocks = blocksOf(op, $x, blockShape);
    checkPairs(op, 'paddings', paddings, blocks.length);
    const count = blocks.length;
    const inner = $x.shape.slice(1 + count);
    const padded = pad($x, [[0, 0], ...paddings, ...inner.map((): Pair => [0, 0])]);
    const space = padded.shape.slice(1, 1 + count);
    check(
      op,
      space.every((size, i) => Number.isInteger(size / blocks[i]!)),
      () =>
        `the padded sizes [${space}] of shape [${$x.shape}] must be divisible by blockShape ` +
        `[${blocks}]`,
    );
    // [batch, s1 / b1, b1, s2 / b2, b2, ..., rest]
    const parts = space.flatMap((size, i) => [size / blocks[i]!, blocks[i]!]);
    const cut = reshape(padded, [$x.shape[0]!, ...parts, ...inner]);
    const perm = [
      ...blocks.map((_, i) => 2 + 2 * i),
      0,
      ...blocks.map((_, i) => 1 + 2 * i),
      ...inner.map((_, i) => 1 + 2 * count + i),
    ];
    return reshape(transpose(cut, perm), [
      $x.shape[0]! * product(blocks),
      ...space.map((size, i) => size / blocks[i]!),
      ...inner,
    ]);
  });
}

/**
 * The opposite of spaceToBatchND: puts the batches of x [batch · product(blockShape), s1, s2, ...,
 * rest] together to blocks of `blockShape`, and cuts `crops` = [before, after] off each of the axes.
 */
export function batchToSpaceND(
  x: TensorInput,
  blockShape: readonly number[],
  crops: readonly Pair[],
): Tensor {
  const op = 'batchToSpaceND';
  return inScope(() => {
    const $x = toTensor(op, 'x', x);
    const blocks = blocksOf(op, $x, blockShape);
    checkPairs(op, 'crops', crops, blocks.length);
    const count = blocks.length;
    const batch = $x.shape[0]! / product(blocks);
    check(
      op,
      Number.isInteger(batch),
      () =>
        `the batch of shape [${$x.shape}] must be divisible by the product of blockShape ` +
        `[${blocks}]`,
    );
    const space = $x.shape.slice(1, 1 + count);
    const inner = $x.shape.slice(1 + count);
    const whole = space.map((size, i) => size * blocks[i]!);
    check(
      op,
      whole.every((size, i) => crops[i]![0] + crops[i]![1] <= size),
      () => `crops must leave something of the sizes [${whole}], got ${JSON.stringify(crops)}`,
    );
    // [b1, b2, ..., batch, s1, s2, ..., rest] -> [batch, s1, b1, s2, b2, ..., rest]
    const cut = reshape($x, [...blocks, batch, ...space, ...inner]);
    const perm = [
      count,
      ...blocks.flatMap((_, i) => [count + 1 + i, i]),
      ...inner.map((_, i) => 1 + 2 * count + i),
    ];
    const joined = reshape(transpose(cut, perm), [batch, ...whole, ...inner]);
    return slice(
      joined,
      [0, ...crops.map(([before]) => before), ...inner.map(() => 0)],
      [batch, ...whole.map((size, i) => size - crops[i]![0] - crops[i]![1]), ...inner],
    );
  });
}

/**
 * Spreads the channels of images over blocks of space: [batch, height, width, channels] to
 * [batch, height · blockSize, width · blockSize, channels / blockSize²]; with 'NCHW' the channels
 * stand second.
 */
export function depthToSpace(
  x: TensorInput,
  blockSize: number,
  dataFormat: 'NHWC' | 'NCHW' = 'NHWC',
): Tensor {
  const op = 'depthToSpace';
  return inScope(() => {
    const $x = toTensor(op, 'x', x);
    checkRank(op, 'x', $x, 4);
    checkCount(op, 'blockSize', blockSize, 2);
    check(
      op,
      dataFormat === 'NHWC' || dataFormat === 'NCHW',
      () => `dataFormat must be 'NHWC' or 'NCHW', got '${String(dataFormat)}'`,
    );
    const last = dataFormat === 'NHWC';
    const [batch, height, width, channels] = (
      last ? $x.shape : [0, 2, 3, 1].map((axis) => $x.shape[axis])
    ) as [number, number, number, number];
    const depth = channels / blockSize ** 2;
    check(
      op,
      Number.isInteger(depth),
      () =>
        `the ${channels} channels of shape [${$x.shape}] must be divisible by blockSize² = ` +
        `${blockSize ** 2}`,
    );
    const [tall, wide] = [height * blockSize, width * blockSize];
    if (last) {
      const cut = reshape($x, [batch, height, width, blockSize, blockSize, depth]);
      return reshape(transpose(cut, [0, 1, 3, 2, 4, 5]), [batch, tall, wide, depth]);
    }
    const cut = reshape($x, [batch, blockSize, blockSize, depth, height, width]);
    return reshape(transpose(cut, [0, 3, 4, 1, 5, 2]), [batch, depth, tall, wide]);
  });
}
