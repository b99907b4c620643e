/** The program beside the figure: runs, says errors, can be stopped, and does what the figure does. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { loss, makeAndCall, waitForSteps, type View } from './site.js';

const editor = (page: Page) => page.locator('.cm-content');
const output = (page: Page) => page.getByRole('log', { name: 'Output' });

/** Waits for the editor (it is loaded when it comes into view) and returns its text. */
async function program(page: Page): Promise<string> {
  await page.getByRole('region', { name: 'The same in code' }).scrollIntoViewIfNeeded();
  await editor(page).waitFor();
  // The editor draws only the lines in view.
  await page.getByRole('button', { name: 'Run', exact: true }).scrollIntoViewIfNeeded();
  return editor(page).innerText();
}

async function write(page: Page, text: string): Promise<void> {
  await program(page);
  await editor(page).focus();
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText(text);
}

const run = (page: Page) => page.getByRole('button', { name: 'Run', exact: true }).click();

export function codeTests(open: (view?: View) => Promise<Page>): void {
  describe('code', () => {
    it('runs, and comes to the figure’s numbers', async () => {
      const page = await open();
      await makeAndCall(page);
      await program(page);
      await run(page);
      await output(page).getByText('output for b moved').waitFor();
      const text = await output(page).innerText();
      expect(text).toContain('Total params: 144');
      const atStep50 = Number(/step 50 loss ([\d.e-]+)/.exec(text)![1]);

      const step = page.getByRole('button', { name: 'Step', exact: true });
      for (let i = 1; i <= 50; i++) {
        await step.click();
        await waitForSteps(page, i);
      }
      expect(await loss(page)).toBeCloseTo(atStep50, 4);
    });

    it('follows the figure until it is edited', async () => {
      const page = await open();
      expect(await program(page)).toContain('lossWeights: [1, 0]');
      await page.locator('label', { hasText: 'b only' }).click();
      await page.waitForFunction(() =>
        document.querySelector('.cm-content')?.textContent?.includes('lossWeights: [0, 1]'),
      );
      await write(page, 'console.log("mine")');
      await page.locator('label', { hasText: 'both' }).click();
      await page.waitForTimeout(400);
      expect(await program(page)).toContain('mine');
      await page.getByRole('button', { name: 'Undo my changes' }).click();
      expect(await program(page)).toContain('lossWeights: [1, 1]');
    });

    it('shows output and errors', async () => {
      const page = await open();
      await write(
        page,
        `import { ready, tensor2d } from 'heddle';
await ready();
console.log([1, 2.5], {a: 'b'}, tensor2d([[1, 2]]).sum().dataSync());
tensor2d([[1, 2]]).matMul(tensor2d([[1, 2]]));`,
      );
      await run(page);
      await output(page).getByText('[1, 2.5] {a: b} [3]').waitFor();
      await output(page).locator('.error').waitFor();
      expect(await output(page).locator('.error').innerText()).toMatch(/matMul/i);
      await page.getByText(/^ended after/).waitFor();
    });

    it('stops a program that does not end', async () => {
      const page = await open();
      await write(page, 'console.log("on my way"); while (true) {}');
      await run(page);
      await output(page).getByText('on my way').waitFor();
      await page.getByRole('button', { name: 'Stop', exact: true }).click();
      await page.getByText('stopped', { exact: true }).waitFor();
      await write(page, 'console.log("here again")');
      await run(page);
      await output(page).getByText('here again').waitFor();
    });

    it('runs the digits’ program', async () => {
      const page = await open();
      await page.locator('label', { hasText: 'Digits' }).click();
      await program(page);
      await run(page);
      const last = output(page).getByText('b reads right');
      await last.waitFor({ timeout: 60_000 });
      expect(Number((await last.innerText()).split(' ').at(-1))).toBeGreaterThan(0.85);
    });
  });
}
