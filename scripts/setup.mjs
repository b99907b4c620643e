// Makes this machine ready to build (`build`) or to build and test (`test`): system packages, npm
// packages, the Emscripten toolchain. Does only what is missing; a second run takes well under a second.
//
//   node scripts/setup.mjs [build|test|bench]
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Stop, fromRoot, main, step, which } from './lib/run.mjs';
import {
  foreignEmscripten,
  linkToolchain,
  makePrivateEmscripten,
  privateObstacle,
  privateReady,
  privateRoot,
  toolchainLink,
} from './lib/emscripten.mjs';
import { installObstacle, installPackages, missingPackages } from './lib/system.mjs';

const kOldestNode = [20, 19];
const kStamp = fromRoot('build', 'setup-stamp.json');

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [oldMajor, oldMinor] = kOldestNode;
  if (major > oldMajor || (major === oldMajor && minor >= oldMinor)) return;
  throw new Stop(
    `Heddle needs Node ${kOldestNode.join('.')} or newer; this is ${process.version}.`,
  );
}

/** Whether node_modules holds what the lock file asks for; npm writes its own record last. */
function npmReady() {
  const record = fromRoot('node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const packages = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;
  const installed = packages(record);
  return Object.entries(packages(fromRoot('package-lock.json'))).every(
    ([path, { version, optional, extraneous }]) =>
      path === '' || optional || extraneous || installed[path]?.version === version,
  );
}

async function installNpm() {
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=http'];
  await step('Installing npm packages', 'npm', args);
}

/** What the toolchain found last time depended on; as long as it holds, emcc need not be asked. */
const emccSeen = () => ({ emcc: which('emcc') ?? '', emsdk: process.env.EMSDK ?? '' });

function toolchainKnown() {
  if (!existsSync(kStamp) || !existsSync(toolchainLink())) return undefined;
  const stamp = JSON.parse(readFileSync(kStamp, 'utf8'));
  const seen = emccSeen();
  if (stamp.emcc !== seen.emcc || stamp.emsdk !== seen.emsdk) return undefined;
  if (stamp.foreign !== true && !privateReady()) return undefined;
  const inUse = realpathSync(toolchainLink());
  const wanted = stamp.foreign === true ? stamp.root : realpathSync(privateRoot());
  return inUse === stamp.root && inUse === wanted ? stamp : undefined;
}

function remember(foreign) {
  const root = realpathSync(toolchainLink());
  mkdirSync(dirname(kStamp), { recursive: true });
  writeFileSync(kStamp, JSON.stringify({ ...emccSeen(), foreign, root }));
}

/** One message that names everything missing and the commands that help. */
function explain(packages, needsToolchain, packagesObstacle, toolchainObstacle) {
  const lines = [
    'Some things Heddle is built with are missing and cannot be installed from here.',
    '',
  ];
  if (packagesObstacle) {
    lines.push(`System packages: ${packages.join(', ')}`, `  Reason: ${packagesObstacle}.`);
    lines.push('  On Debian 12, run as root:');
    lines.push('    apt-get update');
    lines.push(`    apt-get install --no-install-recommends ${packages.join(' ')}`);
    lines.push(
      '  Elsewhere, install the same with your package manager (LLVM 19 tools under their',
    );
    lines.push('  versioned names, such as clang++-19).', '');
  }
  if (needsToolchain && toolchainObstacle) {
    lines.push('Emscripten, 3.1.69 or newer', `  Reason: ${toolchainObstacle}.`);
    lines.push('  Install it with the Emscripten SDK and put emcc on PATH (or set EMSDK):');
    lines.push('    git clone https://github.com/emscripten-core/emsdk');
    lines.push('    cd emsdk && ./emsdk install 3.1.69 && ./emsdk activate 3.1.69');
    lines.push('    . ./emsdk_env.sh', '');
  }
  lines.push('Then run the same command again.');
  return lines.join('\n');
}

/** Sets up everything for `purpose` ('build', 'test' or 'bench'). */
export async function setUp(purpose) {
  checkNode();
  const known = toolchainKnown();
  const foreign = known ? (known.foreign ? known.root : undefined) : foreignEmscripten();
  const needsToolchain = !foreign && !privateReady();
  const packages = missingPackages(purpose, foreign !== undefined);

  const packagesObstacle = packages.length > 0 ? installObstacle() : undefined;
  const toolchainObstacle = needsToolchain ? privateObstacle() : undefined;
  if (packagesObstacle || toolchainObstacle) {
    throw new Stop(explain(packages, needsToolchain, packagesObstacle, toolchainObstacle));
  }
  const needsNpm = existsSync(fromRoot('package-lock.json')) && !npmReady();
  if (packages.length > 0 || needsToolchain || needsNpm) console.log('Setting up');
  if (packages.length > 0) await installPackages(packages);
  if (needsToolchain) await makePrivateEmscripten();
  if (needsNpm) await installNpm();
  if (!known) {
    linkToolchain(foreign ?? privateRoot());
    remember(foreign !== undefined);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main(async () => {
    const [purpose = 'test'] = process.argv.slice(2);
    await setUp(['build', 'bench'].includes(purpose) ? purpose : 'test');
    console.log('Ready.');
  });
}
