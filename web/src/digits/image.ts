/** Images of 28 x 28 pixels, ink from 0 (paper) to 255, row by row. */

export const kSide = 28;
export const kPixels = kSide * kSide;

/** Ink as the layer reads it: 0..1. */
export function toUnit(ink: Uint8Array): Float32Array {
  return Float32Array.from(ink, (value) => value / 255);
}

export function fromUnit(values: Float32Array): Uint8Array {
  return Uint8Array.from(values, (value) => Math.round(Math.max(0, Math.min(1, value)) * 255));
}

/** Any picture's ink, as wide and high as it is. */
export interface Ink {
  width: number;
  height: number;
  /** 0 (paper) to 1 (ink), row by row. */
  values: Float32Array;
}

/** Dark on light or light on dark: whichever the rim is not is the ink. */
export function inkOf(rgba: Uint8ClampedArray, width: number, height: number): Ink {
  const values = new Float32Array(width * height);
  let [rim, count] = [0, 0];
  for (let at = 0; at < values.length; at++) {
    const alpha = rgba[4 * at + 3]! / 255;
    const luma = 0.299 * rgba[4 * at]! + 0.587 * rgba[4 * at + 1]! + 0.114 * rgba[4 * at + 2]!;
    values[at] = (luma / 255) * alpha + (1 - alpha); // what is clear lies on white paper
    const [x, y] = [at % width, Math.floor(at / width)];
    if (x === 0 || y === 0 || x === width - 1 || y === height - 1) {
      rim += values[at]!;
      count++;
    }
  }
  const light = rim / count > 0.5;
  let [low, high] = [Infinity, -Infinity];
  for (let at = 0; at < values.length; at++) {
    if (light) values[at] = 1 - values[at]!;
    low = Math.min(low, values[at]!);
    high = Math.max(high, values[at]!);
  }
  const range = Math.max(high - low, 1e-6);
  for (let at = 0; at < values.length; at++) values[at] = (values[at]! - low) / range;
  return { width, height, values };
}

/**
 * Moves and scales ink to how the training digits lie: the longer side 20 pixels, the centre of
 * mass in the middle (as in MNIST; LeCun et al. 1998). Empty ink stays empty.
 */
export function fitInk(ink: Ink): Uint8Array {
  const { width, height, values } = ink;
  const out = new Uint8Array(kPixels);
  let [left, right, top, bottom, mass, mx, my] = [width, -1, height, -1, 0, 0, 0];
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    if (value < 0.15) continue;
    const [x, y] = [at % width, Math.floor(at / width)];
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
    mass += value;
    mx += value * (x + 0.5);
    my += value * (y + 0.5);
  }
  if (right < left) return out;
  const scale = Math.max(right - left + 1, bottom - top + 1) / 20; // source pixels per pixel
  const [cx, cy] = [mx / mass, my / mass];
  for (let y = 0; y < kSide; y++) {
    for (let x = 0; x < kSide; x++) {
      const sx = cx + (x - kSide / 2) * scale;
      const sy = cy + (y - kSide / 2) * scale;
      out[y * kSide + x] = Math.round(255 * meanOver(ink, sx, sy, sx + scale, sy + scale));
    }
  }
  return out;
}

/** The mean of the ink over a rectangle of the source, part pixels by their share. */
function meanOver(ink: Ink, x0: number, y0: number, x1: number, y1: number): number {
  const { width, height, values } = ink;
  let sum = 0;
  for (let y = Math.max(0, Math.floor(y0)); y < Math.min(height, y1); y++) {
    const dy = Math.min(y + 1, y1) - Math.max(y, y0);
    for (let x = Math.max(0, Math.floor(x0)); x < Math.min(width, x1); x++) {
      sum += values[y * width + x]! * dy * (Math.min(x + 1, x1) - Math.max(x, x0));
    }
  }
  return Math.min(1, sum / ((x1 - x0) * (y1 - y0)));
}
