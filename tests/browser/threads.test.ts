/** Threads in a real page: with the two headers it has them, and trains to what one thread trains to. */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { chromium as findChromium } from '../../scripts/lib/system.mjs';

const kDist = fileURLToPath(new URL('../../dist/', import.meta.url));
const kIsolation = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};
const kTypes: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
};
const kPage =
  '<!doctype html><link rel="icon" href="data:,"><script type="module" src="page.js"></script>';
const kProgram = `
  import * as hd from './index.js';
  const threads = new URLSearchParams(location.search).get('threads');
  async function train() {
    await hd.ready({ build: 'simd', threads: threads === 'auto' ? threads : Number(threads) });
    const seeded = (shape, seed) => hd.randomUniform(shape, -0.5, 0.5, 'float32', seed);
    const model = hd.sequential({
      layers: [
        hd.layers.conv2d({ filters: 16, kernelSize: 3, activation: 'relu', inputShape: [20, 20, 1] }),
        hd.layers.maxPooling2d({ poolSize: 2 }),
        hd.layers.conv2d({ filters: 16, kernelSize: 3, activation: 'relu' }),
        hd.layers.flatten(),
        hd.layers.dense({ units: 4, activation: 'softmax' }),
      ],
    });
    model.setWeights(model.getWeights().map((weight, i) => seeded(weight.shape, i + 1)));
    model.compile({ optimizer: hd.train.adam(0.003), loss: 'categoricalCrossentropy' });
    const labels = Int32Array.from({ length: 64 }, (_, i) => i % 4);
    const y = hd.oneHot(hd.tensor1d(labels, 'int32'), 4);
    const options = { epochs: 5, batchSize: 32, shuffle: false };
    const { history } = await model.fit(seeded([64, 20, 20, 1], 9), y, options);
    const weights = model.getWeights().map((weight) => Array.from(weight.dataSync())).flat();
    return { isolated: crossOriginIsolated, info: hd.info(), losses: history.loss, weights };
  }
  train().then((answer) => (window.answer = answer), (error) => (window.answer = String(error)));`;

interface Answer {
  isolated: boolean;
  info: { threads: number; threadsReason: string };
  losses: number[];
  weights: number[];
}

const servers: Server[] = [];
let browser: Browser;
let isolatedUrl: string;
let plainUrl: string;
let workerlessUrl: string;

async function serve(headers: Record<string, string>): Promise<string> {
  const server = createServer((request, response) => {
    const name = new URL(request.url ?? '/', 'http://localhost').pathname.slice(1) || 'index.html';
    const own: Record<string, string> = { 'index.html': kPage, 'page.js': kProgram };
    try {
      const body = own[name] ?? readFileSync(kDist + name);
      response.writeHead(200, { 'content-type': kTypes[extname(name)] ?? '', ...headers });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

beforeAll(async () => {
  isolatedUrl = await serve(kIsolation);
  plainUrl = await serve({});
  workerlessUrl = await serve({ ...kIsolation, 'content-security-policy': "worker-src 'none'" });
  const executablePath = findChromium();
  if (!executablePath) throw new Error('No Chromium found: set CHROMIUM to its path.');
  browser = await chromium.launch({ executablePath });
});

afterAll(async () => {
  await browser?.close();
  for (const server of servers) server.close();
});

async function train(
  url: string,
  threads: number | 'auto',
  expected: unknown = [],
): Promise<Answer> {
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(message.text());
  });
  try {
    await page.goto(`${url}?threads=${threads}`);
    const done = async () => expect(await page.evaluate('window.answer !== undefined')).toBe(true);
    await vi.waitFor(done, { timeout: 60_000 });
    const answer = await page.evaluate('window.answer');
    expect(problems).toEqual(expected);
    expect(answer).toBeTypeOf('object');
    return answer as Answer;
  } finally {
    await page.close();
  }
}

const distance = (a: number[], b: number[]) => Math.max(...a.map((x, i) => Math.abs(x - b[i]!)));

test('a page with the headers trains on several threads to what one thread comes to', async () => {
  const one = await train(isolatedUrl, 1);
  expect(one.info.threads).toBe(1);
  expect(one.losses.at(-1)).toBeLessThan(one.losses[0]!);
  for (const threads of [2, 3, 'auto'] as const) {
    const several = await train(isolatedUrl, threads);
    expect(several.isolated).toBe(true);
    if (threads !== 'auto') expect(several.info.threads).toBe(threads);
    expect(several.weights).toHaveLength(one.weights.length);
    expect(distance(several.weights, one.weights)).toBeLessThanOrEqual(1e-5);
    expect(distance(several.losses, one.losses)).toBeLessThanOrEqual(1e-5);
  }
});

test('a page without them has one thread, and says why', async () => {
  for (const threads of [2, 'auto'] as const) {
    const { isolated, info } = await train(plainUrl, threads);
    expect(isolated).toBe(false);
    expect(info.threads).toBe(1);
    expect(info.threadsReason).toContain('Cross-Origin-Opener-Policy: same-origin');
    expect(info.threadsReason).toContain('Cross-Origin-Embedder-Policy: require-corp');
  }
});

test('a page whose policy forbids workers trains all the same, and says why on one thread', async () => {
  const refused = expect.arrayContaining([expect.stringContaining('worker-src')]);
  const alone = await train(workerlessUrl, 2, refused);
  expect(alone.info.threads).toBe(1);
  expect(alone.info.threadsReason).toContain('workers did not start');
  const one = await train(isolatedUrl, 1);
  expect(distance(alone.weights, one.weights)).toBeLessThanOrEqual(1e-5);
});
