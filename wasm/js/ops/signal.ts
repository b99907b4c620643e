// hd.signal
import { inScope } from '../lifetime.js';
import type { Tensor } from '../tensor.js';
import { checkCount, checkRank, constant, toTensor } from './compose.js';
import { gather } from './indexing.js';
import { number, type TensorInput } from './operation.js';
import { pad } from './shape.js';

/** The window a - b cos(2π i / n) for i < windowLength; n is windowLength, made even. */
export function cosineWindow(windowLength: number, a: number, b: number): Tensor {
  checkCount('cosineWindow', 'windowLength', windowLength);
  const period = windowLength - (windowLength % 2);
  const values = Float32Array.from(
    { length: windowLength },
    (_, i) => a - b * Math.cos((2 * Math.PI * i) / period),
  );
  return constant(values, [windowLength], 'float32');
}

/** The window of Hann: 0.5 - 0.5 cos(2π i / n). [windowLength]. */
export function hannWindow(windowLength: number): Tensor {
  return cosineWindow(windowLength, 0.5, 0.5);
}

/** The window of Hamming: 0.54 - 0.46 cos(2π i / n). [windowLength]. */
export function hammingWindow(windowLength: number): Tensor {
  return cosineWindow(windowLength, 0.54, 0.46);
}

/**
 * Cuts signal [n] into frames of `frameLength` samples, each `frameStep` after the one before:
 * [frames, frameLength]. What does not fill a frame is left out, or with `padEnd` filled up with
 * `padValue`.
 */
export function frame(
  signal: TensorInput,
  frameLength: number,
  frameStep: number,
  padEnd = false,
  padValue = 0,
): Tensor {
  return inScope(() => {
    const $signal = toTensor('frame', 'signal', signal);
    checkRank('frame', 'signal', $signal, 1);
    checkCount('frame', 'frameLength', frameLength, 1);
    checkCount('frame', 'frameStep', frameStep, 1);
    number('frame', 'padValue', padValue);
    const samples = $signal.size;
    const count = padEnd
      ? Math.ceil(samples / frameStep)
      : Math.max(0, Math.floor((samples - frameLength) / frameStep) + 1);
    const needed = Math.max(0, (count - 1) * frameStep + frameLength - samples);
    const padded = count > 0 && needed > 0 ? pad($signal, [[0, needed]], padValue) : $signal;
    const places = Int32Array.from(
      { length: count * frameLength },
      (_, i) => Math.floor(i / frameLength) * frameStep + (i % frameLength),
    );
    return gather(padded, constant(places, [count, frameLength], 'int32'));
  });
}

/** The least power of two that is not less than `value`. */
export function enclosingPowerOfTwo(value: number): number {
  return 2 ** Math.ceil(Math.log2(value));
}
