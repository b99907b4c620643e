/** Reads a PNG or JPEG (or what else the browser can show) as one digit. */
import { fitInk, inkOf, kSide } from './image.js';

/** Large photographs are read at this width or height: plenty for 20 pixels. */
const kMost = 512;

/** @throws Error where the browser cannot read the file as a picture. */
export async function readPicture(file: File): Promise<Uint8Array> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new Error(`${file.name}: not a picture that this browser can read.`);
  }
  const scale = Math.min(1, kMost / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  const ink = inkOf(context.getImageData(0, 0, width, height).data, width, height);
  if (width === kSide && height === kSide) {
    return Uint8Array.from(ink.values, (value) => Math.round(value * 255)); // as it is
  }
  return fitInk(ink);
}

/** The one digit in a file's name ("7.png", "my-3.jpg"), where there is exactly one. */
export function labelInName(name: string): number | null {
  const digits = name.replace(/\.[^.]*$/, '').match(/\d/g);
  return digits?.length === 1 ? Number(digits[0]) : null;
}
