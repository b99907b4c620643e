// npm run format: clang-format and Prettier over the whole tree.
import { bin } from './lib/build.mjs';
import { cppFiles } from './lib/checks.mjs';
import { main, passThrough } from './lib/run.mjs';
import { setUp } from './setup.mjs';

main(async () => {
  await setUp('test');
  const cpp = await passThrough('clang-format-19', ['-i', ...cppFiles()]);
  const rest = await passThrough(bin('prettier'), ['--write', '--log-level=warn', '.']);
  process.exitCode = cpp || rest;
});
