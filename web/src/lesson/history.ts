/** The losses of a run, thinned as it grows: never more than `kMost` points. */
import type { Losses } from './trainer.js';

export interface LossPoint {
  step: number;
  a: number;
  b: number;
}

const kMost = 400;

export class LossHistory {
  points: LossPoint[] = [];
  private stride = 1;

  add(step: number, losses: Losses): void {
    if (step % this.stride !== 0) return;
    this.points.push({ step, a: losses.a, b: losses.b });
    if (this.points.length < kMost) return;
    this.stride *= 2;
    this.points = this.points.filter((point) => point.step % this.stride === 0);
  }

  clear(): void {
    this.points = [];
    this.stride = 1;
  }
}
