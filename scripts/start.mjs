// npm start: sets up and builds what is missing, then serves the site on this machine alone.
// With --build it writes the site as static files to build/site instead.
import { fromRoot, main } from './lib/run.mjs';
import { setUp } from './setup.mjs';

main(async () => {
  await setUp('build');
  const { buildPackage } = await import('./lib/build.mjs');
  await buildPackage();
  const vite = await import('vite');
  const root = fromRoot('web');
  if (process.argv.includes('--build')) {
    await vite.build({ root });
    return;
  }
  const server = await vite.createServer({
    root,
    server: { host: '127.0.0.1', open: false, port: Number(process.env.PORT) || undefined },
  });
  await server.listen();
  // Ended by a signal, npm leaves its shell's child behind: without its parent the server stops too.
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || process.exit(0), 1000).unref();
  console.log('\nHeddle is served at');
  server.printUrls();
  console.log('  Press Ctrl+C to stop.');
});
