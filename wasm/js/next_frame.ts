import { giveWay } from './training/yielding.js';

/** Resolves before the next frame is drawn; where nothing is drawn, after other tasks have run. */
export function nextFrame(): Promise<void> {
  if (typeof requestAnimationFrame !== 'function') return giveWay();
  return new Promise((resolve) => requestAnimationFrame(() => resolve()));
}
