/** Two pads and ten images of weights: paint, drop files, train on batches. */
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { strokes } from '../../wasm/js/datasets/strokes.js';
import { dropFiles, loss, makeAndCall, pixels, waitForSteps, type View } from './site.js';

async function count(page: Page, digit: number): Promise<number> {
  return Number(await page.getByTestId(`count-${digit}`).textContent());
}

/** How much ink is on a pad: the sum of its pixels' opacity, in pixels. */
const ink = (page: Page, call: 'a' | 'b') =>
  page.getByTestId(`pad-${call}`).evaluate(async (canvas: HTMLCanvasElement) => {
    await new Promise((frame) => requestAnimationFrame(() => requestAnimationFrame(frame)));
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, 28, 28);
    return data.reduce((sum, value, at) => sum + (at % 4 === 3 ? value / 255 : 0), 0);
  });

function idxImages(xs: Float32Array, count: number): Uint8Array {
  const file = Buffer.alloc(16 + count * 784);
  [0x803, count, 28, 28].forEach((value, i) => file.writeUInt32BE(value, 4 * i));
  xs.forEach((value, i) => (file[16 + i] = Math.round(value * 255)));
  return file;
}

function idxLabels(labels: Int32Array): Uint8Array {
  const file = Buffer.alloc(8 + labels.length);
  file.writeUInt32BE(0x801, 0);
  file.writeUInt32BE(labels.length, 4);
  labels.forEach((label, i) => (file[8 + i] = label));
  return file;
}

/** A file of the given kind with a thick vertical bar: dark on light, 200 x 260 pixels. */
async function picture(page: Page, type: 'image/png' | 'image/jpeg'): Promise<Uint8Array> {
  const base64 = await page.evaluate(async (kind) => {
    const canvas = new OffscreenCanvas(200, 260);
    const context = canvas.getContext('2d')!;
    context.fillStyle = 'white';
    context.fillRect(0, 0, 200, 260);
    context.fillStyle = 'black';
    context.fillRect(40, 30, 24, 200);
    const blob = await canvas.convertToBlob({ type: kind });
    return btoa(String.fromCharCode(...new Uint8Array(await blob.arrayBuffer())));
  }, type);
  return Buffer.from(base64, 'base64');
}

export function digitsTests(open: (view?: View) => Promise<Page>): void {
  async function openDigits(): Promise<Page> {
    const page = await open();
    await page.locator('label', { hasText: 'Digits' }).click();
    await page.getByTestId('pad-a').waitFor();
    return page;
  }

  describe('digits', () => {
    it('learns on a only to read both pads', async () => {
      const page = await openDigits();
      await makeAndCall(page);
      expect(await page.getByText('7,850 parameters, counted once').isVisible()).toBe(true);
      const before = await pixels(page, 'unit-3');
      await page.getByRole('button', { name: 'Step', exact: true }).click();
      await waitForSteps(page, 1);
      const first = await loss(page);
      expect(first).toBeGreaterThan(2); // about log 10: it knows nothing yet
      await page.getByRole('button', { name: 'Train', exact: true }).click();
      await waitForSteps(page, 250);
      await page.getByRole('button', { name: 'Pause', exact: true }).click();
      expect(await loss(page)).toBeLessThan(first / 2);
      expect((await pixels(page, 'unit-3')) === before).toBe(false);
      // The digits on the pads are not in the training set, and b's call was never trained.
      expect(await page.getByTestId('reads-a').textContent()).toMatch(/^reads 3,/);
      expect(await page.getByTestId('reads-b').textContent()).toMatch(/^reads 5,/);
      await page.getByTestId('unit-4').focus();
      expect(await page.getByText(/^unit 4 · bias/).isVisible()).toBe(true);
    });

    it('takes a digit painted with the mouse', async () => {
      const page = await openDigits();
      await page.getByRole('button', { name: 'Clear pad a' }).click();
      expect(await ink(page, 'a')).toBe(0);
      const box = (await page.getByTestId('pad-a').boundingBox())!;
      const at = (x: number, y: number) => [box.x + box.width * x, box.y + box.height * y] as const;
      await page.mouse.move(...at(0.5, 0.15));
      await page.mouse.down();
      await page.mouse.move(...at(0.5, 0.85), { steps: 12 });
      await page.mouse.up();
      const painted = await ink(page, 'a');
      expect(painted).toBeGreaterThan(30); // 20 pixels long, about 2.3 wide
      expect(painted).toBeLessThan(80);

      const before = await count(page, 1);
      await page.getByLabel('Digit on pad a', { exact: true }).selectOption('1');
      await page.getByRole('button', { name: 'Add as 1 the digit on pad a' }).click();
      expect(await count(page, 1)).toBe(before + 1);
    });

    it('takes a digit painted with the keys', async () => {
      const page = await openDigits();
      await page.getByTestId('pad-b').focus();
      await page.keyboard.press('Delete');
      expect(await ink(page, 'b')).toBe(0);
      await page.keyboard.press('Space');
      for (let i = 0; i < 10; i++) await page.keyboard.press('ArrowDown');
      const painted = await ink(page, 'b');
      expect(painted).toBeGreaterThan(15);
      await page.keyboard.press('Space'); // the pen is lifted
      for (let i = 0; i < 5; i++) await page.keyboard.press('ArrowLeft');
      expect(await ink(page, 'b')).toBe(painted);
    });

    it.each(['image/png', 'image/jpeg'] as const)('takes a dropped %s', async (type) => {
      const page = await open(); // a drop anywhere leads to the digits
      const bytes = await picture(page, type);
      await dropFiles(page, [{ name: `my-1.${type.slice(6)}`, type, bytes }], 0.75);
      await page.getByText('is on pad b. Say which digit it is').waitFor();
      const painted = await ink(page, 'b');
      expect(painted).toBeGreaterThan(35); // 20 pixels long, 2.4 wide
      expect(painted).toBeLessThan(75);
      expect(await page.getByLabel('Digit on pad b', { exact: true }).inputValue()).toBe('1');
    });

    it('takes IDX files, plain and gzipped, in either order', async () => {
      const page = await openDigits();
      await page.getByRole('button', { name: 'Empty' }).click();
      expect(await count(page, 7)).toBe(0);
      const { xs, labels } = strokes({ count: 60, seed: 99 });
      await dropFiles(page, [{ name: 'labels-idx1-ubyte', bytes: idxLabels(labels) }]);
      await page.getByText('holds 60 labels. Now its images file').waitFor();
      await dropFiles(page, [{ name: 'images.gz', bytes: gzipSync(idxImages(xs, 60)) }]);
      await page.getByText('Added 60 digits from images.gz').waitFor();
      for (let digit = 0; digit < 10; digit++) expect(await count(page, digit)).toBe(6);
      await makeAndCall(page);
      await page.getByRole('button', { name: 'Step', exact: true }).click();
      await waitForSteps(page, 1);
    });

    it('says what is wrong with a file', async () => {
      const page = await openDigits();
      const { xs, labels } = strokes({ count: 10 });
      const problem = page.getByRole('alert');
      const whole = idxImages(xs, 10);
      await dropFiles(page, [{ name: 'short', bytes: whole.subarray(0, 3000) }]);
      await problem.getByText('short: says 10 images and holds 3').waitFor();
      await dropFiles(page, [{ name: 'broken.gz', bytes: gzipSync(whole).subarray(0, 200) }]);
      await problem.getByText('broken.gz: the gzip data is damaged or cut off').waitFor();
      await dropFiles(page, [{ name: 'notes.txt', bytes: Buffer.from('hello') }]);
      await problem.getByText('notes.txt: not a picture').waitFor();
      await dropFiles(page, [
        { name: 'images', bytes: whole },
        { name: 'labels', bytes: idxLabels(labels.slice(0, 9)) },
      ]);
      await problem.getByText('images holds 10 images and labels 9 labels').waitFor();
    });

    it('says that an empty training set teaches nothing', async () => {
      const page = await openDigits();
      await makeAndCall(page);
      await page.getByRole('button', { name: 'Empty' }).click();
      await page.getByRole('button', { name: 'Train', exact: true }).click();
      await page.getByRole('alert').getByText('The training set is empty').waitFor();
      await page.getByRole('button', { name: 'Add 500 strokes' }).click();
      expect(await count(page, 4)).toBe(50);
      await page.getByRole('button', { name: 'Train', exact: true }).click();
      await waitForSteps(page, 2);
      expect(await page.getByRole('alert').count()).toBe(0);
    });
  });
}
