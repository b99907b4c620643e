import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { startBoth } from './compare';
import { namesTable } from './names';

beforeAll(startBoth);

it('every name of TensorFlow.js is here, or it is said why not', () => {
  expect(namesTable().unexplained).toEqual([]);
});

it('docs/tensorflow.md is what both packages export', async () => {
  await expect(namesTable().markdown).toMatchFileSnapshot(
    fileURLToPath(new URL('../../docs/tensorflow.md', import.meta.url)),
  );
});
