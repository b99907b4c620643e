/** Where everything of the figure is, in CSS pixels. Wide: left to right. Turned: top to bottom. */
import type { CallName, Pair } from '../lesson/trainer.js';

export interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}

export interface Geometry {
  turned: boolean;
  width: number;
  height: number;
  inputs: Pair<Box>;
  frame: Box;
  outputs: Pair<Box>;
}

/** Below this width the small figure turns. */
const kTurn = 720;
/** Below this width the pads' tools and the training set go under the pads and the outputs. */
export const kDigitsNarrow = 880;
/** Between the frame's edge and its cells. */
export const kFramePadding = 13;

const clamp = (value: number, low: number, high: number) => Math.max(low, Math.min(high, value));

export function smallGeometry(width: number): Geometry {
  return width < kTurn ? smallTurned(width) : smallWide(width);
}

function smallWide(width: number): Geometry {
  const side = clamp(width * 0.052, 20, 56);
  const inputWidth = clamp(width * 0.105, 88, 116);
  const outputWidth = clamp(width * 0.15, 124, 164);
  const frameWidth = clamp(width * 0.3, 240, 312);
  const free = width - 2 * side - inputWidth - outputWidth - frameWidth;
  return {
    turned: false,
    width,
    height: 420,
    inputs: {
      a: { x: side, y: 78, w: inputWidth, h: 112 },
      b: { x: side, y: 258, w: inputWidth, h: 112 },
    },
    frame: { x: side + inputWidth + free * 0.56, y: 62, w: frameWidth, h: 318 },
    outputs: {
      a: { x: width - side - outputWidth, y: 72, w: outputWidth, h: 124 },
      b: { x: width - side - outputWidth, y: 252, w: outputWidth, h: 124 },
    },
  };
}

function smallTurned(width: number): Geometry {
  const gap = 28;
  const group = Math.min(220, (width - gap) / 2);
  const left = (width - 2 * group - gap) / 2;
  const frameWidth = Math.min(340, width);
  return {
    turned: true,
    width,
    height: 676,
    inputs: {
      a: { x: left, y: 30, w: group, h: 84 },
      b: { x: left + group + gap, y: 30, w: group, h: 84 },
    },
    frame: { x: (width - frameWidth) / 2, y: 204, w: frameWidth, h: 250 },
    outputs: {
      a: { x: left, y: 548, w: group, h: 92 },
      b: { x: left + group + gap, y: 548, w: group, h: 92 },
    },
  };
}

/** Ten images in one row ask for the whole width: the digits' figure is always turned. */
export function digitsGeometry(width: number): Geometry {
  const narrow = width < kDigitsNarrow;
  const gap = narrow ? 3 : 7;
  const room = narrow ? width : Math.min(1000, width - 24);
  const cell = Math.floor((room - 2 * kFramePadding - 9 * gap) / 10);
  const frameWidth = cell * 10 + gap * 9 + 2 * kFramePadding;
  const pad = narrow ? Math.min(200, Math.floor((width - 24) / 2)) : 168;
  const padLeft = narrow ? Math.max(0, width * 0.25 - 6 - pad / 2) : width * 0.25 - pad / 2;
  const top = narrow ? pad + 116 : 194;
  const frameTop = top + (narrow ? 92 : 72);
  const frameHeight = cell + 2 * kFramePadding;
  const outputs = frameTop + frameHeight + (narrow ? 84 : 74);
  const group = narrow ? (width - 28) / 2 : Math.min(340, width * 0.34);
  const left = narrow ? 0 : width * 0.25 - group / 2;
  return {
    turned: true,
    width,
    height: outputs + 64 + (narrow ? 98 : 44),
    inputs: {
      a: { x: padLeft, y: 26, w: pad, h: pad },
      b: { x: width - padLeft - pad, y: 26, w: pad, h: pad },
    },
    frame: { x: (width - frameWidth) / 2, y: frameTop, w: frameWidth, h: frameHeight },
    outputs: {
      a: { x: left, y: outputs, w: group, h: 64 },
      b: { x: width - left - group, y: outputs, w: group, h: 64 },
    },
  };
}

/** The cells of a kernel inside a frame's box, bias cells after them. */
export interface KernelCells {
  /** Box of kernel[i, j]; i = inputs stands for the bias. */
  cell(i: number, j: number): Box;
  gap: number;
}

export function kernelCells(
  frame: Box,
  inputs: number,
  units: number,
  turned: boolean,
): KernelCells {
  const gap = 2;
  const rift = 9; // between kernel and bias
  const thin = turned ? 16 : 13; // a bias cell, across
  const w = frame.w - 2 * kFramePadding;
  const h = frame.h - 2 * kFramePadding;
  // `along` is the way of the threads' numbers (inputs), `across` the units.
  const along = ((turned ? w : h) - rift - thin + gap) / inputs;
  const across = ((turned ? h : w) + gap) / units;
  return {
    gap,
    cell: (i, j) => {
      const at = i < inputs ? i * along : inputs * along - gap + rift;
      const size = i < inputs ? along - gap : thin;
      return turned
        ? {
            x: frame.x + kFramePadding + at,
            y: frame.y + kFramePadding + j * across,
            w: size,
            h: across - gap,
          }
        : {
            x: frame.x + kFramePadding + j * across,
            y: frame.y + kFramePadding + at,
            w: across - gap,
            h: size,
          };
    },
  };
}

/** The boxes of the ten unit images in a frame. */
export function imageCells(frame: Box, units: number): Box[] {
  const size = frame.h - 2 * kFramePadding;
  const step = (frame.w - 2 * kFramePadding - size) / (units - 1);
  return Array.from({ length: units }, (_, j) => ({
    x: frame.x + kFramePadding + j * step,
    y: frame.y + kFramePadding,
    w: size,
    h: size,
  }));
}

/** One thread: from (x0, y0) to (x1, y1), leaving and arriving along the figure's direction. */
export interface Path {
  call: CallName;
  side: 'in' | 'out';
  index: number;
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

export function smallPaths(g: Geometry, inputs: number, units: number): Path[] {
  const cells = kernelCells(g.frame, inputs, units, g.turned);
  const paths: Path[] = [];
  for (const call of ['a', 'b'] as const) {
    const shift = call === 'a' ? -3 : 3;
    const input = g.inputs[call];
    const output = g.outputs[call];
    for (let i = 0; i < inputs; i++) {
      const cell = cells.cell(i, 0);
      const share = (i + 0.5) / inputs;
      paths.push(
        g.turned
          ? {
              call,
              side: 'in',
              index: i,
              x0: input.x + input.w * share,
              y0: input.y + input.h + 6,
              x1: cell.x + cell.w / 2 + shift,
              y1: g.frame.y,
            }
          : {
              call,
              side: 'in',
              index: i,
              x0: input.x + input.w + 8,
              y0: input.y + input.h * share,
              x1: g.frame.x,
              y1: cell.y + cell.h / 2 + shift,
            },
      );
    }
    for (let j = 0; j < units; j++) {
      // The exits of both calls take turns along the frame's far side.
      const share = (j + (call === 'a' ? 0.3 : 0.7)) / units;
      const end = (j + 0.5) / units;
      const [fx, fy] = [g.frame.x + kFramePadding, g.frame.y + kFramePadding];
      const [fw, fh] = [g.frame.w - 2 * kFramePadding, g.frame.h - 2 * kFramePadding];
      paths.push(
        g.turned
          ? {
              call,
              side: 'out',
              index: j,
              x0: fx + fw * share,
              y0: g.frame.y + g.frame.h,
              x1: output.x + output.w * end,
              y1: output.y - 5,
            }
          : {
              call,
              side: 'out',
              index: j,
              x0: g.frame.x + g.frame.w,
              y0: fy + fh * share,
              x1: output.x - 6,
              y1: output.y + output.h * end,
            },
      );
    }
  }
  return paths;
}

/** Threads of a pad's ribbon: one for each column of pixels. */
export const kRibbon = 28;

export function digitsPaths(g: Geometry, units: number): Path[] {
  const images = imageCells(g.frame, units);
  const paths: Path[] = [];
  const narrow = g.width < kDigitsNarrow;
  const width = Math.min(112, g.frame.w * 0.2); // of a ribbon where it enters the frame
  for (const call of ['a', 'b'] as const) {
    const input = g.inputs[call];
    const output = g.outputs[call];
    const middle = g.frame.x + g.frame.w / 2;
    // Narrow: at the sides, clear of the layer's name in the middle.
    const apart = narrow ? g.frame.w * 0.27 : 14;
    const entry = call === 'a' ? middle - width - apart : middle + apart;
    for (let i = 0; i < kRibbon; i++) {
      const share = (i + 0.5) / kRibbon;
      paths.push({
        call,
        side: 'in',
        index: i,
        x0: input.x + input.w * share,
        y0: narrow ? g.frame.y - 86 : input.y + input.h + 6,
        x1: entry + width * share,
        y1: g.frame.y,
      });
    }
    for (let j = 0; j < units; j++) {
      const image = images[j]!;
      paths.push({
        call,
        side: 'out',
        index: j,
        x0: image.x + image.w * (call === 'a' ? 0.38 : 0.62),
        y0: g.frame.y + g.frame.h,
        x1: output.x + (output.w * (j + 0.5)) / units,
        y1: output.y - 5,
      });
    }
  }
  return paths;
}
