/** The page that draws the recorded benchmarks. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { violations } from './access.js';
import type { View } from './site.js';

interface Recorded {
  cases: { group: string; results: Record<string, unknown>; ratios: Record<string, unknown> }[];
}

const recorded = JSON.parse(
  readFileSync(new URL('../../docs/bench.json', import.meta.url), 'utf8'),
) as Recorded;

const kDrawn = ['tfjs', 'jax', 'ort', 'torch'];

/** Rows and marks that a group of cases makes. */
function expected(group: string) {
  const cases = recorded.cases.filter((each) => each.group === group && each.results['heddle']);
  const marks = cases.flatMap((each) => kDrawn.filter((key) => each.ratios[key]));
  return { rows: cases.length, marks: marks.length };
}

export function speedTests(open: (view?: View) => Promise<Page>): void {
  const visit = async (view?: View) => {
    const page = await open(view);
    await page.getByRole('link', { name: 'Speed' }).click();
    await page.locator('tbody svg').first().waitFor();
    return page;
  };
  const drawn = async (page: Page) => ({
    rows: await page.locator('tbody tr').count(),
    marks: await page.locator('tbody svg g').count(),
  });

  describe('the recorded benchmarks', () => {
    it('are drawn, every case and contender', async () => {
      const page = await visit();
      expect(await drawn(page)).toEqual(expected('training'));
      await page.locator('label', { hasText: 'Convolutions' }).click();
      expect(await drawn(page)).toEqual(expected('convolutions'));
    });

    it('put a slower contender left of the line, a faster one right', async () => {
      const page = await visit();
      await page.locator('label', { hasText: 'Products' }).click();
      const line = (await page.locator('tbody i.one').first().boundingBox())!;
      const marks = await page.locator('tbody svg g').evaluateAll((all) =>
        all.map((mark) => {
          const box = mark.querySelector('path')!.getBoundingClientRect();
          return { words: mark.textContent ?? '', x: (box.left + box.right) / 2 };
        }),
      );
      expect(marks.length).toBeGreaterThan(0);
      for (const { words, x } of marks) {
        const faster = !words.startsWith('Heddle is');
        const offset = x - (line.x + line.width / 2);
        expect(faster ? offset > -1 : offset < 1, words).toBe(true);
      }
    });

    it.each(['light', 'dark'] as const)('are found faultless by axe, %s', async (scheme) => {
      const page = await visit({ scheme });
      expect(await violations(page)).toEqual([]);
    });

    it('fit on a phone', async () => {
      const page = await visit({ width: 390, height: 844, touch: true });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(wide).toBe(390);
    });
  });
}
