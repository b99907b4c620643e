// npm run bench: Heddle against its peers, on one thread, ratios of medians.
//   node tests/bench/run.mjs [--only=product|mlp|cnn] [--build=simd|relaxed] [--json=file] [--check]
//   node tests/bench/run.mjs --names   single ops and layers against TensorFlow.js, for docs/tensorflow.md
// With --check the exit code is 1 when a line is not held by the best build. Results go to build/bench.json too.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

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

/** The flags with which this Node runs relaxed SIMD, or null where it cannot. */
function relaxedFlags() {
  const major = Number(process.versions.node.split('.')[0]);
  return major >= 22 ? [] : ['--experimental-wasm-relaxed-simd'];
}

function measure(build, only) {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-bench-'));
  const output = join(folder, 'result.json');
  const flags = build === 'relaxed' ? relaxedFlags() : [];
  const { status } = spawnSync(
    process.execPath,
    [...flags, join(here, 'measure.mjs'), output, build, only],
    // The peers greet on stdout; only our own progress, on stderr, is of use.
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  if (status !== 0) fail(`The measuring run of the ${build} build failed: see above.`);
  const result = JSON.parse(readFileSync(output, 'utf8'));
  rmSync(folder, { recursive: true });
  return result;
}

const number = (value) =>
  value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(1);

function spread({ median, low, high }) {
  return `${number(median)} (${number(low)} to ${number(high)})`;
}

/** Prints one build's table. The lines are for the best build, which comes first; returns whether they all hold. */
function report({ heddle, cases }, index) {
  console.log(`\n${heddle}: medians (and middle half of the rounds)`);
  let allHold = true;
  for (const { name, measure: unit, line, results } of cases) {
    console.log(`\n  ${name}, ${unit}`);
    const own = results.heddle.median;
    for (const [key, result] of Object.entries(results)) {
      const ratio = key === 'heddle' ? '' : `Heddle is ${(own / result.median).toFixed(2)} x`;
      console.log(`    ${result.label.padEnd(20)} ${spread(result).padEnd(30)} ${ratio}`);
    }
    if (index > 0) continue;
    const ratio = own / results[line.against].median;
    const holds = ratio >= line.atLeast;
    allHold &&= holds;
    const against = results[line.against].label;
    console.log(
      `    line: >= ${line.atLeast} x ${against}: ${ratio.toFixed(2)} ${holds ? 'holds' : 'NOT HELD'}`,
    );
  }
  return allHold;
}

if (!existsSync(join(root, 'dist/index.js'))) fail('dist/ is missing: run `npm run build` first.');
installPeers();
if (options.names) {
  const { status } = spawnSync(process.execPath, [...relaxedFlags(), join(here, 'names.mjs')], {
    stdio: 'inherit',
  });
  process.exit(status ?? 1);
}
const only = (options.only ?? '').toLowerCase();
const builds = options.build ? [options.build] : ['relaxed', 'simd'];
console.log(`Node ${process.versions.node}, ${cpus()[0].model.trim()}, one thread`);
const runs = [];
for (const build of builds) {
  process.stderr.write(`Measuring, Heddle's ${build} build:\n`);
  runs.push({ build, ...measure(build, only) });
}
const [held] = runs.map(report);
const file = resolve(options.json ?? join(root, 'build/bench.json'));
mkdirSync(dirname(file), { recursive: true });
const { model } = cpus()[0];
writeFileSync(file, JSON.stringify({ node: process.version, cpu: model, runs }, null, 2));
console.log(`\nWritten to ${file}`);
if (options.check && !held) process.exit(1);
