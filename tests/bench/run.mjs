// npm run bench: Heddle against its peers, on one thread, ratios of medians.
//   node tests/bench/run.mjs [--only=<beginning of an id>,...] [--without=<contender>,...] [--quick] [--browser]
//                            [--clock=process]
//                            [--json=file] [--check]
//   node tests/bench/run.mjs --names   single ops and layers against TensorFlow.js, for docs/tensorflow.md
// With --check the exit code is 1 when a line is not held. Results go to build/bench.json too.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { relaxedFlags } from '../../scripts/lib/node_flags.mjs';
import { labels, measureHeap, measureStartUp } from './fresh.mjs';
import { complaintsOf, judge, printReport, written } from './report.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');
const options = Object.fromEntries(
  process.argv.slice(2).map((argument) => {
    const [key, value = 'true'] = argument.replace(/^--/, '').split('=');
    return [key, value];
  }),
);

function fail(message) {
  console.error(message);
  process.exit(1);
}

function installPeers() {
  const wanted = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8')).dependencies;
  const installed = Object.entries(wanted).every(([name, version]) => {
    const manifest = join(here, 'node_modules', name, 'package.json');
    return existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version === version;
  });
  if (installed) return;
  console.log('Installing the peers into tests/bench/node_modules ...');
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: here,
    stdio: 'inherit',
  });
  if (status !== 0) fail('npm ci failed in tests/bench: see above.');
}

function measureInNode(settings) {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-bench-'));
  const output = join(folder, 'result.json');
  const { status } = spawnSync(
    process.execPath,
    [...relaxedFlags(), join(here, 'measure.mjs'), output, JSON.stringify(settings)],
    // The peers greet on stdout; only our own progress, on stderr, is of use.
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  if (status !== 0) fail('The measuring run failed: see above.');
  const result = JSON.parse(readFileSync(output, 'utf8'));
  rmSync(folder, { recursive: true });
  return { runtime: `Node ${process.versions.node}`, ...result };
}

if (!existsSync(join(root, 'dist/index.js'))) fail('dist/ is missing: run `npm run build` first.');
installPeers();
if (options.names) {
  const { status } = spawnSync(process.execPath, [...relaxedFlags(), join(here, 'names.mjs')], {
    stdio: 'inherit',
  });
  process.exit(status ?? 1);
}
const list = (value) => (value ?? '').split(',').filter(Boolean);
const settings = {
  quick: options.quick !== undefined,
  only: list(options.only),
  without: list(options.without),
  clock: options.clock ?? 'wall',
};
const inBrowser = options.browser !== undefined;
const run = inBrowser
  ? await (await import('./browser.mjs')).measureInBrowser(settings)
  : measureInNode(settings);
const result = { schema: 1, date: new Date().toISOString(), cpu: cpus()[0].model.trim(), ...run };
const wanted = (id) =>
  settings.only.length === 0 || settings.only.some((part) => id.startsWith(part));
if (!inBrowser && wanted('start')) result.cases.push(...measureStartUp(settings.quick));
if (!inBrowser && wanted('heap')) result.cases.push(...measureHeap());
result.contenders = { ...labels, ...result.contenders };
result.lines = judge(result.cases);
printReport(result);
const file = resolve(options.json ?? join(root, 'build/bench.json'));
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, written(result));
console.log(`\nWritten to ${file}`);
const complaints = complaintsOf(result.cases);
if (complaints.length > 0) fail(`\nNot the same work:\n${complaints.join('\n')}`);
if (options.check && result.lines.some((line) => line.holds === false)) process.exit(1);
