// npm run size: what one build of the package costs over the wire, with brotli.
import { existsSync, readFileSync } from 'node:fs';
import { brotliCompressSync, constants } from 'node:zlib';
import { kWasmBuilds } from './lib/build.mjs';
import { Stop, fromRoot, main } from './lib/run.mjs';

const kLimit = 242_500; // bytes, JavaScript and .wasm of one build together; the aim is 220 KB
const kThreads = 15_000; // what the runtime of threads may add

function compressed(name) {
  const path = fromRoot('dist', name);
  if (!existsSync(path)) throw new Stop(`dist/${name} is missing: run \`npm run build\` first.`);
  const data = readFileSync(path);
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
    [constants.BROTLI_PARAM_SIZE_HINT]: data.length,
  };
  return { name, raw: data.length, brotli: brotliCompressSync(data, { params }).length };
}

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} KB`.padStart(10);

main(async () => {
  let over = false;
  for (const build of kWasmBuilds) {
    const files = ['index.js', `heddle-${build}.js`, `heddle-${build}.wasm`].map(compressed);
    const total = files.reduce((sum, file) => sum + file.brotli, 0);
    console.log(
      `${build}${' '.repeat(24 - build.length)}${'raw'.padStart(10)}${'brotli'.padStart(10)}`,
    );
    for (const file of files) {
      console.log(`  ${file.name.padEnd(22)}${kilobytes(file.raw)}${kilobytes(file.brotli)}`);
    }
    const limit = kLimit + (build.endsWith('-threads') ? kThreads : 0);
    console.log(`  ${'together'.padEnd(32)}${kilobytes(total)}  (limit${kilobytes(limit)})`);
    over ||= total > limit;
  }
  if (over) throw new Stop('The package is over its limit.');
});
