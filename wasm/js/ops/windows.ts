// How windows lie on an image: what convolutions and pools share.
import type { CoreTensor } from '../core.js';
import { ValueError } from '../errors.js';
import { wholeNumbers, wordOf } from './operation.js';

/**
 * 'valid', 'same', cells on every side, or a pair [before, after] for every dimension of x (those of
 * the batch and of the channels are [0, 0]).
 */
export type Pad = 'valid' | 'same' | number | readonly (readonly [number, number])[];
/** One number for each spatial dimension, or one for all. */
export type PerAxis = number | readonly number[];
/** What happens to a last window that reaches beyond the image; by default 'floor'. */
export type Rounding = 'floor' | 'round' | 'ceil';

/** The core's numbers of the kinds of padding. */
const kExplicit = 2;

/** @internal Where the spatial dimensions of a shape lie. */
export interface Layout {
  channelsFirst: boolean;
  /** Their number. */
  spatial: number;
}

/** @internal The layout that a data format names. */
export function layoutOf(op: string, dataFormat: string, spatial: number): Layout {
  const dims = 'DHW'.slice(3 - spatial);
  const words = [`N${dims}C`, `NC${dims}`];
  return { channelsFirst: wordOf(op, 'dataFormat', dataFormat, words) === 1, spatial };
}

/** @internal The spatial dimensions of a tensor that may lack its batch dimension. */
export function spatialOf({ channelsFirst, spatial }: Layout, x: CoreTensor): number[] {
  const shape = x.shape();
  const end = channelsFirst ? shape.length : shape.length - 1;
  return shape.slice(Math.max(end - spatial, 0), end);
}

/** @internal A kind of padding and, for explicit padding, [before, after] of each axis. */
export interface Padding {
  kind: number;
  sides: [number, number][];
}

/** @internal Reads `pad`. */
export function paddingOf(op: string, pad: Pad, { channelsFirst, spatial }: Layout): Padding {
  const none = (): Padding['sides'] => Array.from({ length: spatial }, () => [0, 0]);
  if (pad === 'valid' || pad === 'same') return { kind: pad === 'valid' ? 0 : 1, sides: none() };
  let sides: Padding['sides'] | null = null;
  if (typeof pad === 'number') {
    sides = none().map(() => [pad, pad]);
  } else if (Array.isArray(pad) && pad.length === spatial + 2) {
    const list = pad as readonly (readonly [number, number])[];
    sides = list.slice(channelsFirst ? 2 : 1).slice(0, spatial) as [number, number][];
  }
  if (
    !sides?.every((pair) => wholeNumbers(op, 'pad', pair).length === 2 && Math.min(...pair) >= 0)
  ) {
    throw new ValueError(
      `${op}(): pad must be 'valid', 'same', a number of cells or a pair of them for each of ` +
        `${spatial + 2} dimensions, got ${JSON.stringify(pad)}`,
    );
  }
  return { kind: kExplicit, sides };
}

/**
 * @internal Rounding modes say how many windows there are where the strides do not come out even.
 * More than fit is the same as more cells at the end.
 */
export function rounded(
  op: string,
  padding: Padding,
  mode: Rounding | null | undefined,
  input: readonly number[],
  windows: readonly number[],
  strides: readonly number[],
): Padding {
  if (mode === null || mode === undefined) return padding;
  const round = [Math.floor, Math.round, Math.ceil][
    wordOf(op, 'dimRoundingMode', mode, ['floor', 'round', 'ceil'])
  ]!;
  if (padding.kind !== kExplicit) {
    throw new ValueError(
      `${op}(): dimRoundingMode '${mode}' needs a pad in cells, not 'valid' or 'same'`,
    );
  }
  const sides = padding.sides.map(([before, after], i): [number, number] => {
    const room = input[i]! + before + after - windows[i]!;
    const count = round(room / strides[i]!);
    return [before, after + Math.max(count * strides[i]! - room, 0)];
  });
  return { kind: kExplicit, sides };
}

/** @internal Cells that a window with gaps spans. */
export const spans = (sizes: readonly number[], dilations: readonly number[]): number[] =>
  sizes.map((size, i) => (size - 1) * dilations[i]! + 1);
