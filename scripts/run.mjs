// Builds the package if needed, then runs a program on it:  node scripts/run.mjs <file> [arguments]
import { existsSync } from 'node:fs';
import { Stop, fromRoot, main, passThrough } from './lib/run.mjs';
import { setUp } from './setup.mjs';

main(async () => {
  const [file, ...args] = process.argv.slice(2);
  if (!file || !existsSync(fromRoot(file))) throw new Stop(`There is no program ${file ?? ''}.`);
  await setUp('build');
  const { buildPackage } = await import('./lib/build.mjs');
  await buildPackage();
  const { relaxedFlags } = await import('./lib/node_flags.mjs');
  process.exitCode = await passThrough(process.execPath, [...relaxedFlags(), file, ...args]);
});
