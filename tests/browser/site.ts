/** The site as built, served on loopback, and a real Chromium to look at it with. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { build, preview, type PreviewServer } from 'vite';

const kFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface View {
  width?: number;
  height?: number;
  scheme?: 'light' | 'dark';
  calm?: boolean;
  touch?: boolean;
}

/** A page and what it said that it should not have. */
export interface Visit {
  page: Page;
  /** Console errors, uncaught exceptions, failed and foreign requests. */
  problems: string[];
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export class Site {
  readonly url: string;
  private readonly server: PreviewServer;
  private readonly browser: Browser;

  private constructor(server: PreviewServer, browser: Browser) {
    this.url = server.resolvedUrls!.local[0]!;
    this.server = server;
    this.browser = browser;
  }

  static async start(): Promise<Site> {
    const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
    if (!existsSync(executablePath)) {
      throw new Error(`No Chromium at ${executablePath}: set CHROMIUM or install the package.`);
    }
    const configFile = here('../../web/vite.config.ts');
    const outDir = here('../../build/site-under-test');
    await build({ configFile, logLevel: 'error', build: { outDir } });
    const server = await preview({
      configFile,
      build: { outDir },
      preview: { host: '127.0.0.1', port: 0, open: false },
    });
    const browser = await chromium.launch({ executablePath, args: kFlags });
    return new Site(server, browser);
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.server.close();
  }

  async open(view: View = {}): Promise<Visit> {
    const context = await this.browser.newContext({
      viewport: { width: view.width ?? 1240, height: view.height ?? 980 },
      colorScheme: view.scheme ?? 'light',
      reducedMotion: view.calm ? 'reduce' : 'no-preference',
      hasTouch: view.touch ?? false,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    const problems: string[] = [];
    page.on('console', (message) => {
      // What the tests themselves cause: they read canvases back.
      if (message.text().startsWith('Canvas2D: Multiple readback')) return;
      if (message.type() === 'error' || message.type() === 'warning') {
        problems.push(`${message.type()}: ${message.text()}`);
      }
    });
    page.on('pageerror', (error) => problems.push(`uncaught: ${error.message}`));
    page.on('requestfailed', (request) => {
      // A page that is left while it still loads aborts what it asked for.
      if (request.failure()?.errorText === 'net::ERR_ABORTED') return;
      problems.push(`failed: ${request.url()}`);
    });
    page.on('request', (request) => {
      const own = [this.url, 'data:', 'blob:'].some((start) => request.url().startsWith(start));
      if (!own) problems.push(`foreign: ${request.url()}`);
    });
    await page.goto(this.url);
    await page.locator('.stage:not([inert])').waitFor();
    return { page, problems };
  }
}

/** Makes the layer and calls it on a and on b. */
export async function makeAndCall(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Make a layer' }).click();
  await page.getByRole('button', { name: 'Call it on a' }).click();
  await page.getByRole('button', { name: 'Call it on b' }).click();
}

export async function stepCount(page: Page): Promise<number> {
  return Number((await page.getByTestId('step').textContent())!.replace(/,/g, ''));
}

/** The loss as shown; what is too small to show counts as 0. */
export async function loss(page: Page): Promise<number> {
  const text = (await page.getByTestId('loss').textContent())!;
  return text.startsWith('<') ? 0 : Number(text);
}

export async function waitForSteps(page: Page, steps: number): Promise<void> {
  await page.waitForFunction((least) => {
    const text = document.querySelector('[data-testid=step]')?.textContent ?? '0';
    return Number(text.replace(/,/g, '')) >= least;
  }, steps);
}

/** The pixels of a canvas, as a PNG, once they stand still (cells cross-fade). */
export async function pixels(page: Page, testId: string): Promise<string> {
  const read = () =>
    page.getByTestId(testId).evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  let before = await read();
  for (let tries = 0; tries < 100; tries++) {
    await page.waitForTimeout(60);
    const now = await read();
    if (now === before) return now;
    before = now;
  }
  throw new Error(`The canvas ${testId} does not come to rest.`);
}

/** What the sliders of a group say, in order. */
export async function values(page: Page, group: string): Promise<number[]> {
  const sliders = page.getByRole('group', { name: group, exact: true }).getByRole('slider');
  const texts = await sliders.evaluateAll((all) =>
    all.map((slider) => slider.getAttribute('aria-valuetext') ?? ''),
  );
  return texts.map((text) => Number(text.split('output ')[1] ?? text));
}

export const distance = (p: number[], q: number[]) =>
  Math.max(...p.map((value, i) => Math.abs(value - q[i]!)));

/** Drops files on the page, at a share of its width. */
export async function dropFiles(
  page: Page,
  files: { name: string; type?: string; bytes: Uint8Array }[],
  at = 0.25,
): Promise<void> {
  const sent = files.map(({ name, type, bytes }) => ({
    name,
    type: type ?? '',
    base64: Buffer.from(bytes).toString('base64'),
  }));
  await page.evaluate(
    ({ sent, at }) => {
      const transfer = new DataTransfer();
      for (const { name, type, base64 } of sent) {
        const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
        transfer.items.add(new File([bytes], name, { type }));
      }
      const init = {
        bubbles: true,
        cancelable: true,
        clientX: window.innerWidth * at,
        clientY: 400,
        dataTransfer: transfer,
      };
      document.body.dispatchEvent(new DragEvent('dragover', init));
      document.body.dispatchEvent(new DragEvent('drop', init));
    },
    { sent, at },
  );
}
