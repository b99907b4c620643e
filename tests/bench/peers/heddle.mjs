// Heddle from dist/, in the build and with the threads asked for. Each has a module of its own, so
// that several can take turns.
import { prepare } from './layers.mjs';
import { CannotDo } from '../contender.mjs';

/** `root`: the URL of the tree. `build`: 'auto' | 'simd' | 'relaxed'. */
export async function create({ root, build = 'auto', threads = 1 }) {
  // A module is known by its address: with another query it is another one.
  const hd = await import(`${new URL('dist/index.js', root).href}?${build}-${threads}`);
  try {
    await hd.ready({ threads, build });
  } catch (error) {
    throw new CannotDo(error.message);
  }
  const info = hd.info();
  if (info.threads !== threads) throw new CannotDo(info.threadsReason);
  const name = `Heddle ${info.build}`;
  return {
    label: threads > 1 ? `${name}, ${threads} threads` : name,
    version: info.version,
    hd,
    prepare: (spec) => prepare(hd, spec),
  };
}
