// One project per kind of test. `js` runs once per WebAssembly build: HEDDLE_BUILD=simd or relaxed.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { relaxedFlags } from './scripts/lib/node_flags.mjs';

const heddle = fileURLToPath(new URL('./dist/index.js', import.meta.url));
const build = process.env.HEDDLE_BUILD ?? 'simd';

function project(name: string, include: string[], exclude: string[] = []) {
  return {
    resolve: { alias: { heddle } },
    test: {
      name,
      include,
      exclude,
      setupFiles: ['tests/seeded.ts'],
      env: { HEDDLE_BUILD: build },
      pool: 'forks' as const,
      execArgv: ['--expose-gc', ...relaxedFlags()],
      testTimeout: 120_000,
      hookTimeout: 120_000,
    },
  };
}

const loading = 'tests/js/loading.test.ts';

export default defineConfig({
  test: {
    projects: [
      project('js', ['tests/js/**/*.test.ts'], [loading]),
      project('loading', [loading]),
      project('parity', ['tests/parity/**/*.test.ts']),
      project('golden', ['tests/golden/**/*.test.ts']),
      project('examples', ['tests/examples/**/*.test.ts']),
      project('browser', ['tests/browser/**/*.test.ts']),
    ],
  },
});
