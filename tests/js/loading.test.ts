// The package must load wherever people load packages: in Node, through Vite, webpack 5 and esbuild, and by a
// plain <script type="module">. Each way gets a program of its own in a folder where `heddle` is installed
// as a user would have it; browsers run it under a strict Content-Security-Policy, on one thread and, where the
// page is served with the headers for it, on two.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as esbuild } from 'esbuild';
import { chromium, type Browser } from 'playwright-core';
import { build as viteBuild, createServer as viteServer } from 'vite';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import webpack from 'webpack';
import { relaxedFlags } from '../../scripts/lib/node_flags.mjs';
import { chromium as findChromium } from '../../scripts/lib/system.mjs';

const kPackage = fileURLToPath(new URL('../..', import.meta.url));
const kBuilds = ['simd', 'relaxed'] as const;
type Build = (typeof kBuilds)[number];

interface Answer {
  build: Build;
  threads: number;
  threadsReason: string;
  product: number[];
}

// [[1, 2], [3, 4]] · [[5, 6], [7, 8]]
const kProduct = [19, 22, 43, 50];
const kProgram = `
  import * as hd from 'heddle';
  export async function run(build, threads) {
    await hd.ready({ build, threads: Number(threads) });
    const a = hd.tensor2d([[1, 2], [3, 4]]), b = hd.tensor2d([[5, 6], [7, 8]]);
    const product = Array.from(hd.matMul(a, b).dataSync());
    const { build: taken, threads: running, threadsReason } = hd.info();
    return { build: taken, threads: running, threadsReason, product };
  }`;
const kInPage = `
  import { run } from './program.js';
  const wanted = new URLSearchParams(location.search);
  run(wanted.get('build'), wanted.get('threads')).then((answer) => (window.answer = answer), (error) => (window.answer = String(error)));`;
const kInNode = `
  import { run } from './program.js';
  console.log(JSON.stringify(await run(process.argv[2], process.argv[3])));`;

const page = (script: string, head = '') =>
  `<!doctype html><html><head><meta charset="utf-8"><link rel="icon" href="data:,">${head}</head>
   <body><script type="module" src="${script}"></script></body></html>`;

const kPolicy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src data:";
const kTypes: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** What a page has to be served with for threads. */
const kIsolation = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

/** Serves a folder on this machine. */
async function serve(folder: string, isolated: boolean): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    try {
      const file = join(folder, path === '/' ? 'index.html' : path);
      const body = readFileSync(file);
      const type = kTypes[extname(file)] ?? 'application/octet-stream';
      response.writeHead(200, {
        'content-type': type,
        'content-security-policy': kPolicy,
        ...(isolated && kIsolation),
      });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

let folder: string;
let browser: Browser;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-loading-'));
  const installed = join(folder, 'node_modules', 'heddle');
  mkdirSync(installed, { recursive: true });
  cpSync(join(kPackage, 'package.json'), join(installed, 'package.json'));
  cpSync(join(kPackage, 'dist'), join(installed, 'dist'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'user', type: 'module' }));
  writeFileSync(join(folder, 'program.js'), kProgram);
  writeFileSync(join(folder, 'page.js'), kInPage);
  writeFileSync(join(folder, 'node.js'), kInNode);
  writeFileSync(join(folder, 'index.html'), page('./page.js'));
  const executablePath = findChromium();
  if (!executablePath) throw new Error('No Chromium found: set CHROMIUM to its path.');
  browser = await chromium.launch({ executablePath });
});

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Opens the program's page; its answer, and everything that went wrong on the way. */
async function open(
  url: string,
  build: Build,
  threads: number,
): Promise<{ answer: Answer; problems: string[] }> {
  const tab = await browser.newPage();
  const problems: string[] = [];
  tab.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(message.text());
  });
  tab.on('pageerror', (error) => problems.push(String(error)));
  tab.on('response', (response) => {
    if (response.status() >= 400) problems.push(`${response.status()} ${response.url()}`);
  });
  try {
    await tab.goto(`${url}?build=${build}&threads=${threads}`);
    // Not waitForFunction: it evaluates text in the page, which the page's policy forbids.
    const done = async () => expect(await tab.evaluate('window.answer !== undefined')).toBe(true);
    await vi.waitFor(done, { timeout: 30_000 });
    return { answer: (await tab.evaluate('window.answer')) as Answer, problems };
  } finally {
    await tab.close();
  }
}

/** Two threads are asked for: a page that is not isolated gets one, and is told why. */
async function expectToRun(url: string, isolated: boolean): Promise<void> {
  const threads = isolated ? 2 : 1;
  const threadsReason = expect.stringContaining(isolated ? '2' : 'Cross-Origin-Embedder-Policy');
  for (const build of kBuilds) {
    expect(await open(url, build, 2)).toEqual({
      answer: { build, threads, threadsReason, product: kProduct },
      problems: [],
    });
  }
}

async function expectToRunFrom(output: string): Promise<void> {
  for (const isolated of [false, true]) {
    const { server, url } = await serve(output, isolated);
    try {
      await expectToRun(url, isolated);
    } finally {
      server.close();
    }
  }
}

describe('the package loads', () => {
  test.each(kBuilds.flatMap((build) => [1, 2].map((threads) => [build, threads] as const)))(
    'in Node (%s, threads: %i)',
    (build, threads) => {
      const args = [...relaxedFlags(), join(folder, 'node.js'), build, String(threads)];
      const printed = execFileSync(process.execPath, args, { encoding: 'utf8', timeout: 60_000 });
      expect(JSON.parse(printed)).toMatchObject({ build, threads, product: kProduct });
    },
  );

  test('in a page by a plain module script', async () => {
    // Without a bundler a bare name needs an import map, which is an inline script: the page names the file.
    const plain = join(folder, 'plain');
    cpSync(join(folder, 'node_modules', 'heddle', 'dist'), join(plain, 'heddle'), {
      recursive: true,
    });
    writeFileSync(join(plain, 'program.js'), kProgram.replace("'heddle'", "'./heddle/index.js'"));
    writeFileSync(join(plain, 'page.js'), kInPage);
    writeFileSync(join(plain, 'index.html'), page('./page.js'));
    await expectToRunFrom(plain);
  });

  test("through Vite's build", async () => {
    const outDir = join(folder, 'vite');
    await viteBuild({
      root: folder,
      configFile: false,
      logLevel: 'error',
      build: { outDir, modulePreload: { polyfill: false } },
    });
    await expectToRunFrom(outDir);
  });

  test("through Vite's development server", async () => {
    for (const isolated of [false, true]) {
      const server = await viteServer({
        root: folder,
        configFile: false,
        logLevel: 'error',
        server: { host: '127.0.0.1', port: 0, hmr: false, headers: isolated ? kIsolation : {} },
      });
      try {
        await server.listen();
        const { port } = server.httpServer?.address() as AddressInfo;
        await expectToRun(`http://127.0.0.1:${port}/`, isolated);
      } finally {
        await server.close();
      }
    }
  });

  test('through webpack 5', async () => {
    const output = join(folder, 'webpack');
    const stats = await new Promise<webpack.Stats>((done, fail) => {
      webpack(
        {
          mode: 'production',
          context: folder,
          entry: './page.js',
          output: { path: output, filename: 'main.js' },
          performance: { hints: false },
        },
        (error, result) => (result ? done(result) : fail(error ?? new Error('no result'))),
      );
    });
    const { errors, warnings } = stats.toJson({ errors: true, warnings: true });
    expect([...(errors ?? []), ...(warnings ?? [])].map(({ message }) => message)).toEqual([]);
    writeFileSync(join(output, 'index.html'), page('./main.js'));
    await expectToRunFrom(output);
  });

  test('through esbuild, with the .wasm files and the threads beside the bundle', async () => {
    const output = join(folder, 'esbuild');
    const { warnings } = await esbuild({
      entryPoints: [join(folder, 'page.js')],
      outdir: output,
      bundle: true,
      splitting: true,
      format: 'esm',
      minify: true,
      logLevel: 'silent',
    });
    expect(warnings).toEqual([]);
    const names = kBuilds.flatMap((build) =>
      ['.wasm', '-threads.wasm', '-threads.js'].map((end) => `heddle-${build}${end}`),
    );
    for (const name of names) {
      cpSync(join(folder, 'node_modules', 'heddle', 'dist', name), join(output, name));
    }
    writeFileSync(join(output, 'index.html'), page('./page.js'));
    await expectToRunFrom(output);
  });
});
