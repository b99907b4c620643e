// Layers that add to, or take from, the sides of sequences, images and volumes.
import type { DataType, Shape } from '../../dtype.js';
import { ValueError } from '../../errors.js';
import { pad, slice } from '../../ops/shape.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { onlyInput, type Kwargs } from '../layer.js';
import type { Options } from '../options.js';
import { SpatialLayer, type SpatialLayerArgs } from '../spatial.js';

type Pair = [before: number, after: number];
/** One number for all sides, one for each dimension, or [before, after] for each dimension. */
type Borders = number | number[] | number[][];

/** The numbers of cells before and after each dimension. */
function bordersOf(options: Options, key: string, rank: number, otherwise: number): Pair[] {
  const given = options.any(key) ?? otherwise;
  // A sequence has one dimension: [before, after] are its sides.
  const isSides = rank === 1 && Array.isArray(given) && typeof given[0] === 'number';
  const list: unknown = isSides ? [given] : given;
  const each: unknown[] = Array.isArray(list) ? list : new Array(rank).fill(list);
  const pairs = each.map((sides) => (Array.isArray(sides) ? (sides as unknown[]) : [sides, sides]));
  const fits = (sides: unknown[]) =>
    sides.length === 2 && sides.every((cells) => Number.isInteger(cells) && (cells as number) >= 0);
  if (pairs.length !== rank || !pairs.every(fits)) {
    options.fail(
      key,
      rank === 1
        ? 'a whole number of at least 0, or [before, after]'
        : `a whole number of at least 0, ${rank} of them, or ${rank} times [before, after]`,
    );
  }
  return pairs as Pair[];
}

const plain = (borders: Pair[]): number[] | number[][] =>
  borders.length === 1 ? [...borders[0]!] : borders.map((sides) => [...sides]);

export interface CroppingLayerArgs extends SpatialLayerArgs {
  /**
   * Cells to take away: one number for all sides, one for each dimension, or [before, after] for
   * each dimension. Default 0.
   */
  cropping?: Borders;
}

/** Takes cells away at the sides: a size n becomes n − before − after. */
export abstract class Cropping extends SpatialLayer {
  static override readonly optionNames: readonly string[] = [
    ...SpatialLayer.optionNames,
    'cropping',
  ];
  private readonly borders: Pair[];

  constructor(rank: number, args: CroppingLayerArgs = {}) {
    super(rank, args);
    this.borders = bordersOf(this.options(args), 'cropping', rank, 0);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return this.resized(inputShape, (size, i) => {
      const [before, after] = this.borders[i]!;
      const rest = size - before - after;
      if (rest < 1) {
        throw new ValueError(
          `${this.getClassName()} layer '${this.name}': ${before} + ${after} cells cannot be cut ` +
            `off ${size}, at least one has to remain`,
        );
      }
      return rest;
    });
  }

  override computeOutputDtypes(dtypes: DataType[]): DataType[] {
    return dtypes;
  }

  override call(inputs: Tensor | Tensor[], _kwargs: Kwargs): Tensor {
    const x = onlyInput(inputs, this);
    const begin = x.shape.map(() => 0);
    this.spatialAxes.forEach((axis, i) => (begin[axis] = this.borders[i]![0]));
    return slice(x, begin, this.computeOutputShape(x.shape) as number[]);
  }

  override getConfig(): ConfigDict {
    return { ...super.getConfig(), cropping: plain(this.borders) };
  }
}

/** [batch, length, channels] → [batch, length − before − after, channels]. */
export class Cropping1D extends Cropping {
  static override readonly className: string = 'Cropping1D';
  constructor(args?: CroppingLayerArgs) {
    super(1, args);
  }
}

/** Images [batch, height, width, channels] without their sides. */
export class Cropping2D extends Cropping {
  static override readonly className: string = 'Cropping2D';
  constructor(args?: CroppingLayerArgs) {
    super(2, args);
  }
}

/** Volumes [batch, depth, height, width, channels] without their sides. */
export class Cropping3D extends Cropping {
  static override readonly className: string = 'Cropping3D';
  constructor(args?: CroppingLayerArgs) {
    super(3, args);
  }
}

export interface ZeroPaddingLayerArgs extends SpatialLayerArgs {
  /**
   * Cells to add: one number for all sides, one for each dimension, or [before, after] for each
   * dimension. Default 1.
   */
  padding?: Borders;
}

/** Adds zeros at the sides: a size n becomes n + before + after. */
export abstract class ZeroPadding extends SpatialLayer {
  static override readonly optionNames: readonly string[] = [
    ...SpatialLayer.optionNames,
    'padding',
  ];
  private readonly borders: Pair[];

  constructor(rank: number, args: ZeroPaddingLayerArgs = {}) {
    super(rank, args);
    this.borders = bordersOf(this.options(args), 'padding', rank, 1);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return this.resized(inputShape, (size, i) => {
      const [before, after] = this.borders[i]!;
      return size + before + after;
    });
  }

  override computeOutputDtypes(dtypes: DataType[]): DataType[] {
    return dtypes;
  }

  override call(inputs: Tensor | Tensor[], _kwargs: Kwargs): Tensor {
    const x = onlyInput(inputs, this);
    const paddings = x.shape.map((): Pair => [0, 0]);
    this.spatialAxes.forEach((axis, i) => (paddings[axis] = this.borders[i]!));
    return pad(x, paddings);
  }

  override getConfig(): ConfigDict {
    return { ...super.getConfig(), padding: plain(this.borders) };
  }
}

/** [batch, length, channels] → [batch, length + before + after, channels]. */
export class ZeroPadding1D extends ZeroPadding {
  static override readonly className: string = 'ZeroPadding1D';
  constructor(args?: ZeroPaddingLayerArgs) {
    super(1, args);
  }
}

/** Images [batch, height, width, channels] with zeros around. */
export class ZeroPadding2D extends ZeroPadding {
  static override readonly className: string = 'ZeroPadding2D';
  constructor(args?: ZeroPaddingLayerArgs) {
    super(2, args);
  }
}

/** Volumes [batch, depth, height, width, channels] with zeros around. */
export class ZeroPadding3D extends ZeroPadding {
  static override readonly className: string = 'ZeroPadding3D';
  constructor(args?: ZeroPaddingLayerArgs) {
    super(3, args);
  }
}

type CroppingArgs = CroppingLayerArgs | ConfigDict;
export const cropping1D = (args?: CroppingArgs) => new Cropping1D(args as CroppingLayerArgs);
export const cropping2D = (args?: CroppingArgs) => new Cropping2D(args as CroppingLayerArgs);
export const cropping3D = (args?: CroppingArgs) => new Cropping3D(args as CroppingLayerArgs);

type PaddingArgs = ZeroPaddingLayerArgs | ConfigDict;
export const zeroPadding1d = (args?: PaddingArgs) =>
  new ZeroPadding1D(args as ZeroPaddingLayerArgs);
export const zeroPadding2d = (args?: PaddingArgs) =>
  new ZeroPadding2D(args as ZeroPaddingLayerArgs);
export const zeroPadding3d = (args?: PaddingArgs) =>
  new ZeroPadding3D(args as ZeroPaddingLayerArgs);
