// Checks of the tree itself: the length of files, the direction of dependencies in src/, what must not be
// in a tracked file. Run by `npm test`; prints every place that breaks a rule.
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { extname } from 'node:path';
import { Stop, capture, fromRoot, main, root } from './lib/run.mjs';

const kMaxLines = 600;
const kText = /\.(cpp|h|ts|mjs|js|svelte|css|html|json|md|sh|py|txt|yml|yaml)$|(^|\/)[^.]+$/;
const kCode = new Set([
  '.cpp',
  '.h',
  '.ts',
  '.mjs',
  '.js',
  '.svelte',
  '.py',
  '.css',
  '.html',
  '.sh',
]);
const kGenerated =
  /(^|\/)package-lock\.json$|^tests\/golden\/data\/|^docs\/tensorflow\.md$|^LICENSE$/;

// From the lowest folder of src/ to the highest: each may include itself and those before it.
const kLayers = ['tensor', 'kernels', 'ops', 'graph', 'layers', 'models', 'training', 'io'];
const kPublicHeader = 'heddle.h';

const tracked = capture('git', ['ls-files', '-z'], { cwd: root, maxBuffer: 1 << 26 });
if (tracked === undefined) throw new Error('git ls-files failed: is this a clone?');
const files = tracked.split('\0').filter((file) => file && existsSync(fromRoot(file)));
const texts = new Map(
  files
    .filter((file) => kText.test(file))
    .map((file) => [file, readFileSync(fromRoot(file), 'utf8')]),
);
const problems = [];

function* matches(text, pattern) {
  let line = 0;
  for (const content of text.split('\n')) {
    line++;
    const found = pattern.exec(content);
    if (found) yield { line, found };
  }
}

function checkLength() {
  for (const [file, text] of texts) {
    if (kGenerated.test(file)) continue;
    const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
    if (lines > kMaxLines) problems.push(`${file}: ${lines} lines, at most ${kMaxLines}`);
  }
}

function checkDependencies() {
  for (const [file, text] of texts) {
    const [top, folder, ...rest] = file.split('/');
    if (top !== 'src' || !/\.(cpp|h)$/.test(file)) continue;
    if (rest.length === 0) {
      if (folder !== kPublicHeader)
        problems.push(`${file}: only ${kPublicHeader} lies in src/ itself`);
      continue;
    }
    const level = kLayers.indexOf(folder);
    if (level < 0) problems.push(`${file}: src/${folder} is not one of ${kLayers.join(', ')}`);
    for (const { line, found } of matches(
      text,
      /^\s*#\s*include\s*(?:"([^"]+)"|<(emscripten[^>]*)>)/,
    )) {
      const name = found[1] ?? found[2];
      const other = kLayers.indexOf(name.split('/')[0]);
      if (found[2]) {
        problems.push(`${file}:${line}: src/ knows nothing of JavaScript, but includes <${name}>`);
      } else if (other < 0) {
        problems.push(`${file}:${line}: include "${name}" does not start with a folder of src/`);
      } else if (other > level) {
        problems.push(
          `${file}:${line}: ${folder} must not include ${name}: dependencies point down`,
        );
      } else if (!existsSync(fromRoot('src', name))) {
        problems.push(`${file}:${line}: there is no src/${name}`);
      }
    }
  }
}

/** Text that belongs to one machine, or that says work was left undone. */
function checkContents() {
  const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const home = homedir();
  const machine = [root, ...(home.length > 1 ? [home] : [])].map(
    (path) => `${escape(path)}(?![\\w-])`,
  );
  const rules = [
    { pattern: new RegExp(machine.join('|')), what: 'a path of this machine' },
    { pattern: /\b(TO[D]O|FIX[M]E|X[X]X)\b/, what: 'a mark of work left undone', code: true },
    {
      pattern: /\b(it|test|describe)\.(skip|only|todo)\b|\bGTEST_SKI[P]|\bDISABLE[D]_/,
      what: 'a test that is skipped or singled out',
      code: true,
    },
  ];
  const headers = /<(iostream|sstream|regex|format|fstream|iomanip)>/;
  for (const [file, text] of texts) {
    for (const rule of rules) {
      if (rule.code && !kCode.has(extname(file))) continue;
      for (const { line } of matches(text, rule.pattern))
        problems.push(`${file}:${line}: ${rule.what}`);
    }
    if (/^src\//.test(file)) {
      for (const { line, found } of matches(text, headers)) {
        problems.push(`${file}:${line}: <${found[1]}> costs too much size in WebAssembly`);
      }
    }
  }
}

/** The lock files name packages and checksums, never the registry they came from. */
function checkLockFiles() {
  for (const [file, text] of texts) {
    if (!/(^|\/)package-lock\.json$/.test(file)) continue;
    for (const { line } of matches(text, /"resolved":\s*"https?:/)) {
      problems.push(`${file}:${line}: names the address of a package registry`);
    }
  }
  for (const file of files) {
    if (/(^|\/)(node_modules|dist|build)\/|\.wasm$/.test(file))
      problems.push(`${file}: is generated`);
  }
}

/** Versions are exact, so that every clone builds the same. */
function checkVersions() {
  for (const [file, text] of texts) {
    if (!/(^|\/)package\.json$/.test(file)) continue;
    const manifest = JSON.parse(text);
    for (const kind of ['dependencies', 'devDependencies']) {
      for (const [name, version] of Object.entries(manifest[kind] ?? {})) {
        const local = /^(file|link|workspace):/.test(version);
        if (!local && !/^\d+\.\d+\.\d+[\w.-]*$/.test(version)) {
          problems.push(`${file}: ${name} is "${version}", not one exact version`);
        }
      }
    }
  }
}

main(async () => {
  checkLength();
  checkDependencies();
  checkContents();
  checkLockFiles();
  checkVersions();
  if (problems.length > 0) throw new Stop(problems.join('\n'));
  console.log(`${files.length} tracked files keep the rules of the tree.`);
});
