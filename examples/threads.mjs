// Serves a page that trains on several threads. What a page needs for it are the two headers below, on the page
// itself: with them it is cross-origin isolated, and WebAssembly memory may be shared among threads.
//
//   node examples/threads.mjs           prints the address to open
//   node examples/threads.mjs --short   asks for the page once, and ends
import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { short } from './common.mjs';

const kHeaders = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

const kPage = `<!doctype html>
<meta charset="utf-8">
<title>Threads</title>
<link rel="icon" href="data:,">
<pre id="out">Training ...</pre>
<script type="module">
  import * as hd from './heddle/index.js';
  await hd.ready(); // as many threads as there are processors, 8 at most
  const { threads, threadsReason } = hd.info();
  const model = hd.sequential({
    layers: [
      hd.layers.conv2d({ filters: 32, kernelSize: 3, activation: 'relu', inputShape: [28, 28, 1] }),
      hd.layers.maxPooling2d({ poolSize: 2 }),
      hd.layers.flatten(),
      hd.layers.dense({ units: 10, activation: 'softmax' }),
    ],
  });
  model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' });
  const x = hd.randomUniform([1024, 28, 28, 1]);
  const y = hd.oneHot(hd.randomUniform([1024], 0, 10, 'int32'), 10);
  const started = performance.now();
  await model.fit(x, y, { epochs: 5, batchSize: 32 });
  const rate = Math.round((5 * 1024) / ((performance.now() - started) / 1000));
  document.getElementById('out').textContent =
    threads + ' threads (' + threadsReason + '): ' + rate + ' examples a second';
</script>`;

const types = { js: 'text/javascript', wasm: 'application/wasm' };

const server = createServer((request, response) => {
  const [, name, type] = /^\/heddle\/([\w-]+\.(js|wasm))$/.exec(request.url) ?? [];
  if (name === undefined) {
    response.writeHead(200, { 'Content-Type': 'text/html', ...kHeaders }).end(kPage);
    return;
  }
  const file = createReadStream(fileURLToPath(new URL(`../dist/${name}`, import.meta.url)));
  file.on('error', () => response.writeHead(404).end());
  file.on('open', () => {
    // Workers are pages of their own in this respect: they need the header too.
    response.writeHead(200, { 'Content-Type': types[type], ...kHeaders });
    file.pipe(response);
  });
});

server.listen(0, '127.0.0.1', async () => {
  const url = `http://127.0.0.1:${server.address().port}/`;
  console.log(`Open ${url}`);
  if (!short) return;
  for (const path of ['', 'heddle/heddle-simd-threads.js']) {
    const { status, headers } = await fetch(url + path);
    const policies = Object.keys(kHeaders).map((name) => headers.get(name));
    console.log(`/${path}: ${status}, ${policies.join(', ')}`);
  }
  server.close();
});
