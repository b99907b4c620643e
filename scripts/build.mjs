// npm run build: sets up what is missing and makes dist/.
import { main } from './lib/run.mjs';
import { setUp } from './setup.mjs';

main(async () => {
  await setUp('build');
  const { buildPackage } = await import('./lib/build.mjs');
  await buildPackage();
  console.log('dist/ is up to date.');
});
