/** The labelled digits that steps take their batches from. */
import { kPixels } from './image.js';

/** More than this and the page would hold too much memory: 47 MB of ink. */
const kMost = 60_000;

export class TrainingSet {
  size = $state(0);
  counts = $state.raw<number[]>(new Array<number>(10).fill(0));
  /** The digit added last, by class. */
  latest = $state.raw<(Uint8Array | null)[]>(new Array<null>(10).fill(null));

  private ink = new Uint8Array(0);
  private labels = new Uint8Array(0);
  private random = 0x5eed;

  /** Adds `labels.length` digits; returns how many there was room for. */
  add(ink: Uint8Array, labels: ArrayLike<number>): number {
    const count = Math.min(labels.length, kMost - this.size);
    this.reserve(this.size + count);
    this.ink.set(ink.subarray(0, count * kPixels), this.size * kPixels);
    const counts = [...this.counts];
    const latest = [...this.latest];
    for (let i = 0; i < count; i++) {
      const label = labels[i]!;
      this.labels[this.size + i] = label;
      counts[label]!++;
      latest[label] = ink.slice(i * kPixels, (i + 1) * kPixels);
    }
    this.size += count;
    this.counts = counts;
    this.latest = latest;
    return count;
  }

  clear(): void {
    this.size = 0;
    this.counts = new Array<number>(10).fill(0);
    this.latest = new Array<null>(10).fill(null);
    this.ink = new Uint8Array(0);
    this.labels = new Uint8Array(0);
  }

  /** Digits picked at random: x [rows, 784] in 0..1, y [rows, 10] one-hot. */
  batch(rows: number): { x: Float32Array; y: Float32Array } {
    const x = new Float32Array(rows * kPixels);
    const y = new Float32Array(rows * 10);
    for (let row = 0; row < rows; row++) {
      const pick = this.pick();
      for (let at = 0; at < kPixels; at++) {
        x[row * kPixels + at] = this.ink[pick * kPixels + at]! / 255;
      }
      y[row * 10 + this.labels[pick]!] = 1;
    }
    return { x, y };
  }

  /** An index, uniform (a 32-bit xorshift; Marsaglia 2003). */
  private pick(): number {
    this.random ^= this.random << 13;
    this.random ^= this.random >>> 17;
    this.random ^= this.random << 5;
    return Math.floor(((this.random >>> 0) / 2 ** 32) * this.size);
  }

  private reserve(size: number): void {
    if (this.labels.length >= size) return;
    const room = Math.min(kMost, Math.max(size, this.labels.length * 2));
    const [ink, labels] = [new Uint8Array(room * kPixels), new Uint8Array(room)];
    ink.set(this.ink);
    labels.set(this.labels);
    this.ink = ink;
    this.labels = labels;
  }
}
