/** The values of an IDX file of unsigned bytes, gzip or plain. */
export function readIdx(path: string): { shape: number[]; values: Uint8Array };

/** The folder that holds MNIST: `given`, else $HEDDLE_DATA/mnist, else ../shared/data/mnist beside the project. */
export function digitsFolder(given?: string): string;

/** MNIST's 10,000 test images, [count, 28, 28, 1] in 0..1; null where the files are missing. */
export function readDigits(
  folder?: string,
): { count: number; xs: Float32Array; labels: Int32Array } | null;
