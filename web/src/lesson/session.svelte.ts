/**
 * One size of the lesson: its layer, what has been called, and the training run. The sizes differ
 * in the layer's numbers and in where their batches come from.
 */
import { LossHistory } from './history.js';
import {
  Trainer,
  type Attribution,
  type Batch,
  type CallName,
  type LayerSpec,
  type LearnFrom,
  type Losses,
  type Pair,
} from './trainer.js';

export abstract class Session {
  trainer = $state.raw<Trainer | null>(null);
  called = $state<Pair<boolean>>({ a: false, b: false });
  from = $state<LearnFrom>('a');
  rate = $state(0);
  running = $state(false);
  step = $state(0);
  losses = $state.raw<Losses | null>(null);
  outputs = $state.raw<Pair<Float32Array | null>>({ a: null, b: null });
  /** What the outputs were before the first step. */
  startOutputs = $state.raw<Pair<Float32Array | null>>({ a: null, b: null });
  /** The parts of the last update's gradient, while it is news. */
  pulls = $state.raw<Attribution | null>(null);
  peak = $state(0);
  /** Steps taken from each choice since the start: what the words speak of. */
  learned = $state<Record<LearnFrom, number>>({ a: 0, b: 0, both: 0 });
  problem = $state('');
  readonly history = new LossHistory();

  private refreshing = 0;
  private rest: ReturnType<typeof setTimeout> | undefined;
  /** An update is under way: the next waits for it. */
  private busy: Promise<void> = Promise.resolve();

  protected constructor(
    readonly spec: LayerSpec,
    readonly firstRate: number,
  ) {
    this.rate = firstRate;
  }

  get ready(): boolean {
    return this.called.a && this.called.b;
  }

  /** The examples of the next step; null where there are none to learn from. */
  protected abstract nextBatch(): Batch | null;
  /** What the outputs are shown for: one row for each call. */
  protected abstract watched(): Pair<Float32Array>;
  /** The batch whose losses stand in the figures before the first step; null for none. */
  protected abstract standingBatch(): Batch | null;

  make(): void {
    this.attempt(() => {
      this.trainer = new Trainer(this.spec);
    });
  }

  call(name: CallName): void {
    this.attempt(() => {
      this.trainer?.call(name);
      this.called[name] = true;
      this.refresh();
    });
  }

  /** Back to the empty frame. */
  async remove(): Promise<void> {
    this.pause();
    await this.busy;
    this.trainer?.dispose();
    this.trainer = null;
    this.called = { a: false, b: false };
    this.outputs = { a: null, b: null };
    this.forget();
  }

  /** The first weights again. */
  async startOver(): Promise<void> {
    this.pause();
    await this.busy;
    this.attempt(() => {
      this.trainer?.startOver();
      this.forget();
      this.refresh();
    });
  }

  private forget(): void {
    this.step = 0;
    this.losses = null;
    this.startOutputs = { a: null, b: null };
    this.pulls = null;
    this.peak = 0;
    this.learned = { a: 0, b: 0, both: 0 };
    this.history.clear();
  }

  train(): void {
    if (this.running || !this.ready) return;
    this.running = true;
    const loop = async () => {
      if (!this.running) return;
      await this.update();
      requestAnimationFrame(loop);
    };
    requestAnimationFrame(loop);
  }

  pause(): void {
    this.running = false;
    this.settle();
  }

  async stepOnce(): Promise<void> {
    this.pause();
    await this.update();
    this.settle();
  }

  /** Threads go back to rest a moment after the last update. */
  private settle(): void {
    clearTimeout(this.rest);
    this.rest = setTimeout(() => {
      if (!this.running) this.pulls = null;
    }, 900);
  }

  private update(): Promise<void> {
    this.busy = this.busy.then(() => this.updateNow()).catch((error: unknown) => this.fail(error));
    return this.busy;
  }

  private async updateNow(): Promise<void> {
    const { trainer } = this;
    const batch = this.nextBatch();
    if (!trainer || !batch) {
      this.running = false;
      return;
    }
    if (!this.startOutputs.a) {
      this.look();
      this.startOutputs = this.outputs;
    }
    trainer.learn(this.from, this.rate);
    const from = this.from;
    const { losses, pulls } = await trainer.update(batch);
    if (trainer !== this.trainer) return; // the layer was taken out meanwhile
    this.step++;
    this.learned[from]++;
    this.losses = losses;
    this.history.add(this.step, losses);
    this.peak = Math.max(this.peak, pulls.a.norm, pulls.b.norm);
    this.pulls = pulls;
    this.look();
    this.problem = '';
  }

  /** The outputs anew, once per frame however many changes ask for it. */
  refresh(): void {
    if (this.refreshing) return;
    this.refreshing = requestAnimationFrame(() => {
      this.refreshing = 0;
      this.attempt(() => {
        this.look();
        const batch = this.ready ? this.standingBatch() : null;
        if (batch && this.trainer && !this.running) {
          this.trainer.learn(this.from, this.rate);
          this.losses = this.trainer.losses(batch);
        }
      });
    });
  }

  private look(): void {
    const { trainer, called } = this;
    const x = this.watched();
    this.outputs = {
      a: trainer && called.a ? trainer.read(x.a) : null,
      b: trainer && called.b ? trainer.read(x.b) : null,
    };
  }

  /** How far the output of a call is from where it started: the mean over its units. */
  moved(name: CallName): number {
    const now = this.outputs[name];
    const start = this.startOutputs[name];
    if (!now || !start) return 0;
    return now.reduce((sum, value, i) => sum + Math.abs(value - start[i]!), 0) / now.length;
  }

  /** A changed input makes the outputs at the start of training another thing: measure anew. */
  protected restart(): void {
    this.startOutputs = { a: null, b: null };
    this.refresh();
  }

  setFrom(from: LearnFrom): void {
    this.from = from;
    if (!this.running) this.refresh();
  }

  setRate(rate: number): void {
    this.rate = rate;
  }

  protected attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    this.running = false;
    this.problem = error instanceof Error ? error.message : String(error);
  }
}
