// The Emscripten toolchain: the user's own if it is new enough, else a private one from Debian 13.
//
// Debian 12's emscripten is too old (3.1.6). Debian 13 has 3.1.69 as an architecture-independent
// package; it runs here with LLVM 19 of Debian 12 and, for binaryen, with Debian 13's C library beside
// it. Everything is unpacked into the user's cache folder; nothing of the system changes.
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { capture, fromRoot, step, which } from './run.mjs';

const kOldest = [3, 1, 69];
const kSuite = 'trixie';
const kLayout = 1; // raise it when what is kept or written below changes
const kToolchainFile = 'cmake/Modules/Platform/Emscripten.cmake';
const kKeyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
const kPackages = ['emscripten', 'binaryen', 'libc6', 'libstdc++6', 'libgcc-s1', 'node-acorn'];

const cacheFolder = () => join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'heddle');
const privateFolder = () => join(cacheFolder(), `emscripten-${kOldest.join('.')}-${kLayout}`);

/** The link through which CMake's presets find the toolchain, whichever it is. */
export const toolchainLink = () => fromRoot('build', 'emscripten');

function newEnough(text) {
  const found = /(\d+)\.(\d+)\.(\d+)/.exec(text ?? '');
  if (!found) return false;
  for (let i = 0; i < 3; i++) {
    const difference = Number(found[i + 1]) - kOldest[i];
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** The folder that holds emcc.py and cmake/, for an `emcc` that may be a wrapper elsewhere. */
function folderOf(emcc) {
  const candidates = [dirname(realpathSync(emcc)), dirname(emcc)];
  const told = capture(join(dirname(emcc), 'em-config'), ['EMSCRIPTEN_ROOT']);
  if (told) candidates.push(told);
  return candidates.find((folder) => existsSync(join(folder, kToolchainFile)));
}

/** An Emscripten ≥ 3.1.69 that the user has already: $EMSDK, or the `emcc` on PATH. */
export function foreignEmscripten() {
  const candidates = [];
  if (process.env.EMSDK) candidates.push(join(process.env.EMSDK, 'upstream/emscripten/emcc'));
  const onPath = which('emcc');
  if (onPath) candidates.push(onPath);
  for (const emcc of candidates) {
    if (!existsSync(emcc)) continue;
    const folder = folderOf(emcc);
    if (folder && newEnough(capture(emcc, ['--version']))) return folder;
  }
  return undefined;
}

export const privateRoot = () => join(privateFolder(), 'usr/share/emscripten');
export const privateReady = () => existsSync(join(privateFolder(), 'complete'));

/** Why the private toolchain cannot be made here, or undefined if it can. */
export function privateObstacle() {
  for (const tool of ['apt-get', 'dpkg-deb', 'tar']) {
    if (!which(tool)) return `this is not a Debian system (there is no ${tool})`;
  }
  if (!existsSync(kKeyring)) return `Debian's keyring ${kKeyring} is missing`;
  if (!debianMirror()) return "apt's sources name no Debian mirror";
  return undefined;
}

// ---- the Debian mirror of this machine ------------------------------------------------------------

function sourceFiles() {
  const folder = '/etc/apt/sources.list.d';
  const files = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  return ['/etc/apt/sources.list', ...files].filter((file) => existsSync(file));
}

/** Every (address, suites) pair of apt's sources, in both of their formats, comments left out. */
function* configuredSources() {
  for (const file of sourceFiles()) {
    const text = readFileSync(file, 'utf8').replace(/^\s*#.*\n?/gm, '');
    if (file.endsWith('.sources')) {
      for (const stanza of text.split(/\n\s*\n/)) {
        const field = (name) => new RegExp(`^${name}:(.*)$`, 'im').exec(stanza)?.[1].trim() ?? '';
        if (/^no$/i.test(field('Enabled'))) continue;
        for (const uri of field('URIs').split(/\s+/)) {
          yield { uri, suites: field('Suites').split(/\s+/) };
        }
      }
    } else if (file.endsWith('.list')) {
      for (const line of text.matchAll(/^\s*deb\s+(?:\[[^\]]*\]\s*)?(\S+)\s+(\S+)/gm)) {
        yield { uri: line[1], suites: [line[2]] };
      }
    }
  }
}

function debianMirror() {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  if (!/^ID=debian$/m.test(release)) return undefined;
  const codename = /^VERSION_CODENAME=(\S+)/m.exec(release)?.[1];
  const names = new Set([codename, 'stable', 'oldstable', kSuite]);
  for (const { uri, suites } of configuredSources()) {
    if (uri && suites.some((suite) => names.has(suite))) return uri;
  }
  return undefined;
}

// ---- making the private toolchain -----------------------------------------------------------------

// Of the 1.7 GB only what a build of this library can link stays: no position-independent libraries,
// no graphics, sanitizers, tracing allocators, file systems, or Wasm-Workers variants.
const kLibraries = './usr/share/emscripten/cache/sysroot/lib/wasm32-emscripten';
const kUnusedLibraries = [
  ...['libGL-*emu', 'libGL-*full', 'libGL-*webgl2', 'libGL-*ofb', '-ww'],
  ...['asan', 'lsan', 'ubsan', 'libsanitizer', 'tracing', 'memvalidate', 'verbose'],
  ...['libwasmfs', 'libstandalonewasm', 'libfetch'],
];
const kLeftOut = [
  './usr/share/doc/*',
  './usr/share/locale/*',
  './usr/share/man/*',
  './usr/share/emscripten/ChangeLog*',
  './usr/share/emscripten/docs/*',
  './usr/share/emscripten/media/*',
  './usr/share/emscripten/test/*',
  './usr/lib/*/gconv/*',
  './usr/bin/wasm-fuzz-*',
  './usr/bin/wasm-reduce',
  `${kLibraries}/pic/*`,
  `${kLibraries}/lto-pic/*`,
  ...kUnusedLibraries.map((name) => `${kLibraries}/*${name}*`),
];

function aptOptions(folder) {
  const set = {
    'Dir::State::Lists': join(folder, 'lists'),
    'Dir::Cache': join(folder, 'cache'),
    'Dir::State::status': join(folder, 'status'),
    'Dir::Etc::SourceList': join(folder, 'sources.list'),
    'Dir::Etc::SourceParts': '/dev/null',
    'Dir::Etc::Preferences': '/dev/null',
    'Dir::Etc::PreferencesParts': '/dev/null',
    'Acquire::Languages': 'none',
    'APT::Sandbox::User': 'root', // the folder is private, so apt's own user could not write to it
  };
  return Object.entries(set).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
}

async function download(folder) {
  for (const name of ['lists/partial', 'cache/archives/partial', 'debs']) {
    mkdirSync(join(folder, name), { recursive: true });
  }
  writeFileSync(join(folder, 'status'), '');
  writeFileSync(
    join(folder, 'sources.list'),
    `deb [signed-by=${kKeyring}] ${debianMirror()} ${kSuite} main\n`,
  );
  const options = aptOptions(folder);
  await step(`Reading the package lists of Debian ${kSuite}`, 'apt-get', [...options, 'update']);
  await step('Downloading Emscripten (250 MB)', 'apt-get', [...options, 'download', ...kPackages], {
    cwd: join(folder, 'debs'),
  });
}

async function unpack(folder, target) {
  const excludes = kLeftOut.map((pattern) => `--exclude=${pattern}`);
  const script = `
    set -e
    for deb in "$1"/*.deb; do
      dpkg-deb --fsys-tarfile "$deb" | (shift 2; tar -x -f - -C "$0" --no-same-owner "$@")
      rm "$deb"
    done`;
  mkdirSync(target);
  const args = ['-c', script, target, join(folder, 'debs'), '--', ...excludes];
  await step('Unpacking Emscripten', 'bash', args);
}

/** Binaryen wants a newer C library than the system's: run each tool through the one beside it. */
function wrapBinaryen(target) {
  const bin = join(target, 'usr/bin');
  const real = join(target, 'usr/lib/binaryen-tools');
  const libraries = readdirSync(join(target, 'usr/lib')).find((name) => name.endsWith('-gnu'));
  const loader = readdirSync(join(target, 'usr/lib', libraries)).find((name) =>
    /^ld-linux.*\.so\.\d+$/.test(name),
  );
  mkdirSync(real);
  for (const name of readdirSync(bin)) {
    const tool = join(bin, name);
    if (!name.startsWith('wasm') || lstatSync(tool).isSymbolicLink()) {
      rmSync(tool);
      continue;
    }
    renameSync(tool, join(real, name));
    const lib = `"$here/../lib/${libraries}"`;
    const run = `exec ${lib}/${loader} --library-path ${lib} "$here/../lib/binaryen-tools/${name}" "$@"`;
    writeFileSync(tool, `#!/bin/sh\nhere=\${0%/*}\n${run}\n`);
    chmodSync(tool, 0o755);
  }
}

function configure(target) {
  const emscripten = join(target, 'usr/share/emscripten');
  // ES modules do not look at NODE_PATH, so acorn must be found by folder.
  rmSync(join(target, 'usr/share/node_modules'), { recursive: true, force: true });
  symlinkSync('nodejs', join(target, 'usr/share/node_modules'));
  writeFileSync(
    join(emscripten, '.emscripten'),
    [
      'import shutil',
      `BINARYEN_ROOT = ${JSON.stringify(join(privateFolder(), 'usr'))}`,
      "LLVM_ROOT = '/usr/lib/llvm-19/bin'",
      "NODE_JS = shutil.which('node')",
      'FROZEN_CACHE = True',
      '',
    ].join('\n'),
  );
}

/** Removes what a set-up that was broken off left behind; one that is at work now is younger. */
function removeLeftovers() {
  const kAbandonedMs = 3_600_000;
  for (const name of readdirSync(cacheFolder())) {
    const path = join(cacheFolder(), name);
    if (name.startsWith('part-') && Date.now() - statSync(path).mtimeMs > kAbandonedMs) {
      rmSync(path, { recursive: true, force: true });
    }
  }
}

/** Makes the private toolchain if it is not there yet. */
export async function makePrivateEmscripten() {
  if (privateReady()) return;
  mkdirSync(cacheFolder(), { recursive: true });
  removeLeftovers();
  const folder = mkdtempSync(join(cacheFolder(), 'part-'));
  try {
    const target = join(folder, 'toolchain');
    await download(folder);
    await unpack(folder, target);
    wrapBinaryen(target);
    configure(target);
    // Or a package.json in some folder above would say what kind of modules Emscripten's own scripts are.
    writeFileSync(join(target, 'package.json'), '{ "type": "commonjs" }\n');
    writeFileSync(join(target, 'complete'), '');
    // Two set-ups may race: the first to finish wins, both are the same.
    if (existsSync(privateFolder()) && !privateReady())
      rmSync(privateFolder(), { recursive: true });
    if (!existsSync(privateFolder())) renameSync(target, privateFolder());
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Points build/emscripten at the toolchain in use. */
export function linkToolchain(folder) {
  const link = toolchainLink();
  mkdirSync(dirname(link), { recursive: true });
  if (existsSync(link) && realpathSync(link) === realpathSync(folder)) return;
  rmSync(link, { force: true });
  symlinkSync(folder, link);
}
