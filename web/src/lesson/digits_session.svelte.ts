/** Two pads of 28 x 28 pixels, ten units with softmax, and a training set of digits. */
import { looksLikeIdx, readIdx } from '../digits/idx.js';
import { fitInk, fromUnit, kPixels, kSide, toUnit } from '../digits/image.js';
import { labelInName, readPicture } from '../digits/picture.js';
import { TrainingSet } from '../digits/training_set.svelte.js';
import { Session } from './session.svelte.js';
import { drawStrokes, type Batch, type CallName, type Pair } from './trainer.js';

const kRows = 32;
const kFirstStrokes = 1000;

export class DigitsSession extends Session {
  pads = $state.raw<Pair<Uint8Array>>({
    a: new Uint8Array(kPixels),
    b: new Uint8Array(kPixels),
  });
  /** What the reader says each pad shows. */
  labels = $state<Pair<number>>({ a: 3, b: 5 });
  /** What came of the last file or digit added. */
  news = $state('');
  readonly set = new TrainingSet();

  private seed = 1;
  private waiting: { name: string; ink: Uint8Array; count: number } | null = null;
  private waitingLabels: { name: string; labels: Uint8Array } | null = null;

  constructor() {
    super(
      {
        inputs: kPixels,
        units: 10,
        activation: 'softmax',
        loss: 'categoricalCrossentropy',
        optimizer: 'sgd',
        start: 0.01,
        seed: 7,
      },
      0.1,
    );
  }

  /** The first digits: a training set, and one for each pad in another hand. */
  fill(): void {
    if (this.set.size > 0) return;
    this.addStrokes(kFirstStrokes);
    this.news = '';
    this.anotherDigit('a', 3);
    this.anotherDigit('b', 5);
  }

  protected nextBatch(): Batch | null {
    if (this.set.size === 0) {
      this.problem = 'The training set is empty. Add strokes, a digit of your own or a file.';
      return null;
    }
    const [a, b] = [this.set.batch(kRows), this.set.batch(kRows)];
    return { rows: kRows, x: { a: a.x, b: b.x }, y: { a: a.y, b: b.y } };
  }

  protected standingBatch(): null {
    return null;
  }

  protected watched(): Pair<Float32Array> {
    return { a: toUnit(this.pads.a), b: toUnit(this.pads.b) };
  }

  paint(name: CallName, ink: Uint8Array): void {
    this.pads = { ...this.pads, [name]: ink };
    this.restart();
  }

  clear(name: CallName): void {
    this.paint(name, new Uint8Array(kPixels));
  }

  fit(name: CallName): void {
    const values = toUnit(this.pads[name]);
    this.paint(name, fitInk({ width: kSide, height: kSide, values }));
  }

  /** A digit the training set does not hold. */
  anotherDigit(name: CallName, digit?: number): void {
    const label = digit ?? (this.labels[name] + 1) % 10;
    const { xs } = drawStrokes(1, 100_000 + this.seed++, [label]);
    this.labels[name] = label;
    this.paint(name, fromUnit(xs));
  }

  addPad(name: CallName): void {
    const ink = this.pads[name];
    if (!ink.some((value) => value > 0)) {
      this.news = `Pad ${name} is empty: paint a digit first.`;
      return;
    }
    this.set.add(ink, [this.labels[name]]);
    this.news = `Added the digit on pad ${name} as ${this.labels[name]}.`;
  }

  addStrokes(count: number): void {
    const { xs, labels } = drawStrokes(count, this.seed++);
    const added = this.set.add(fromUnit(xs), labels);
    this.news = `Added ${added.toLocaleString('en')} digits drawn by hd.datasets.strokes.`;
  }

  emptySet(): void {
    this.set.clear();
    this.news = 'The training set is empty.';
  }

  /** Takes IDX, PNG and JPEG files. A picture goes onto the pad, for the reader to label and add. */
  async takeFiles(files: readonly File[], pad: CallName): Promise<void> {
    this.problem = '';
    let next = pad;
    for (const file of files) {
      try {
        const bytes = new Uint8Array(await file.arrayBuffer());
        if (looksLikeIdx(bytes)) {
          await this.takeIdx(bytes, file.name);
        } else {
          this.paint(next, await readPicture(file));
          const label = labelInName(file.name);
          if (label !== null) this.labels[next] = label;
          this.news = `${file.name} is on pad ${next}. Say which digit it is and add it.`;
          next = next === 'a' ? 'b' : 'a';
        }
      } catch (error) {
        this.problem = error instanceof Error ? error.message : String(error);
      }
    }
  }

  /** Images and their labels come as two files, in either order. */
  private async takeIdx(bytes: Uint8Array<ArrayBuffer>, name: string): Promise<void> {
    const idx = await readIdx(bytes, name);
    if (idx.kind === 'images') {
      this.waiting = { name, ink: idx.ink, count: idx.count };
      if (idx.count > 0) {
        this.paint('a', idx.ink.slice(0, kPixels));
        if (idx.count > 1) this.paint('b', idx.ink.slice(kPixels, 2 * kPixels));
      }
    } else {
      this.waitingLabels = { name, labels: idx.labels };
    }
    const { waiting: images, waitingLabels: labels } = this;
    if (images && labels) {
      this.waiting = this.waitingLabels = null;
      if (images.count !== labels.labels.length) {
        throw new Error(
          `${images.name} holds ${images.count} images and ${labels.name} ` +
            `${labels.labels.length} labels: they do not belong together.`,
        );
      }
      const added = this.set.add(images.ink, labels.labels);
      [this.labels.a = 0, this.labels.b = 0] = labels.labels;
      this.news = `Added ${added.toLocaleString('en')} digits from ${images.name}.`;
    } else if (images) {
      this.news = `${name} holds ${images.count.toLocaleString('en')} images. Now its labels file.`;
    } else if (labels) {
      this.news = `${name} holds ${labels.labels.length.toLocaleString('en')} labels. Now its images file.`;
    }
  }
}
