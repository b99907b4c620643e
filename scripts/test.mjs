// npm test [section ...]: sets up and builds what is missing, runs every kind of test one after another,
// and closes with one line that adds them all up. A check (format, lint, ...) counts as one test.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { Stop, fromRoot, main, passThrough } from './lib/run.mjs';
import { setUp } from './setup.mjs';

const kResults = fromRoot('build', 'test-results');

function readJson(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

const firstLine = (text) => text.split('\n', 1)[0];

/** A program that ended badly without naming a failed test (a crash, say) counts as one failure. */
function tally(passed, failures, code) {
  if (code !== 0 && failures.length === 0) failures.push(`ended with code ${code}`);
  return { passed, failed: failures.length, failures };
}

async function runGoogleTest(preset) {
  const { cmakeBuild } = await import('./lib/build.mjs');
  await cmakeBuild(preset, `the native tests (${preset})`);
  const report = `${kResults}/${preset}.json`;
  const args = ['--gtest_brief=1', `--gtest_output=json:${report}`];
  const code = await passThrough(fromRoot('build', preset, 'tests/cpp/heddle_tests'), args);
  const { tests = 0, testsuites = [] } = readJson(report) ?? {};
  const failed = testsuites
    .flatMap(({ testsuite }) => testsuite)
    .filter(({ failures }) => failures)
    .map(({ classname, name }) => `${classname}.${name}`);
  return tally(tests - failed.length, failed, tests === 0 ? 1 : code);
}

async function runVitest(project, build) {
  const { bin } = await import('./lib/build.mjs');
  const report = `${kResults}/${project}-${build}.json`;
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const env = { ...process.env, HEDDLE_BUILD: build };
  const args = ['run', '--project', project, ...reporters];
  const code = await passThrough(bin('vitest'), args, { env });
  const { numPassedTests = 0, testResults = [] } = readJson(report) ?? {};
  const failed = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'failed')
    .map(({ fullName, failureMessages: [message = ''] }) => `${fullName}: ${firstLine(message)}`);
  return tally(numPassedTests, failed, code);
}

const check = (name) => async () => {
  const checks = await import('./lib/checks.mjs');
  return (await checks[name]()) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
};

// `dist`: runs on the built package.
const kSections = [
  { name: 'structure', title: 'Structure of the tree', run: check('checkStructure') },
  { name: 'format', title: 'Formatting', run: check('checkFormat') },
  { name: 'lint', title: 'ESLint', run: check('checkLint') },
  {
    name: 'cpp',
    title: 'Core, natively, under AddressSanitizer and UBSan (GoogleTest)',
    run: () => runGoogleTest('native-asan'),
  },
  {
    name: 'types',
    title: 'TypeScript and Svelte types',
    dist: true, // the site is checked against the types of the package as built
    run: check('checkTypes'),
  },
  { name: 'js', title: 'Package in Node, simd', dist: true, run: () => runVitest('js', 'simd') },
  {
    name: 'js',
    title: 'Package in Node, relaxed',
    dist: true,
    run: () => runVitest('js', 'relaxed'),
  },
  { name: 'loading', title: 'Loaders', dist: true, run: () => runVitest('loading', 'simd') },
  { name: 'parity', title: 'TensorFlow.js', dist: true, run: () => runVitest('parity', 'simd') },
  { name: 'golden', title: 'PyTorch', dist: true, run: () => runVitest('golden', 'simd') },
  { name: 'examples', title: 'Examples', dist: true, run: () => runVitest('examples', 'simd') },
  { name: 'browser', title: 'In Chromium', dist: true, run: () => runVitest('browser', 'simd') },
  { name: 'speed', title: 'Speed against what is recorded', dist: true, run: check('checkSpeed') },
  { name: 'size', title: 'Size of the package', dist: true, run: check('checkSize') },
  { name: 'tidy', title: 'clang-tidy', run: check('checkTidy') },
];

async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    console.log(error instanceof Stop ? error.message : error);
    return { passed: 0, failed: 1 };
  }
}

async function runSections(sections) {
  const { buildPackage, cmakeConfigure } = await import('./lib/build.mjs');
  rmSync(kResults, { recursive: true, force: true });
  mkdirSync(kResults, { recursive: true });
  if (sections.some((section) => section.name === 'tidy')) {
    // clang-tidy reads their compile commands
    await attempt(() => cmakeConfigure('native', 'the native build'));
    await attempt(() => cmakeConfigure('wasm-tidy', 'the WebAssembly modules'));
  }
  let built;
  const results = [];
  for (const { title, dist, run } of sections) {
    if (dist && built === undefined) {
      console.log('\n=== Building the package');
      built = await attempt(async () => {
        await buildPackage();
        return { passed: 1, failed: 0 };
      });
    }
    console.log(`\n=== ${title}`);
    const started = Date.now();
    const skip = dist && built.failed > 0;
    if (skip) console.log('The package could not be built.');
    const result = skip ? { passed: 0, failed: 1 } : await attempt(run);
    results.push({ title, ...result, seconds: (Date.now() - started) / 1000 });
  }
  return results;
}

function summarise(results) {
  console.log('\n=== Summary');
  const column = (value, width) => String(value).padStart(width);
  for (const { title, passed, failed, failures = [], seconds } of results) {
    const counts = `${column(passed, 6)} passed ${column(failed, 4)} failed`;
    console.log(`${counts} ${column(seconds.toFixed(1), 7)} s  ${title}`);
    for (const failure of failures) console.log(`         ${failure}`);
  }
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  const [passed, failed] = [sum('passed'), sum('failed')];
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed;
}

main(async () => {
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((name) => !kSections.some((section) => section.name === name));
  if (unknown.length > 0) {
    const names = [...new Set(kSections.map((section) => section.name))].join(', ');
    throw new Stop(`There is no section ${unknown.join(', ')}. The sections are: ${names}.`);
  }
  await setUp('test');
  const sections = kSections.filter(
    (section) => wanted.length === 0 || wanted.includes(section.name),
  );
  if (summarise(await runSections(sections)) > 0) process.exitCode = 1;
});
