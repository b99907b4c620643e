/** Whoever reads: with keys, a screen reader, dark or light, on a phone, without motion. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { makeAndCall, pixels, stepCount, waitForSteps, type View } from './site.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds wrong, one line each. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: {
        run(): Promise<{
          violations: { id: string; nodes: { target: unknown[]; html: string }[] }[];
        }>;
      };
    };
    const found = await axe.run();
    return found.violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.html.slice(0, 120)}`),
    );
  });
}

const focused = (page: Page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    return element?.getAttribute('aria-label') ?? element?.textContent?.trim() ?? '';
  });

export function accessTests(open: (view?: View) => Promise<Page>): void {
  describe.each(['light', 'dark'] as const)('axe, %s', (scheme) => {
    it('finds nothing in the empty frame', async () => {
      const page = await open({ scheme });
      expect(await violations(page)).toEqual([]);
    });

    it('finds nothing in the eight values', async () => {
      const page = await open({ scheme });
      await makeAndCall(page);
      await page.getByRole('button', { name: 'Step', exact: true }).click();
      await waitForSteps(page, 1);
      await page.getByRole('region', { name: 'The same in code' }).scrollIntoViewIfNeeded();
      await page.locator('.cm-content').waitFor();
      expect(await violations(page)).toEqual([]);
    });

    it('finds nothing in the digits', async () => {
      const page = await open({ scheme });
      await page.locator('label', { hasText: 'Digits' }).click();
      await makeAndCall(page);
      expect(await violations(page)).toEqual([]);
    });
  });

  describe('keys alone', () => {
    it('make, call, train and pause', async () => {
      const page = await open();
      for (let i = 0; (await focused(page)) !== 'Make a layer'; i++) {
        if (i === 20) throw new Error('Tab does not reach "Make a layer".');
        await page.keyboard.press('Tab');
      }
      await page.keyboard.press('Enter');
      await page.waitForFunction(() => document.activeElement?.textContent === 'Call it on a');
      await page.keyboard.press('Enter');
      await page.waitForFunction(() => document.activeElement?.textContent === 'Call it on b');
      await page.keyboard.press('Enter');
      await page.waitForFunction(() => document.activeElement?.textContent?.trim() === 'Train');
      await page.keyboard.press('Enter');
      await waitForSteps(page, 5);
      await page.keyboard.press('Enter');
      expect(await focused(page)).toBe('Train');
      const steps = await stepCount(page);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Space'); // Step
      await waitForSteps(page, steps + 1);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab'); // to the choice
      await page.keyboard.press('ArrowRight');
      expect(await page.getByLabel('b only').isChecked()).toBe(true);
    });

    it('get into the editor and out of it', async () => {
      const page = await open();
      await page.getByRole('region', { name: 'The same in code' }).scrollIntoViewIfNeeded();
      await page.locator('.cm-content').focus();
      await page.keyboard.press('Escape');
      await page.keyboard.press('Tab');
      expect(await focused(page)).toBe('Run');
    });
  });

  it('says step and loss to a screen reader when training pauses', async () => {
    const page = await open();
    await makeAndCall(page);
    await page.getByRole('button', { name: 'Step', exact: true }).click();
    const said = page.getByTestId('announcer');
    await said.getByText(/^Step 1, loss 0\.\d+, paused$/).waitFor({ state: 'attached' });
    expect(await said.getAttribute('aria-live')).toBe('polite');
  });

  it('turns dark and light by word, and remembers', async () => {
    const page = await open({ scheme: 'light' });
    const paper = () =>
      page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const light = await paper();
    await page.getByRole('button', { name: 'Dark page' }).click();
    const dark = await paper();
    expect(dark).not.toBe(light);
    await page.reload();
    expect(await paper()).toBe(dark);
    await page.getByRole('button', { name: 'Light page' }).click();
    expect(await paper()).toBe(light);
  });

  it('steps without tweens where less motion is asked for', async () => {
    const page = await open({ calm: true });
    await makeAndCall(page);
    const before = await pixels(page, 'kernel');
    await page.getByRole('button', { name: 'Step', exact: true }).click();
    await waitForSteps(page, 1);
    expect((await pixels(page, 'kernel')) === before).toBe(false);
  });

  it.each([390, 320])('fits a phone of %i pixels', async (width) => {
    const page = await open({ width, height: 844, touch: true });
    const overflow = () =>
      page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(await overflow()).toBe(0);
    await makeAndCall(page);
    await page.getByRole('button', { name: 'Step', exact: true }).tap();
    await waitForSteps(page, 1);
    expect(await overflow()).toBe(0);
    // The figure is turned: inputs above the frame, outputs below it.
    const top = async (name: string) =>
      (await page.getByRole('group', { name, exact: true }).boundingBox())!.y;
    const frame = (await page.getByTestId('kernel').boundingBox())!.y;
    expect(await top('input a')).toBeLessThan(frame);
    expect(await top('output for b')).toBeGreaterThan(frame);
    await page.locator('label', { hasText: 'Digits' }).click();
    await page.getByTestId('pad-a').waitFor();
    expect(await overflow()).toBe(0);
    expect(await violations(page)).toEqual([]);
  });

  it('is cross-origin isolated, as threads need it', async () => {
    const page = await open();
    expect(await page.evaluate(() => window.crossOriginIsolated)).toBe(true);
  });
}
