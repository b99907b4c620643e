/** Eight values each: make, call, step, train, pause, start over. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import {
  distance,
  loss,
  makeAndCall,
  pixels,
  stepCount,
  values,
  waitForSteps,
  type View,
} from './site.js';

const train = (page: Page) => page.getByRole('button', { name: 'Train', exact: true }).click();
const pause = (page: Page) => page.getByRole('button', { name: 'Pause', exact: true }).click();
const step = (page: Page) => page.getByRole('button', { name: 'Step', exact: true }).click();
const learnFrom = (page: Page, choice: string) =>
  page.locator('label', { hasText: choice }).click();

async function targets(page: Page, call: 'a' | 'b'): Promise<number[]> {
  const marks = page.getByRole('group', { name: `output for ${call}` }).getByRole('slider');
  return marks.evaluateAll((all) => all.map((mark) => Number(mark.getAttribute('aria-valuenow'))));
}

export function smallTests(open: (view?: View) => Promise<Page>): void {
  describe('eight values', () => {
    it('begins with an empty frame', async () => {
      const page = await open();
      expect(await page.getByText('no layer yet').isVisible()).toBe(true);
      expect(await page.getByTestId('kernel').count()).toBe(0);
      for (const name of ['Train', 'Step', 'Start over']) {
        expect(await page.getByRole('button', { name, exact: true }).isDisabled()).toBe(true);
      }
    });

    it('makes the weights at the first call and none at the second', async () => {
      const page = await open();
      await page.getByRole('button', { name: 'Make a layer' }).click();
      expect(await page.getByText('not called yet: no weights').isVisible()).toBe(true);
      expect(await page.getByTestId('kernel').count()).toBe(0);

      await page.getByRole('button', { name: 'Call it on b' }).click(); // either may be first
      expect(await page.getByText('called once · 144 parameters, counted once').count()).toBe(1);
      const first = await pixels(page, 'kernel');

      await page.getByRole('button', { name: 'Call it on a' }).click();
      expect(await page.getByText('called twice · 144 parameters, counted once').count()).toBe(1);
      expect((await pixels(page, 'kernel')) === first).toBe(true);
    });

    it('moves the kernel with one step', async () => {
      const page = await open();
      await makeAndCall(page);
      const before = await pixels(page, 'kernel');
      await step(page);
      await waitForSteps(page, 1);
      expect((await pixels(page, 'kernel')) === before).toBe(false);
      expect(await stepCount(page)).toBe(1);
    });

    it('trains on a only, and the output for b moves too', async () => {
      const page = await open();
      await makeAndCall(page);
      await pixels(page, 'kernel');
      const [startA, startB] = [
        await values(page, 'output for a'),
        await values(page, 'output for b'),
      ];
      const startLoss = await loss(page);
      expect(startLoss).toBeGreaterThan(0.01);

      await train(page);
      await waitForSteps(page, 150);
      await pause(page);
      const steps = await stepCount(page);
      expect(await loss(page)).toBeLessThan(startLoss / 10);
      const endA = await values(page, 'output for a');
      expect(distance(endA, await targets(page, 'a'))).toBeLessThan(0.1);
      expect(distance(endA, startA)).toBeGreaterThan(0.1);
      expect(distance(await values(page, 'output for b'), startB)).toBeGreaterThan(0.05);
      expect(await page.getByText(/^moved 0\.\d\d$/).count()).toBe(2);
      expect(await page.getByText('’s output moved too').isVisible()).toBe(true);

      await page.waitForTimeout(200);
      expect(await stepCount(page)).toBeLessThanOrEqual(steps + 1); // paused
    });

    it('learns both sets of targets from both', async () => {
      const page = await open();
      await makeAndCall(page);
      await learnFrom(page, 'both');
      await train(page);
      await waitForSteps(page, 500);
      await pause(page);
      for (const call of ['a', 'b'] as const) {
        const end = await values(page, `output for ${call}`);
        expect(distance(end, await targets(page, call))).toBeLessThan(0.1);
      }
    });

    it('learns from b only what b is to give', async () => {
      const page = await open();
      await makeAndCall(page);
      await learnFrom(page, 'b only');
      await train(page);
      await waitForSteps(page, 150);
      await pause(page);
      expect(distance(await values(page, 'output for b'), await targets(page, 'b'))).toBeLessThan(
        0.1,
      );
      expect(
        distance(await values(page, 'output for a'), await targets(page, 'a')),
      ).toBeGreaterThan(0.2);
    });

    it('starts over with the first weights, then takes the layer out', async () => {
      const page = await open();
      await makeAndCall(page);
      const before = await pixels(page, 'kernel');
      await train(page);
      await waitForSteps(page, 30);
      await page.getByRole('button', { name: 'Start over' }).click();
      await page.getByRole('button', { name: 'Remove the layer' }).waitFor();
      expect(await stepCount(page)).toBe(0);
      expect((await pixels(page, 'kernel')) === before).toBe(true);

      await page.getByRole('button', { name: 'Remove the layer' }).click();
      await page.getByRole('button', { name: 'Make a layer' }).waitFor();
      expect(await page.getByTestId('kernel').count()).toBe(0);
      await makeAndCall(page);
      expect((await pixels(page, 'kernel')) === before).toBe(true); // the same seed
    });

    it('goes by the learning rate', async () => {
      const moved: number[] = [];
      for (const rate of [-2.5, -1.5]) {
        const page = await open();
        await makeAndCall(page);
        const start = await values(page, 'output for a');
        await page.getByLabel('Learning rate').fill(String(rate));
        await step(page);
        await waitForSteps(page, 1);
        moved.push(distance(await values(page, 'output for a'), start));
      }
      expect(moved[1]).toBeGreaterThan(3 * moved[0]!);
    });

    it('takes inputs and targets from pointer and keys', async () => {
      const page = await open();
      await makeAndCall(page);
      const outputs = await values(page, 'output for b');
      const bars = page.getByRole('group', { name: 'input b' });
      const box = (await bars.boundingBox())!;
      const y = box.y + box.height / 16; // the first of eight
      await page.mouse.move(box.x + box.width * 0.5, y);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.9, y + 40); // the bar is held
      await page.mouse.up();
      const inputs = await values(page, 'input b');
      expect(inputs[0]).toBeCloseTo(0.9, 1);
      expect(inputs[3]).toBeCloseTo(0.53, 2);
      await page.waitForFunction(
        (old) =>
          document
            .querySelector('[aria-label="output for b, target of unit 1"]')
            ?.getAttribute('aria-valuetext')
            ?.endsWith(old) === false,
        outputs[0]!.toFixed(2),
      );

      const mark = page.getByRole('slider', {
        name: 'output for a, target of unit 1',
        exact: true,
      });
      await mark.focus();
      await page.keyboard.press('Home');
      expect((await targets(page, 'a'))[0]).toBe(0);
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('PageUp');
      expect((await targets(page, 'a'))[0]).toBeCloseTo(0.12, 5);
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('End');
      expect((await targets(page, 'a'))[1]).toBe(1);
    });

    it('shows a weight’s value on hover and on focus', async () => {
      const page = await open();
      await makeAndCall(page);
      const cell = page.getByRole('gridcell', { name: 'weight from value 3 to unit 5' });
      await cell.hover();
      expect(await page.getByText(/^kernel\[2, 4\] = −?\d\.\d{3}$/).isVisible()).toBe(true);
      await page.mouse.move(0, 0);
      expect(await page.getByText('called twice').isVisible()).toBe(true);
      await page
        .getByRole('gridcell', { name: 'weight from value 1 to unit 1', exact: true })
        .focus();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowRight');
      expect(await page.getByText(/^kernel\[1, 1\] = −?\d\.\d{3}$/).isVisible()).toBe(true);
    });

    it('leaves time in a frame while it trains', async () => {
      const page = await open();
      await makeAndCall(page);
      await train(page);
      await waitForSteps(page, 10);
      const client = await page.context().newCDPSession(page);
      // Processor time of the page's main thread: other work on the machine does not count.
      await client.send('Performance.enable', { timeDomain: 'threadTicks' });
      const busy = async () => {
        const { metrics } = await client.send('Performance.getMetrics');
        return metrics.find(({ name }) => name === 'TaskDuration')!.value * 1000;
      };
      const before = { steps: await stepCount(page), busy: await busy() };
      await page.waitForTimeout(2000);
      const after = { steps: await stepCount(page), busy: await busy() };
      const steps = after.steps - before.steps;
      expect(steps).toBeGreaterThan(20);
      // One step is one frame: gradient parts, update, outputs, all drawing. 60 a second give 16.7 ms.
      expect((after.busy - before.busy) / steps).toBeLessThan(12);
    });
  });
}
