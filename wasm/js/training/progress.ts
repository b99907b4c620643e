import type { Logs } from './callbacks.js';

interface Output {
  isTTY?: boolean;
  write(text: string): unknown;
}

const kBarWidth = 24;
const kMillisecondsBetween = 100;

function standardOutput(): Output | undefined {
  const { process } = globalThis as { process?: { stdout?: Output } };
  return process?.stdout;
}

/**
 * The progress line of `fit` in Node: rewritten in place on a terminal, one line an epoch elsewhere.
 * `verbose` undefined means a line on terminals only. In a page there is none.
 */
export class Progress {
  private readonly out: Output | undefined;
  private readonly epochs: number;
  private readonly samples: number;
  private shown = 0;
  private started = 0;

  constructor(verbose: number | undefined, epochs: number, samples: number) {
    this.epochs = epochs;
    this.samples = samples;
    const out = standardOutput();
    const wanted = verbose === undefined ? out?.isTTY === true : verbose > 0;
    this.out = wanted ? out : undefined;
  }

  beginEpoch(): void {
    this.started = performance.now();
  }

  private line(epoch: number, seen: number, logs: Logs): string {
    const bar = '='.repeat(Math.round((kBarWidth * seen) / this.samples)).padEnd(kBarWidth, '.');
    const seconds = (performance.now() - this.started) / 1000;
    const values = Object.entries(logs).map(([name, value]) => `${name}=${value.toPrecision(4)}`);
    return (
      `Epoch ${epoch + 1}/${this.epochs} [${bar}] ${seen}/${this.samples}  ` +
      `${seconds.toFixed(1)} s  ${values.join(' ')}`
    );
  }

  update(epoch: number, seen: number, logs: () => Logs): void {
    const now = performance.now();
    if (!this.out?.isTTY || now - this.shown < kMillisecondsBetween) return;
    this.shown = now;
    this.out.write(`\r\x1b[K${this.line(epoch, seen, logs())}`);
  }

  endEpoch(epoch: number, seen: number, logs: Logs): void {
    if (!this.out) return;
    this.out.write(`${this.out.isTTY ? '\r\x1b[K' : ''}${this.line(epoch, seen, logs)}\n`);
  }
}
