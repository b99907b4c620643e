/** Reads IDX, the format of MNIST's files: images (magic 0x803) or labels (0x801), also gzipped. */
import { kPixels, kSide } from './image.js';

export type Idx =
  | { kind: 'images'; count: number; ink: Uint8Array }
  | { kind: 'labels'; count: number; labels: Uint8Array };

const kLabels = 0x801;
const kImages = 0x803;

async function gunzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const isGzip = (bytes: Uint8Array) => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** Whether the file's first bytes say IDX, or gzip (which is then taken to hold IDX). */
export function looksLikeIdx(bytes: Uint8Array): boolean {
  return isGzip(bytes) || (bytes[0] === 0 && bytes[1] === 0 && bytes[2] === 8);
}

/** @throws Error that says what the file holds and what is read here. */
export async function readIdx(file: Uint8Array<ArrayBuffer>, name: string): Promise<Idx> {
  let bytes = file;
  if (isGzip(bytes)) {
    try {
      bytes = await gunzip(bytes);
    } catch {
      throw new Error(`${name}: the gzip data is damaged or cut off.`);
    }
  }
  if (bytes.length < 8) throw new Error(`${name}: too short to be an IDX file.`);
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = header.getUint32(0);
  const count = header.getUint32(4);
  if (magic === kLabels) {
    const labels = bytes.subarray(8, 8 + count);
    if (labels.length < count) throw new Error(cutOff(name, count, labels.length, 'labels'));
    const wrong = labels.find((label) => label > 9);
    if (wrong !== undefined) {
      throw new Error(`${name}: holds the label ${wrong}; this layer knows the digits 0 to 9.`);
    }
    return { kind: 'labels', count, labels };
  }
  if (magic === kImages) {
    if (bytes.length < 16) throw new Error(`${name}: too short to be an IDX file of images.`);
    const [rows, columns] = [header.getUint32(8), header.getUint32(12)];
    if (rows !== kSide || columns !== kSide) {
      throw new Error(
        `${name}: its images are ${columns} × ${rows} pixels; this layer reads ${kSide} × ${kSide}.`,
      );
    }
    const ink = bytes.subarray(16, 16 + count * kPixels);
    const whole = Math.floor(ink.length / kPixels);
    if (whole < count) throw new Error(cutOff(name, count, whole, 'images'));
    return { kind: 'images', count, ink };
  }
  throw new Error(
    `${name}: not an IDX file of images or labels (it begins with ${magic.toString(16)}).`,
  );
}

const cutOff = (name: string, said: number, found: number, what: string) =>
  `${name}: says ${said} ${what} and holds ${found}. It seems to be cut off.`;
