// Building: the WebAssembly modules, the TypeScript package around them, the native tests.
// Everything is incremental; with nothing to do it takes a second or two.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fitGlue } from './glue.mjs';
import { fromRoot, step } from './run.mjs';

export const kWasmBuilds = ['simd', 'relaxed', 'simd-threads', 'relaxed-threads'];
export const bin = (name) => fromRoot('node_modules', '.bin', name);

// An Emscripten config of another installation must not reach the toolchain in build/emscripten.
function cleanEnvironment() {
  const env = { ...process.env };
  delete env.EM_CONFIG;
  return env;
}

/** Configures a CMake preset if it has not been yet. */
export async function cmakeConfigure(preset, title) {
  if (existsSync(fromRoot('build', preset, 'build.ninja'))) return;
  await step(`Configuring ${title}`, 'cmake', ['--preset', preset], { env: cleanEnvironment() });
}

/** Configures a CMake preset if need be, and builds it. */
export async function cmakeBuild(preset, title) {
  await cmakeConfigure(preset, title);
  const args = ['--build', '--preset', preset, '-j', String(availableParallelism())];
  await step(`Building ${title}`, 'cmake', args, { env: cleanEnvironment() });
}

function newest(folder) {
  let time = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) time = Math.max(time, statSync(join(entry.parentPath, entry.name)).mtimeMs);
  }
  return time;
}

const timeOf = (file) => (existsSync(file) ? statSync(file).mtimeMs : 0);

/** Smaller than what esbuild makes, by 3 % of index.js. */
async function minified(text, compress) {
  const { minify } = await import('terser');
  const { code } = await minify(text, {
    module: true,
    ecma: 2020,
    compress,
    // Short lines: an uncaught error in Node prints the one that it came from.
    format: { semicolons: false, max_line_len: 4000 },
  });
  return code;
}

async function writeGlue(build) {
  const name = `heddle-${build}`;
  const from = fromRoot('build', 'wasm', 'wasm');
  const to = fromRoot('dist', `${name}.js`);
  const wasm = fromRoot('dist', `${name}.wasm`);
  const stale = (source, target) => timeOf(source) > timeOf(target);
  if (stale(join(from, `${name}.wasm`), wasm)) copyFileSync(join(from, `${name}.wasm`), wasm);
  const sources = [
    join(from, `${name}.js`),
    ...['build', 'glue'].map((each) => fromRoot(`scripts/lib/${each}.mjs`)),
  ];
  if (!sources.some((source) => stale(source, to))) return;

  const text = fitGlue(
    readFileSync(join(from, `${name}.js`), 'utf8'),
    name,
    build.endsWith('threads'),
  );
  writeFileSync(to, await minified(text, { passes: 2, pure_getters: true }));
}

/** Everything in dist/: the modules, index.js, the types. */
export async function buildPackage() {
  await cmakeBuild('wasm', 'the WebAssembly modules');
  mkdirSync(fromRoot('dist'), { recursive: true });
  for (const build of kWasmBuilds) await writeGlue(build);

  const sources = fromRoot('wasm', 'js');
  const stamp = fromRoot('dist', 'index.js');
  const own = [fromRoot('scripts/lib/build.mjs'), fromRoot('tsconfig.build.json')].map(timeOf);
  if (timeOf(stamp) > Math.max(newest(sources), timeOf(fromRoot('package.json')), ...own)) return;

  for (const file of readdirSync(fromRoot('dist'), { recursive: true })) {
    if (file.endsWith('.d.ts')) rmSync(fromRoot('dist', file)); // its source may be gone
  }
  await step('Writing the types', bin('tsc'), ['-p', 'tsconfig.build.json']);
  const { version } = JSON.parse(readFileSync(fromRoot('package.json'), 'utf8'));
  const esbuild = await import('esbuild');
  const bundle = await esbuild.build({
    entryPoints: [join(sources, 'index.ts')],
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2022',
    tsconfig: fromRoot('tsconfig.build.json'), // fields that only have a type leave nothing behind
    external: kWasmBuilds.map((build) => `./heddle-${build}.js`),
    define: { __HEDDLE_VERSION__: JSON.stringify(version) },
    legalComments: 'none',
    logLevel: 'warning',
  });
  // Functions stay apart: closures of one scope keep alive what any of them uses.
  const apart = { inline: false, reduce_funcs: false, hoist_funs: true };
  writeFileSync(stamp, await minified(bundle.outputFiles[0].text, apart));
  console.log('  Package bundled into dist/');
}
