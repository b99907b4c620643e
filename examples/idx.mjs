// Reading MNIST's IDX files, http://yann.lecun.com/exdb/mnist/: big-endian sizes, then one byte per value.
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const kUnsignedBytes = 0x08;

/** The values of an IDX file (gzip or plain): `{shape: [count, ...], values: Uint8Array}`. */
export function readIdx(path) {
  const file = readFileSync(path);
  const bytes = path.endsWith('.gz') ? gunzipSync(file) : file;
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== 0 || bytes[2] !== kUnsignedBytes) {
    throw new Error(`${path} is not an IDX file of unsigned bytes.`);
  }
  const rank = bytes[3];
  const shape = Array.from({ length: rank }, (_, i) => bytes.readUInt32BE(4 + 4 * i));
  const values = new Uint8Array(bytes.subarray(4 + 4 * rank));
  const size = shape.reduce((a, b) => a * b, 1);
  if (values.length !== size) {
    throw new Error(`${path} says [${shape}], ${size} values, but holds ${values.length}.`);
  }
  return { shape, values };
}

/** The folder that holds MNIST: `given`, else $HEDDLE_DATA/mnist, else ../shared/data/mnist beside the project. */
export function digitsFolder(given) {
  if (given) return resolve(given);
  const project = fileURLToPath(new URL('..', import.meta.url));
  return resolve(project, process.env.HEDDLE_DATA ?? '../shared/data', 'mnist');
}

/**
 * MNIST's 10,000 test images: `{count, xs: Float32Array [count, 28, 28, 1] in 0..1, labels: Int32Array [count]}`, or
 * null where the files are missing.
 */
export function readDigits(folder = digitsFolder()) {
  const find = (name) => [`${name}.gz`, name].map((each) => join(folder, each)).find(existsSync);
  const imageFile = find('t10k-images-idx3-ubyte');
  const labelFile = find('t10k-labels-idx1-ubyte');
  if (!imageFile || !labelFile) return null;
  const images = readIdx(imageFile);
  const { values } = readIdx(labelFile);
  const xs = Float32Array.from(images.values, (value) => value / 255);
  return { count: images.shape[0], xs, labels: Int32Array.from(values) };
}
