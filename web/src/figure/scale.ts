/** The colours of weights: negative, zero and positive, with everything between. */

type Rgb = [number, number, number];

export interface WeightScale {
  /** Colour of a weight in -1..1; values beyond are held at the ends. */
  css(value: number): string;
  /** The same as a pixel of an ImageData read in 32-bit words, opaque. */
  pixel(value: number): number;
}

/** Steps between zero and either end: more than the eye tells apart. */
const kSteps = 96;

function parse(colour: string): Rgb {
  const hex = /^#([0-9a-f]{6})$/i.exec(colour);
  if (hex) {
    const value = parseInt(hex[1]!, 16);
    return [value >> 16, (value >> 8) & 255, value & 255];
  }
  const parts = colour.match(/\d+(\.\d+)?/g)?.map(Number) ?? [];
  return [parts[0] ?? 0, parts[1] ?? 0, parts[2] ?? 0];
}

export function makeScale(negative: string, zero: string, positive: string): WeightScale {
  const [low, middle, high] = [parse(negative), parse(zero), parse(positive)];
  const colours: Rgb[] = [];
  for (let step = -kSteps; step <= kSteps; step++) {
    const end = step < 0 ? low : high;
    const share = Math.abs(step) / kSteps;
    colours.push(
      [0, 1, 2].map((i) => Math.round(middle[i]! + (end[i]! - middle[i]!) * share)) as Rgb,
    );
  }
  const names = colours.map((colour) => `rgb(${colour.join(' ')})`);
  const bytes = Uint8ClampedArray.from(colours.flatMap((colour) => [...colour, 255]));
  const pixels = new Uint32Array(bytes.buffer);
  const at = (value: number) => Math.round(Math.max(-1, Math.min(1, value || 0)) * kSteps) + kSteps;
  return { css: (value) => names[at(value)]!, pixel: (value) => pixels[at(value)]! };
}

/** A round number a little above the largest |weight|: what the full colour stands for. */
export function fullColour(weights: ArrayLike<number>, least: number): number {
  let largest = least;
  for (let i = 0; i < weights.length; i++) {
    const size = Math.abs(weights[i]!);
    if (size > largest) largest = size;
  }
  const unit = 10 ** Math.floor(Math.log10(largest));
  const step = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((s) => s * unit >= largest * 0.9) ?? 10;
  return step * unit;
}
