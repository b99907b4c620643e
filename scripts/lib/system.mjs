// System packages: what is needed, how each is recognised, and how it gets installed on Debian.
import { existsSync, readdirSync } from 'node:fs';
import { anyExists, capture, step, which } from './run.mjs';

const kClangRuntime = '/usr/lib/llvm-19/lib/clang/19/lib/linux';
const kBrowsers = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The Chromium that browser tests drive: $CHROMIUM, or one on PATH. */
export function chromium() {
  const named = process.env.CHROMIUM;
  if (named && existsSync(named)) return named;
  return kBrowsers.map(which).find(Boolean);
}

export const eigenFolder = () =>
  anyExists(['/usr/include/eigen3', '/usr/local/include/eigen3', '/opt/homebrew/include/eigen3']);

function libraryFound(name) {
  const folders = ['/usr/lib', '/usr/local/lib', '/usr/lib64'];
  if (existsSync('/usr/lib')) {
    for (const entry of readdirSync('/usr/lib')) {
      if (entry.endsWith('-linux-gnu')) folders.push(`/usr/lib/${entry}`);
    }
  }
  return folders.some((folder) => existsSync(`${folder}/${name}`));
}

const commands =
  (...names) =>
  () =>
    names.every((name) => which(name) !== undefined);

const pythonModule = (name) => () => existsSync(`/usr/lib/python3/dist-packages/${name}`);

// `for`: 'build' is all that `npm start` and `npm run build` need; 'test' comes on top for `npm test`; 'bench', on top of both, is
// what benchmarks do without where it is missing: the peers that are native, and Google Benchmark.
const kPackages = [
  { name: 'ca-certificates', for: 'build', found: () => existsSync('/etc/ssl/certs') },
  { name: 'git', for: 'build', found: commands('git') },
  { name: 'python3', for: 'build', found: commands('python3') },
  { name: 'cmake', for: 'build', found: commands('cmake') },
  { name: 'ninja-build', for: 'build', found: commands('ninja') },
  { name: 'clang-19', for: 'build', found: commands('clang-19', 'clang++-19') },
  { name: 'lld-19', for: 'build', found: commands('wasm-ld-19', 'ld.lld-19') },
  { name: 'llvm-19', for: 'build', found: commands('llvm-ar-19', 'llvm-objcopy-19') },
  { name: 'libeigen3-dev', for: 'build', found: () => eigenFolder() !== undefined },
  {
    name: 'libgtest-dev',
    for: 'test',
    found: () => libraryFound('libgtest.a') && libraryFound('libgtest_main.a'),
  },
  { name: 'clang-format-19', for: 'test', found: commands('clang-format-19') },
  { name: 'clang-tidy-19', for: 'test', found: commands('clang-tidy-19') },
  { name: 'libclang-rt-19-dev', for: 'test', found: () => existsSync(kClangRuntime) },
  { name: 'chromium', for: 'test', found: () => chromium() !== undefined },
  { name: 'valgrind', for: 'test', found: commands('valgrind') },
  { name: 'libbenchmark-dev', for: 'bench', found: () => libraryFound('libbenchmark.so') },
  { name: 'python3-torch', for: 'bench', found: pythonModule('torch') },
  { name: 'python3-onnx', for: 'bench', found: pythonModule('onnx') },
  { name: 'libopenblas0-pthread', for: 'bench', found: () => libraryFound('openblas-pthread') },
];

const kPurposes = ['build', 'test', 'bench']; // each needs what those before it need

// With an Emscripten of the user's own, LLVM's tools for WebAssembly come with it.
const kOnlyForOwnToolchain = new Set(['lld-19', 'llvm-19']);

export function missingPackages(purpose, usesForeignEmscripten) {
  return kPackages
    .filter((item) => kPurposes.indexOf(item.for) <= kPurposes.indexOf(purpose))
    .filter((item) => !(usesForeignEmscripten && kOnlyForOwnToolchain.has(item.name)))
    .filter((item) => !item.found())
    .map((item) => item.name);
}

/** How this user becomes root: [] as root, ['sudo', …] with sudo, undefined if there is no way. */
function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  if (!which('sudo')) return undefined;
  if (capture('sudo', ['-n', 'true']) !== undefined) return ['sudo', '-n'];
  return process.stdin.isTTY ? ['sudo'] : undefined;
}

/** Why packages cannot be installed from here, or undefined if they can. */
export function installObstacle() {
  if (!which('apt-get')) return 'this is not a Debian system (there is no apt-get)';
  if (rootPrefix() === undefined) return 'this user is not root and cannot use sudo here';
  return undefined;
}

export async function installPackages(names) {
  const prefix = rootPrefix();
  // sudo asks for its password on the terminal itself, so it must come before progress lines.
  if (prefix.length === 1) capture('sudo', ['-v'], { stdio: ['inherit', 'inherit', 'inherit'] });
  const apt = async (title, ...args) => {
    const words = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args];
    await step(title, words[0], words.slice(1));
  };
  const wait = ['-o', 'DPkg::Lock::Timeout=600'];
  await apt('Reading the package lists', ...wait, 'update');
  const install = ['install', '--yes', '--no-install-recommends', ...names];
  console.log(`  System packages to install: ${names.join(' ')}`);
  await apt(`Installing ${names.length} system packages`, ...wait, ...install);
}
