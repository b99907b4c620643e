// The same run in Chromium: bundles the page, serves it with the two headers that threads need, and
// drives it.
import { build } from 'esbuild';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { chromium as chromiumPath } from '../../scripts/lib/system.mjs';
import { onnxModel } from './onnx_model.mjs';

const here = fileURLToPath(new URL('./', import.meta.url));
const dist = fileURLToPath(new URL('../../dist/', import.meta.url));

const kFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const kTypes = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.onnx': 'application/octet-stream',
};

const kHeaders = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

async function bundle() {
  const { outputFiles } = await build({
    entryPoints: [join(here, 'browser/page.mjs')],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    external: ['node:*'],
    write: false,
    logLevel: 'error',
  });
  return outputFiles[0].contents;
}

/** A file of dist/ or of the peers' packages, or undefined. */
function fileFor(path) {
  const [folder, ...rest] = normalize(path).split(sep).filter(Boolean);
  const base = { dist, node_modules: join(here, 'node_modules') }[folder];
  const file = base && join(base, ...rest);
  return file && existsSync(file) && statSync(file).isFile() ? file : undefined;
}

async function serve() {
  const page = await bundle();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const send = (status, type, body) => {
      response.writeHead(status, { ...kHeaders, 'Content-Type': type });
      response.end(body);
    };
    if (pathname === '/') {
      send(200, 'text/html', '<!doctype html><script type="module" src="/page.js"></script>');
    } else if (pathname === '/page.js') {
      send(200, 'text/javascript', page);
    } else if (pathname === '/mobilenetv2.onnx') {
      try {
        send(200, kTypes['.onnx'], onnxModel());
      } catch (error) {
        send(404, 'text/plain', error.message);
      }
    } else {
      const file = fileFor(decodeURIComponent(pathname));
      if (!file) return send(404, 'text/plain', 'not here');
      response.writeHead(200, {
        ...kHeaders,
        'Content-Type': kTypes[extname(file)] ?? 'text/plain',
      });
      createReadStream(file).pipe(response);
    }
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return server;
}

/** Two results of the same run as one. */
const joined = (one, other) => ({
  contenders: { ...other.contenders, ...one.contenders },
  cases: [...one.cases, ...other.cases],
  scaling: one.scaling,
});

/** What measure.mjs does, in Chromium: `{runtime, contenders, cases, scaling}`. */
export async function measureInBrowser(settings) {
  const executablePath = chromiumPath();
  if (!executablePath) throw new Error('There is no Chromium: set CHROMIUM or install it.');
  const server = await serve();
  const browser = await chromium.launch({ executablePath, args: kFlags });
  const inPage = async (chosen, threaded) => {
    const page = await browser.newPage();
    page.setDefaultTimeout(0);
    await page.exposeFunction('say', (text) => process.stderr.write(`  ${text}\n`));
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await page.waitForFunction(() => 'measure' in globalThis);
    const result = await page.evaluate(
      ([given, flag]) => globalThis.measure(given, flag),
      [chosen, threaded],
    );
    await page.close();
    return result;
  };
  try {
    const threads = settings.only.length === 0 || settings.only.includes('threads');
    const single = await inPage({ ...settings, leave: ['threads'] }, false);
    const result = threads
      ? joined(single, await inPage({ ...settings, only: ['threads'] }, true))
      : single;
    return { runtime: `Chromium ${browser.version()}`, ...result };
  } finally {
    await browser.close();
    server.close();
  }
}
