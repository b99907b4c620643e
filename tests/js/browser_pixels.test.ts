// hd.browser on plain data and on stand-ins for what a page has; tests/browser has the real ones.
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { expectValueError, rejectionOf, start, values } from './support';

beforeAll(start);

/** Two pixels, side by side. */
const pixels = { width: 2, height: 1, data: new Uint8Array([1, 2, 3, 4, 50, 60, 70, 80]) };

/** As ImageData of a page. */
class Image {
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;

  constructor(data: Uint8ClampedArray, width: number, height: number) {
    this.data = data;
    this.width = width;
    this.height = height;
  }
}

/** A canvas that remembers what was put on it. */
class Canvas {
  width = 300;
  height = 150;
  shown: Image | null = null;
  contexts: unknown[] = [];

  getContext(type: string, options?: unknown) {
    this.contexts.push([type, options]);
    return {
      canvas: this,
      getImageData: () => this.shown,
      putImageData: (image: Image) => {
        this.shown = image;
      },
    };
  }
}

const asCanvas = (canvas: Canvas) => canvas as unknown as HTMLCanvasElement;

describe('fromPixels', () => {
  it('takes as many channels as are asked for', () => {
    const image = hd.browser.fromPixels(pixels);
    expect(image.shape).toEqual([1, 2, 3]);
    expect(image.dtype).toBe('int32');
    expect(values(image)).toEqual([1, 2, 3, 50, 60, 70]);
    expect(values(hd.browser.fromPixels(pixels, 1))).toEqual([1, 50]);
    expect(values(hd.browser.fromPixels(pixels, 4))).toEqual([1, 2, 3, 4, 50, 60, 70, 80]);
  });

  it('takes clamped bytes and canvases', async () => {
    const data = new Uint8ClampedArray(pixels.data);
    expect(values(hd.browser.fromPixels({ ...pixels, data }, 1))).toEqual([1, 50]);
    const canvas = new Canvas();
    canvas.shown = new Image(data, 2, 1);
    Object.assign(canvas, { width: 2, height: 1 });
    expect(values(hd.browser.fromPixels(asCanvas(canvas), 1))).toEqual([1, 50]);
    expect(values(await hd.browser.fromPixelsAsync(asCanvas(canvas), 1))).toEqual([1, 50]);
  });

  it('an empty image', () => {
    const empty = { width: 0, height: 3, data: new Uint8Array(0) };
    expect(hd.browser.fromPixels(empty).shape).toEqual([3, 0, 3]);
  });

  it('misuse', async () => {
    const from = (source: unknown, channels?: number) => () =>
      hd.browser.fromPixels(source as hd.browser.PixelData, channels);
    expectValueError(from(null), 'null');
    expectValueError(from(3), 'number');
    expectValueError(from({ width: 1 }), 'HTMLImageElement', 'but was Object');
    expectValueError(from(pixels, 5), 'numChannels', 'got 5');
    expectValueError(from(pixels, 0), 'numChannels', 'got 0');
    const flat = Object.assign(new Canvas(), { height: 0 });
    expectValueError(from(flat), 'must have a size', '300 x 0');
    expectValueError(from({ ...pixels, width: 3 }), '12 bytes', 'got 8');
    const error = await rejectionOf(() => hd.browser.fromPixelsAsync(null as never));
    expect(error).toBeInstanceOf(hd.ValueError);
  });
});

describe('toPixels', () => {
  it('one, three and four channels', async () => {
    const gray = await hd.browser.toPixels(hd.tensor2d([[0, 0.5, 1]]));
    expect(Array.from(gray)).toEqual([0, 0, 0, 255, 128, 128, 128, 255, 255, 255, 255, 255]);
    const colours = hd.tensor3d([1, 2, 3, 4, 5, 6], [1, 2, 3], 'int32');
    expect(Array.from(await hd.browser.toPixels(colours))).toEqual([1, 2, 3, 255, 4, 5, 6, 255]);
    const four = hd.tensor3d([1, 2, 3, 4], [1, 1, 4], 'int32');
    expect(Array.from(await hd.browser.toPixels(four))).toEqual([1, 2, 3, 4]);
    expect(Array.from(await hd.browser.toPixels([[200]]))).toEqual([200, 200, 200, 255]);
  });

  it('there and back', async () => {
    const image = hd.browser.fromPixels(pixels, 4);
    expect(Array.from(await hd.browser.toPixels(image))).toEqual(Array.from(pixels.data));
  });

  it('keeps nothing in memory', async () => {
    const before = hd.memory().numTensors;
    await hd.browser.toPixels([[1, 2]]);
    expect(hd.memory().numTensors).toBe(before);
  });

  it('misuse', async () => {
    const wrong = async (image: hd.Tensor, ...parts: string[]) => {
      const error = await rejectionOf(() => hd.browser.toPixels(image));
      expect(error).toBeInstanceOf(hd.ValueError);
      for (const part of parts) expect(error.message).toContain(part);
    };
    await wrong(hd.tensor1d([1]), 'rank 2 or 3', '[1]');
    await wrong(hd.zeros([2, 2, 2]), 'depth of 1, 3 or 4', '[2,2,2]');
    await wrong(hd.zeros([2, 2], 'bool'), 'float32 or int32', 'bool');
    await wrong(hd.tensor2d([[1.5]]), 'range [0 - 1]', '1.5');
    await wrong(hd.tensor2d([[256]], undefined, 'int32'), 'range [0 - 255]', '256');
    await wrong(hd.tensor2d([[NaN]]), 'NaN');
  });
});

describe('on a canvas', () => {
  const before = globalThis.ImageData;
  afterEach(() => {
    globalThis.ImageData = before;
  });

  it('toPixels and draw give it the size of the image', async () => {
    globalThis.ImageData = Image as unknown as typeof ImageData;
    const canvas = new Canvas();
    const image = hd.tensor2d([[0, 1]]);
    await hd.browser.toPixels(image, asCanvas(canvas));
    expect([canvas.width, canvas.height]).toEqual([2, 1]);
    expect(Array.from(canvas.shown!.data)).toEqual([0, 0, 0, 255, 255, 255, 255, 255]);
    hd.browser.draw(image, asCanvas(canvas), {
      imageOptions: { alpha: 0.5 },
      contextOptions: { contextAttributes: { alpha: true } },
    });
    expect(Array.from(canvas.shown!.data)).toEqual([0, 0, 0, 128, 255, 255, 255, 128]);
    expect(canvas.contexts.at(-1)).toEqual(['2d', { alpha: true }]);
  });

  it('misuse of draw', () => {
    const canvas = asCanvas(new Canvas());
    const draw = (options: hd.browser.DrawOptions) => () =>
      hd.browser.draw(hd.zeros([2, 2]), canvas, options);
    expectValueError(draw({ imageOptions: { alpha: 2 } }), 'alpha must be in [0, 1], got 2');
    expectValueError(draw({ contextOptions: { contextType: 'webgl' } }), "'2d'", "'webgl'");
  });
});
