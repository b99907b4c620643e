import { ValueError } from '../errors.js';

/** When `fit` gives way to the page: after so many milliseconds, or at these points. */
export type YieldEvery = 'auto' | 'batch' | 'epoch' | 'never' | number;

/** A slice of training short enough that a page keeps drawing between two of them. */
const kSliceMilliseconds = 12;

/** What Node has for this. */
const { setImmediate } = globalThis as { setImmediate?: (task: () => void) => void };

/** Lets other tasks (input, drawing, timers) run first. */
export function giveWay(): Promise<void> {
  return new Promise((resolve) => {
    if (setImmediate !== undefined) {
      setImmediate(resolve);
    } else {
      // Unlike setTimeout, a message is not held back for 4 ms; unlike scheduler.yield, it queues
      // behind other tasks, so that a long training starves nobody.
      const channel = new MessageChannel();
      channel.port1.onmessage = () => {
        channel.port1.close();
        resolve();
      };
      channel.port2.postMessage(null);
    }
  });
}

/** Says how long training may go on before it gives way. */
export class Slices {
  private started = performance.now();
  readonly every: YieldEvery;
  readonly milliseconds: number;

  constructor(every: YieldEvery) {
    this.every = every;
    const words = ['auto', 'batch', 'epoch', 'never'];
    if (!words.includes(every as string) && !(typeof every === 'number' && every >= 0)) {
      throw new ValueError(
        `fit(): yieldEvery must be 'auto', 'batch', 'epoch', 'never' or a number of milliseconds, ` +
          `got ${String(every)}`,
      );
    }
    if (typeof every === 'number') this.milliseconds = every;
    else this.milliseconds = every === 'auto' ? kSliceMilliseconds : Infinity;
  }

  /** Steps that may be taken at once. */
  get steps(): number {
    return this.every === 'batch' ? 1 : 0x7fffffff;
  }

  /** What is left of the slice in progress. */
  get remaining(): number {
    return this.milliseconds - (performance.now() - this.started);
  }

  /** Whether to give way now, after a batch. */
  get due(): boolean {
    return this.every === 'batch' || this.remaining <= 0;
  }

  async pause(): Promise<void> {
    await giveWay();
    this.started = performance.now();
  }
}
