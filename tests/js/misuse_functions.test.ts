// Every function of the package called on what makes no sense: it answers or says what is wrong, and nothing else.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { aroundMisuse, isExpected } from './misuse';

aroundMisuse();

/** Functions that do not take data, or that change how the whole package works. */
const kLeftOut = [
  ...['ready', 'nextFrame', 'enableDebugMode', 'enableProdMode', 'deprecationWarn', 'setBackend'],
  ...['disableDeprecationWarnings', 'disposeVariables', 'print', 'fetch', 'strokes'],
];

const groups: Record<string, object> = {
  hd,
  'hd.image': hd.image,
  'hd.linalg': hd.linalg,
  'hd.losses': hd.losses,
  'hd.metrics': hd.metrics,
  'hd.train': hd.train,
  'hd.callbacks': hd.callbacks,
  'hd.initializers': hd.initializers,
  'hd.regularizers': hd.regularizers,
  'hd.constraints': hd.constraints,
  'hd.signal': hd.signal,
  'hd.sparse': hd.sparse,
  'hd.math': hd.math,
  'hd.fused': hd.fused,
  'hd.serialization': hd.serialization,
  'hd.applications': hd.applications,
};

type AnyFunction = (...args: unknown[]) => unknown;
const functions = Object.entries(groups).flatMap(([group, members]) =>
  Object.entries(members)
    .filter(
      ([name, f]) => typeof f === 'function' && /^[a-z]/.test(name) && !kLeftOut.includes(name),
    )
    .map(([name, f]) => [`${group}.${name}`, f as AnyFunction] as const),
);

let disposed: hd.Tensor;
beforeAll(() => {
  disposed = hd.tensor([1, 2]);
  disposed.dispose();
});

const matrix = () => hd.ones([2, 3]);
const images = () => hd.ones([1, 4, 4, 2]);

const kArguments: [string, () => unknown[]][] = [
  ['nothing', () => []],
  ['undefined', () => [undefined]],
  ['null', () => [null, null, null]],
  ['NaN', () => [NaN]],
  ['words', () => ['a', 'b', 'c']],
  ['objects', () => [{}, {}, {}]],
  ['a function', () => [() => 1]],
  ['a matrix and objects', () => [matrix(), {}, {}]],
  ['a matrix and NaNs', () => [matrix(), NaN, NaN, NaN]],
  ['a matrix and words', () => [matrix(), 'x', 'y', 'z']],
  ['a matrix and negative numbers', () => [matrix(), -5, -5, -5]],
  ['a matrix and a negative list', () => [matrix(), [-5], [-5]]],
  ['matrices that do not fit', () => [matrix(), hd.ones([4, 5])]],
  ['matrices of different dtypes', () => [matrix(), matrix().toBool()]],
  ['images and words', () => [images(), 'x', 'y', 'z']],
  ['images and NaNs', () => [images(), NaN, NaN, NaN]],
  ['images and negative numbers', () => [images(), -1, -1, 'same']],
  ['images and a filter that does not fit', () => [images(), hd.ones([3, 3, 5, 2]), 1, 'same']],
  ['a shape of NaN', () => [[NaN, 2]]],
  ['a negative shape', () => [[-1, 2]]],
  ['a broken shape', () => [[1.5]]],
  ['a shape beyond all memory', () => [[1e9, 1e9]]],
  ['a disposed tensor', () => [disposed, disposed, disposed]],
];

describe.each(functions)('%s', (_, f) => {
  it('throws nothing but errors that say what is wrong', async () => {
    for (const [what, args] of kArguments) {
      let error: unknown = null;
      try {
        await f(...args());
      } catch (thrown) {
        error = thrown;
      }
      if (error === null) continue;
      const fits = isExpected(error) || error instanceof hd.OutOfMemoryError;
      expect(fits, `on ${what}: ${(error as Error).stack}`).toBe(true);
      expect((error as Error).message.length, `on ${what}`).toBeGreaterThan(10);
    }
  });
});

describe('a disposed tensor', () => {
  const kIndifferent = [
    ...['memory', 'info', 'backend', 'getBackend', 'engine', 'env', 'dispose', 'keep', 'version'],
    ...['findBackend', 'isOfTheModule', 'isSerialized', 'registeredClass', 'disposeAll'],
  ];
  const takers = functions.filter(
    ([name]) =>
      /^hd\.(?:(?:image|linalg|losses|metrics|signal|sparse|math)\.)?\w+$/.test(name) &&
      !kIndifferent.includes(name.split('.').at(-1)!),
  );

  it.each(takers)('%s refuses it', async (name, f) => {
    const work = async () => {
      await f(disposed, disposed, disposed);
    };
    await expect(work(), name).rejects.toThrow(hd.HeddleError);
  });
});

describe('shapes that cannot be', () => {
  const makers = ['zeros', 'ones', 'randomNormal', 'randomUniform', 'truncatedNormal'] as const;
  it.each(makers)('%s names what it got', (name) => {
    const make = hd[name] as unknown as (shape: unknown) => unknown;
    for (const shape of [[NaN], [-1], [1.5], ['x'], 'x', null, {}, [[2]]]) {
      let error: unknown = null;
      try {
        make(shape);
      } catch (thrown) {
        error = thrown;
      }
      expect(isExpected(error), `${name}(${JSON.stringify(shape)}): ${String(error)}`).toBe(true);
      expect((error as Error).message).toMatch(/shape/i);
    }
  });
});
