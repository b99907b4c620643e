// The checks of `npm test` that look at the sources without running them. Each resolves to true or false.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { spawn } from 'node:child_process';
import { bin } from './build.mjs';
import { toolchainLink } from './emscripten.mjs';
import { capture, fromRoot, passThrough, root } from './run.mjs';

/** Tracked files and new ones that git does not ignore, of the given endings, below the given folders. */
export function sourceFiles(folders, endings) {
  const patterns = folders.flatMap((folder) => endings.map((ending) => `${folder}/**/*.${ending}`));
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--'];
  const globs = patterns.map((pattern) => `:(glob)${pattern}`);
  const listed = capture('git', [...args, ...globs], { cwd: root, maxBuffer: 1 << 26 }) ?? '';
  return listed.split('\0').filter((file) => file && existsSync(fromRoot(file)));
}

export const cppFiles = () => sourceFiles(['src', 'wasm/bindings', 'tests'], ['cpp', 'h']);

const ok = async (command, args) => (await passThrough(command, args)) === 0;

export async function checkFormat() {
  const cpp = await ok('clang-format-19', ['--dry-run', '--Werror', ...cppFiles()]);
  const rest = await ok(bin('prettier'), ['--check', '--log-level=warn', '.']);
  if (!cpp || !rest) console.log('`npm run format` puts this right.');
  return cpp && rest;
}

export const checkLint = () => ok(bin('eslint'), ['--max-warnings=0', '.']);

export const checkStructure = () => ok(process.execPath, ['scripts/check_structure.mjs']);

export async function checkTypes() {
  const package_ = await ok(bin('tsc'), ['--noEmit', '-p', 'tsconfig.json']);
  const config = ['--tsconfig', './tsconfig.json', '--fail-on-warnings'];
  const site = await ok(bin('svelte-check'), ['--workspace', 'web', ...config]);
  return package_ && site;
}

export const checkSpeed = () => ok(process.execPath, ['scripts/speed.mjs']);

export const checkSize = () => ok(process.execPath, ['scripts/size.mjs']);

// What em++ passes to clang, so that clang-tidy sees the bindings as the compiler does.
const kForWasm = [
  '--target=wasm32-unknown-emscripten',
  `--sysroot=${toolchainLink()}/cache/sysroot`,
  '-iwithsysroot/include/compat',
].map((option) => `--extra-arg-before=${option}`);

function tidyOne(file) {
  const native = file.startsWith('src/');
  const where = native ? ['-p', 'build/native'] : ['-p', 'build/wasm-tidy', ...kForWasm];
  const args = [...where, '--quiet', file];
  return new Promise((done) => {
    const child = spawn('clang-tidy-19', args, { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => done({ good: false, output: error.message }));
    child.on('close', (code) => done({ good: code === 0, output }));
  });
}

/**
 * clang-tidy over the core and the bindings, as many at once as there are processors. A file that passed is not looked at again
 * until it, a header or the rules change.
 */
export async function checkTidy() {
  const files = sourceFiles(['src', 'wasm/bindings'], ['cpp']);
  const shared = createHash('sha256');
  for (const file of ['.clang-tidy', ...sourceFiles(['src', 'wasm/bindings'], ['h'])]) {
    shared.update(file).update(readFileSync(fromRoot(file)));
  }
  const common = shared.digest('hex');
  const hashOf = (file) =>
    createHash('sha256')
      .update(common)
      .update(readFileSync(fromRoot(file)))
      .digest('hex');

  const memory = fromRoot('build', 'tidy-passed.json');
  const before = existsSync(memory) ? JSON.parse(readFileSync(memory, 'utf8')) : {};
  const passed = {};
  const queue = [];
  for (const file of files) {
    if (before[file] === hashOf(file)) passed[file] = before[file];
    else queue.push(file);
  }
  const total = queue.length;
  let bad = 0;
  const work = async () => {
    for (let file = queue.shift(); file; file = queue.shift()) {
      const hash = hashOf(file);
      const { good, output } = await tidyOne(file);
      if (good) passed[file] = hash;
      else bad++;
      console.log(`  ${total - queue.length}/${total} ${file}${good ? '' : ': not clean'}`);
      if (!good) console.log(output);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  mkdirSync(fromRoot('build'), { recursive: true });
  writeFileSync(memory, JSON.stringify(passed));
  console.log(`${files.length} files, ${files.length - total} known to be clean, ${bad} not clean`);
  return bad === 0;
}
