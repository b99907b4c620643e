// hd.browser: from images to tensors and back.
import { core } from './engine.js';
import { HeddleError, ValueError } from './errors.js';
import { inScope } from './lifetime.js';
import { check, checkDtype, checkRank, constant, toTensor } from './ops/compose.js';
import type { TensorInput } from './ops/operation.js';
import { cast } from './ops/unary.js';
import { Tensor, type Tensor3D } from './tensor.js';

/** Pixels as plain data: four bytes for each, red, green, blue and opacity, row by row. */
export interface PixelData {
  width: number;
  height: number;
  data: Uint8Array | Uint8ClampedArray;
}

/** What an image can come from. */
export type PixelSource =
  | PixelData
  | ImageData
  | HTMLImageElement
  | HTMLCanvasElement
  | HTMLVideoElement
  | ImageBitmap
  | OffscreenCanvas;

type Canvas = HTMLCanvasElement | OffscreenCanvas;
type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** Whether there is a class of that name, and the value is of it. */
function isA(className: string, value: unknown): boolean {
  const known = (globalThis as Record<string, unknown>)[className];
  return typeof known === 'function' && value instanceof known;
}

function contextOf(canvas: Canvas, options?: CanvasRenderingContext2DSettings): Context {
  const context = (canvas as HTMLCanvasElement).getContext('2d', options);
  if (context === null) throw new HeddleError('The canvas has no context of type 2d');
  return context;
}

/** Something to draw on, to read pixels of images and videos. Made once. */
let scratch: Context | null = null;

function scratchContext(): Context {
  if (scratch !== null) return scratch;
  let canvas: Canvas;
  if (typeof document !== 'undefined') canvas = document.createElement('canvas');
  else if (typeof OffscreenCanvas !== 'undefined') canvas = new OffscreenCanvas(1, 1);
  else {
    throw new HeddleError(
      'browser.fromPixels(): there is nothing to draw the image on here: neither document nor ' +
        'OffscreenCanvas. Decode the image and pass {data, width, height}',
    );
  }
  return (scratch = contextOf(canvas, { willReadFrequently: true }));
}

/** Throws ValueError for an image without pixels, which cannot be read. */
function checkSize(width: number, height: number): void {
  check(
    'browser.fromPixels',
    width > 0 && height > 0,
    () =>
      `pixels must have a size, got ${width} x ${height}. Wait until the image or video is loaded`,
  );
}

/** The bytes of an image and its size. */
function pixelsOf(pixels: PixelSource): PixelData {
  if (typeof pixels !== 'object' || pixels === null) {
    throw new ValueError(
      `pixels passed to browser.fromPixels() can not be ${pixels === null ? 'null' : typeof pixels}`,
    );
  }
  const { data } = pixels as PixelData;
  if (data instanceof Uint8Array || data instanceof Uint8ClampedArray) return pixels as PixelData;
  if (typeof (pixels as HTMLCanvasElement).getContext === 'function') {
    const { width, height } = pixels as HTMLCanvasElement;
    checkSize(width, height);
    const context = contextOf(pixels as HTMLCanvasElement);
    return { width, height, data: context.getImageData(0, 0, width, height).data };
  }
  const isVideo = isA('HTMLVideoElement', pixels);
  if (!isVideo && !isA('HTMLImageElement', pixels) && !isA('ImageBitmap', pixels)) {
    throw new ValueError(
      'pixels passed to browser.fromPixels() must be either an HTMLVideoElement, ' +
        'HTMLImageElement, HTMLCanvasElement, OffscreenCanvas, ImageBitmap, ImageData or {data: ' +
        `Uint8Array, width: number, height: number}, but was ${(pixels as object).constructor?.name}`,
    );
  }
  const video = pixels as HTMLVideoElement;
  const width = isVideo ? video.videoWidth : video.width;
  const height = isVideo ? video.videoHeight : video.height;
  checkSize(width, height);
  const context = scratchContext();
  context.canvas.width = width;
  context.canvas.height = height;
  context.drawImage(video, 0, 0, width, height);
  return { width, height, data: context.getImageData(0, 0, width, height).data };
}

/**
 * An image as a tensor [height, width, numChannels] int32 of 0 to 255: the first `numChannels` of
 * red, green, blue and opacity. Throws ValueError for what is no image, and HeddleError where it
 * cannot be drawn to read it (an HTMLImageElement needs a page).
 */
export function fromPixels(pixels: PixelSource, numChannels = 3): Tensor3D {
  check(
    'browser.fromPixels',
    Number.isInteger(numChannels) && numChannels >= 1 && numChannels <= 4,
    () => `numChannels must be a whole number from 1 to 4, got ${numChannels}`,
  );
  const { data, width, height } = pixelsOf(pixels);
  const count = width * height;
  check(
    'browser.fromPixels',
    data.length === 4 * count,
    () => `data of ${width} x ${height} pixels must have ${4 * count} bytes, got ${data.length}`,
  );
  const values = new Int32Array(count * numChannels);
  for (let pixel = 0; pixel < count; pixel++) {
    for (let channel = 0; channel < numChannels; channel++) {
      values[pixel * numChannels + channel] = data[4 * pixel + channel]!;
    }
  }
  return constant(values, [height, width, numChannels], 'int32') as Tensor3D;
}

/**
 * As fromPixels. Where the browser can, elements become an ImageBitmap first, so that opacity does
 * not change the colours.
 */
export async function fromPixelsAsync(pixels: PixelSource, numChannels = 3): Promise<Tensor3D> {
  const isElement = ['HTMLImageElement', 'HTMLCanvasElement', 'HTMLVideoElement'].some((name) =>
    isA(name, pixels),
  );
  if (isElement && typeof createImageBitmap === 'function') {
    const element = pixels as HTMLImageElement;
    const bitmap = await createImageBitmap(element, { premultiplyAlpha: 'none' }).catch(() => null);
    // An element can be larger than its content, to which a bitmap is cut.
    if (bitmap?.width === element.width && bitmap.height === element.height) {
      return fromPixels(bitmap, numChannels);
    }
  }
  return fromPixels(pixels, numChannels);
}

/** The pixels of an image tensor; `alpha` is the opacity where it has none of its own. */
function bytesOf(
  op: string,
  image: Tensor,
  alpha: number,
): PixelData & { data: Uint8ClampedArray } {
  checkRank(op, 'img', image, 2, 3);
  checkDtype(op, 'img', image, 'float32', 'int32');
  const [height, width, depth = 1] = image.shape as [number, number, number?];
  check(
    op,
    depth === 1 || depth === 3 || depth === 4,
    () => `img must have a depth of 1, 3 or 4, got shape [${image.shape}]`,
  );
  const most = image.dtype === 'float32' ? 1 : 255;
  const values = image.dataSync();
  const data = new Uint8ClampedArray(width * height * 4);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let channel = 0; channel < 4; channel++) {
      if (channel === 3 && depth < 4) {
        data[4 * pixel + 3] = Math.round(255 * alpha);
        continue;
      }
      const value = values[pixel * depth + (depth === 1 ? 0 : channel)]!;
      if (!(value >= 0 && value <= most)) {
        throw new ValueError(
          `${op}(): Tensor values for a ${image.dtype} Tensor must be in the range ` +
            `[0 - ${most}] but encountered ${value}.`,
        );
      }
      data[4 * pixel + channel] = Math.round((value * 255) / most);
    }
  }
  return { data, width, height };
}

/** The tensor of an argument; numbers that are no tensor are whole ones. */
function imageOf(op: string, image: TensorInput): Tensor {
  const tensor = toTensor(op, 'img', image);
  return image instanceof Tensor ? tensor : cast(tensor, 'int32');
}

function put(canvas: Canvas, context: Context, { data, width, height }: PixelData): void {
  canvas.width = width;
  canvas.height = height;
  context.putImageData(new ImageData(data as Uint8ClampedArray<ArrayBuffer>, width, height), 0, 0);
}

/**
 * The pixels of an image [height, width] or [height, width, 1, 3 or 4], four bytes each; they are
 * also put on a canvas, which gets their size, if one is given. float32 images are of 0 to 1, int32
 * ones of 0 to 255. Throws ValueError for other numbers.
 */
export async function toPixels(
  img: TensorInput,
  canvas?: HTMLCanvasElement | OffscreenCanvas | null,
): Promise<Uint8ClampedArray> {
  return inScope(() => {
    const op = 'browser.toPixels';
    const pixels = bytesOf(op, imageOf(op, img), 1);
    if (canvas) put(canvas, contextOf(canvas), pixels);
    return pixels.data;
  });
}

/** How `draw` draws. */
export interface DrawOptions {
  /** `alpha`: the opacity, from 0 to 1, of images without a fourth channel. */
  imageOptions?: { alpha?: number };
  contextOptions?: { contextType?: string; contextAttributes?: CanvasRenderingContext2DSettings };
}

/** Puts an image, as toPixels takes it, on a canvas, which gets its size. */
export function draw(
  image: TensorInput,
  canvas: HTMLCanvasElement | OffscreenCanvas,
  options: DrawOptions = {},
): void {
  const op = 'browser.draw';
  core(); // says what is missing before anything else does
  const { alpha = 1 } = options.imageOptions ?? {};
  const { contextType = '2d', contextAttributes } = options.contextOptions ?? {};
  check(op, alpha >= 0 && alpha <= 1, () => `alpha must be in [0, 1], got ${alpha}`);
  check(op, contextType === '2d', () => `contextType must be '2d', got '${contextType}'`);
  inScope(() => {
    const pixels = bytesOf(op, imageOf(op, image), alpha);
    put(canvas, contextOf(canvas, contextAttributes), pixels);
  });
}
