// Attention, by its formulas in plain JavaScript.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { checkAlone, type Numbers } from './layer_alone';
import { expectValueError, expectValues, random, start, values } from './support';

beforeAll(start);

const { layers } = hd;
type Matrix = number[][];

/** Flat values as matrices [rows, columns], one for each example. */
const matrices = (flat: Numbers, rows: number, columns: number): Matrix[] => {
  const list = Array.from(flat);
  const row = (i: number) => list.slice(i * columns, (i + 1) * columns);
  return Array.from({ length: list.length / rows / columns }, (_, n) =>
    Array.from({ length: rows }, (__, i) => row(n * rows + i)),
  );
};
const times = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((sum, v, k) => sum + v * b[k]![j]!, 0)));
const softmax = (row: number[]) => {
  const powers = row.map((v) => Math.exp(v - Math.max(...row)));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((v) => v / total);
};
type Score = (q: number[], k: number[]) => number;
/** Weights [Tq, Tv] and outputs of one example. */
function attend(
  q: Matrix,
  k: Matrix,
  v: Matrix,
  score: Score,
  sees = (_i: number, _j: number) => true,
) {
  const weights = q.map((query, i) =>
    softmax(k.map((key, j) => (sees(i, j) ? score(query, key) : -Infinity))),
  );
  return { weights, output: times(weights, v) };
}
const product: Score = (q, k) => q.reduce((sum, a, i) => sum + a * k[i]!, 0);

describe('attention', () => {
  const inputs = [
    [3, 4],
    [5, 4],
  ];
  const expected =
    (score: (weights: Numbers[]) => Score) =>
    ([query, value]: Numbers[], weights: Numbers[]) => {
      const vs = matrices(value!, 5, 4);
      return matrices(query!, 3, 4).flatMap((q, n) =>
        attend(q, vs[n]!, vs[n]!, score(weights)).output.flat(),
      );
    };
  checkAlone('attention', {}, inputs, { expected: expected(() => product) });
  checkAlone('attention', { useScale: true }, inputs, {
    expected: expected(
      ([scale]) =>
        (q, k) =>
          scale![0]! * product(q, k),
    ),
  });
  const tanhs = (q: number[], k: number[], scale: (i: number) => number) =>
    q.reduce((sum, a, i) => sum + Math.tanh(scale(i) * (a + k[i]!)), 0);
  checkAlone('attention', { scoreMode: 'concat' }, inputs, {
    expected: expected(
      ([weight]) =>
        (q, k) =>
          weight![0]! * tanhs(q, k, () => 1),
    ),
  });
  checkAlone('attention', { scoreMode: 'concat', useScale: true }, inputs, {
    expected: expected(
      ([scale, weight]) =>
        (q, k) =>
          weight![0]! * tanhs(q, k, () => scale![0]!),
    ),
  });
  checkAlone('additiveAttention', {}, inputs, {
    expected: expected(
      ([scale]) =>
        (q, k) =>
          q.reduce((sum, a, i) => sum + scale![i]! * Math.tanh(a + k[i]!), 0),
    ),
  });
  checkAlone('additiveAttention', { useScale: false }, inputs, {
    expected: expected(() => (q, k) => tanhs(q, k, () => 1)),
  });
  checkAlone(
    'attention',
    {},
    [
      [3, 4],
      [5, 2],
      [5, 4],
    ],
    {
      title: 'a key of its own',
      shape: [3, 2],
      expected: ([query, value, key]) => {
        const [vs, ks] = [matrices(value!, 5, 2), matrices(key!, 5, 4)];
        return matrices(query!, 3, 4).flatMap((q, n) =>
          attend(q, ks[n]!, vs[n]!, product).output.flat(),
        );
      },
    },
  );

  it('gives its weights, looks at nothing later, and drops what masks say', () => {
    const x = random([1, 3, 2], 1);
    const [m] = matrices(values(x), 3, 2);
    const layer = layers.attention();
    const run = (kwargs: object) =>
      layer.apply([x, x], { returnAttentionScores: true, ...kwargs }) as hd.Tensor[];
    const causal = attend(m!, m!, m!, product, (i, j) => j <= i);
    const [output, weights] = run({ useCausalMask: true });
    expectValues(weights!, causal.weights.flat());
    expectValues(output!, causal.output.flat());
    const valueMask = hd.tensor2d([1, 0, 1], [1, 3], 'bool');
    const queryMask = hd.tensor2d([1, 1, 0], [1, 3], 'bool');
    const masked = attend(m!, m!, m!, product, (_, j) => j !== 1);
    const [kept, without] = run({ mask: [queryMask, valueMask] });
    expectValues(without!, masked.weights.flat());
    expectValues(kept!, [...masked.output.slice(0, 2).flat(), 0, 0]);
    expect(layer.computeMask([x, x], [queryMask, valueMask])).toBe(queryMask);
    expect(layer.computeMask([x, x], [null, valueMask])).toBeNull();
  });

  it('takes masks from an embedding in a model', () => {
    const input = hd.input({ shape: [3], dtype: 'int32' });
    const embedding = layers.embedding({ inputDim: 4, outputDim: 2, maskZero: true });
    const x = embedding.apply(input) as hd.SymbolicTensor;
    const output = layers.attention().apply([x, x]) as hd.SymbolicTensor;
    const model = hd.model({ inputs: input, outputs: output });
    const table = matrices(values(embedding.getWeights()[0]!), 4, 2)[0]!;
    const m = [2, 3, 0].map((token) => table[token]!);
    const wanted = attend(m, m, m, product, (_, j) => j !== 2).output;
    const tokens = hd.tensor2d([2, 3, 0], [1, 3], 'int32');
    const predicted = model.predict(tokens) as hd.Tensor;
    expectValues(predicted, [...wanted.slice(0, 2).flat(), 0, 0]);
  });

  it('drops weights while training only', () => {
    const layer = layers.attention({ dropout: 0.5, seed: 1 });
    const x = hd.ones([2, 8, 4]);
    const run = (training: boolean) => values(layer.apply([x, x], { training }) as hd.Tensor);
    expectValues(layer.apply([x, x]) as hd.Tensor, new Array(64).fill(1));
    expect(run(true)).not.toEqual(run(true));
  });

  it('takes two or three inputs', () => {
    const x = hd.ones([1, 2, 3]);
    expectValueError(
      () => layers.attention({ name: 'a' }).apply(x),
      "'a'",
      'two or three',
      'got 1',
    );
    expectValueError(() => layers.attention({ scoreMode: 'sum' as 'dot' }), "'scoreMode'", "'dot'");
  });
});

/** Multi-head attention of one example, from weights in Keras's order. */
function multiHead(
  [query, value, key]: Matrix[],
  weights: Numbers[],
  [heads, size, valueSize]: [number, number, number],
  useBias: boolean,
  sees?: (i: number, j: number) => boolean,
) {
  const step = useBias ? 2 : 1;
  const project = (x: Matrix, index: number, dim: number) => {
    const kernel = matrices(weights[index * step]!, x[0]!.length, heads * dim)[0]!;
    const bias = useBias ? weights[index * step + 1]! : new Array<number>(heads * dim).fill(0);
    return times(x, kernel).map((row) => row.map((v, i) => v + bias[i]!));
  };
  const [q, k, v] = [
    project(query!, 0, size),
    project(key!, 1, size),
    project(value!, 2, valueSize),
  ];
  const part = (m: Matrix, head: number, dim: number) =>
    m.map((row) => row.slice(head * dim, (head + 1) * dim));
  const scaled: Score = (a, b) => product(a, b) / Math.sqrt(size);
  const each = Array.from({ length: heads }, (_, h) =>
    attend(part(q, h, size), part(k, h, size), part(v, h, valueSize), scaled, sees),
  );
  const joined = query!.map((_, i) => each.flatMap(({ output }) => output[i]!));
  const last = weights[3 * step]!;
  const out = matrices(last, heads * valueSize, last.length / heads / valueSize)[0]!;
  const bias = useBias ? weights[7]! : new Array<number>(out[0]!.length).fill(0);
  return {
    output: times(joined, out).map((row) => row.map((x, i) => x + bias[i]!)),
    weights: each.map(({ weights: w }) => w),
  };
}

describe('multiHeadAttention', () => {
  const inputs = [
    [3, 4],
    [5, 6],
  ];
  checkAlone('multiHeadAttention', { numHeads: 2, keyDim: 3 }, inputs, {
    shape: [3, 4],
    expected: ([query, value], weights) => {
      const vs = matrices(value!, 5, 6);
      return matrices(query!, 3, 4).flatMap((q, n) =>
        multiHead([q, vs[n]!, vs[n]!], weights, [2, 3, 3], true).output.flat(),
      );
    },
  });
  checkAlone(
    'multiHeadAttention',
    { numHeads: 3, keyDim: 2, valueDim: 4, useBias: false, outputShape: 5 },
    [
      [3, 4],
      [5, 6],
      [5, 2],
    ],
    {
      shape: [3, 5],
      expected: ([query, value, key], weights) => {
        const [vs, ks] = [matrices(value!, 5, 6), matrices(key!, 5, 2)];
        return matrices(query!, 3, 4).flatMap((q, n) =>
          multiHead([q, vs[n]!, ks[n]!], weights, [3, 2, 4], false).output.flat(),
        );
      },
    },
  );
  const rows = [
    [2, 3, 4],
    [2, 5, 4],
  ];
  checkAlone('multiHeadAttention', { numHeads: 2, keyDim: 3, attentionAxes: [2] }, rows, {
    title: 'over one of two axes: each row by itself',
    shape: [2, 3, 4],
    expected: ([query, value], weights) => {
      const vs = matrices(value!, 5, 4);
      return matrices(query!, 3, 4).flatMap((q, n) =>
        multiHead([q, vs[n]!, vs[n]!], weights, [2, 3, 3], true).output.flat(),
      );
    },
  });
  checkAlone('multiHeadAttention', { numHeads: 2, keyDim: 3 }, rows, {
    title: 'over both axes: all places of an example together',
    expected: ([query, value], weights) => {
      const vs = matrices(value!, 10, 4);
      return matrices(query!, 6, 4).flatMap((q, n) =>
        multiHead([q, vs[n]!, vs[n]!], weights, [2, 3, 3], true).output.flat(),
      );
    },
  });
  checkAlone('multiHeadAttention', { numHeads: 2, keyDim: 3, outputShape: [2, 2] }, inputs, {
    shape: [3, 2, 2],
  });

  const layer = () => {
    const made = layers.multiHeadAttention({ numHeads: 2, keyDim: 3, name: 'mha' });
    return made;
  };

  it("has Keras 3's weights in its order", () => {
    const made = layer();
    made.apply([hd.ones([1, 2, 4]), hd.ones([1, 3, 6])]);
    expect(made.weights.map(({ name, shape }) => [name, shape])).toEqual([
      ['mha/query/kernel', [4, 2, 3]],
      ['mha/query/bias', [2, 3]],
      ['mha/key/kernel', [6, 2, 3]],
      ['mha/key/bias', [2, 3]],
      ['mha/value/kernel', [6, 2, 3]],
      ['mha/value/bias', [2, 3]],
      ['mha/attention_output/kernel', [2, 3, 4]],
      ['mha/attention_output/bias', [4]],
    ]);
    // Fans are those of the matrices [4, 6]: uniform within √(6 / 10).
    const kernel = values(made.getWeights()[0]!);
    expect(Math.max(...kernel.map(Math.abs))).toBeLessThan(Math.sqrt(0.6));
  });

  it('masks: causal, given, of the inputs; and gives its weights', () => {
    const made = layer();
    const x = random([1, 3, 4], 1);
    const [m] = matrices(values(x), 3, 4);
    const run = (kwargs: object, inputs = [x, x]) =>
      made.apply(inputs, { returnAttentionScores: true, ...kwargs }) as hd.Tensor[];
    const plain = run({});
    expect(plain.map(({ shape }) => shape)).toEqual([
      [1, 3, 4],
      [1, 2, 3, 3],
    ]);
    const weights = made.getWeights().map(values);
    const check = (got: hd.Tensor[], sees: (i: number, j: number) => boolean) => {
      const wanted = multiHead([m!, m!, m!], weights, [2, 3, 3], true, sees);
      expectValues(got[0]!, wanted.output.flat());
      expectValues(got[1]!, wanted.weights.flat(2));
    };
    check(plain, () => true);
    check(run({ useCausalMask: true }), (i, j) => j <= i);
    const attentionMask = hd.tensor3d([1, 1, 0, 0, 1, 1, 1, 1, 1], [1, 3, 3], 'bool');
    check(run({ attentionMask }), (i, j) => !(i === 0 && j === 2) && !(i === 1 && j === 0));
    check(run({ attentionMask, useCausalMask: true }), (i, j) => j <= i && !(i === 1 && j === 0));
    const mask = hd.tensor2d([1, 1, 0], [1, 3], 'bool');
    check(run({ mask: [null, mask] }), (_, j) => j !== 2);
    expect(made.computeMask([x, x], [mask, null])).toBe(mask);
  });

  it("takes TensorFlow.js's form of the call", () => {
    const made = layer();
    const [q, v, k] = [random([1, 2, 4], 1), random([1, 3, 6], 2), random([1, 3, 5], 3)];
    const expected = values(made.apply([q, v, k]) as hd.Tensor);
    expectValues(made.apply(q, { value: v, key: k }) as hd.Tensor, expected);
    const symbols = [q, v, k].map(({ shape }) => hd.input({ shape: shape.slice(1) }));
    const output = made.apply(symbols[0]!, { value: symbols[1], key: symbols[2] });
    const model = hd.model({ inputs: symbols, outputs: output as hd.SymbolicTensor });
    expectValues(model.predict([q, v, k]) as hd.Tensor, expected);
  });

  it('gives its weights from a model, also from one inside another', () => {
    const made = layer();
    const input = hd.input({ shape: [3, 4] });
    const kwargs = { returnAttentionScores: true, useCausalMask: true };
    const outputs = made.apply([input, input], kwargs) as hd.SymbolicTensor[];
    expect(outputs.map(({ shape, dtype }) => [shape, dtype])).toEqual([
      [[null, 3, 4], 'float32'],
      [[null, 2, 3, 3], 'float32'],
    ]);
    const inner = hd.model({ inputs: input, outputs });
    const outer = hd.input({ shape: [3, 4] });
    const both = inner.apply(outer) as hd.SymbolicTensor[];
    const model = hd.model({ inputs: outer, outputs: both });
    const x = random([2, 3, 4], 5);
    const wanted = made.apply([x, x], kwargs) as hd.Tensor[];
    (model.predict(x) as hd.Tensor[]).forEach((y, i) => expectValues(y, values(wanted[i]!)));
  });

  it('names what does not fit', () => {
    const x = hd.ones([1, 2, 4]);
    const apply = (...inputs: hd.Tensor[]) => layer().apply(inputs);
    expectValueError(() => apply(x), "'mha'", 'two or three', 'got 1');
    expectValueError(() => apply(x, x, hd.ones([1, 3, 4])), "'mha'", '[1,2,4]', '[1,3,4]');
    expectValueError(() => apply(hd.ones([1, 4]), hd.ones([1, 4])), 'at least 3');
    expectValueError(() => layers.multiHeadAttention({ numHeads: 0, keyDim: 2 }), "'numHeads'");
  });
});

describe('positionEmbedding', () => {
  checkAlone('positionEmbedding', { sequenceLength: 5 }, [3, 2], {
    gradient: false, // the output does not depend on the input
    expected: (_inputs, [table]) => [0, 1, 2].flatMap(() => Array.from(table!).slice(0, 6)),
  });

  it('learns the positions that were used', () => {
    const layer = layers.positionEmbedding({ sequenceLength: 3 });
    const x = hd.zeros([4, 2, 1]);
    layer.apply(x);
    const loss = () => (layer.apply(x) as hd.Tensor).sum() as hd.Scalar;
    const { grads } = hd.variableGrads(loss, layer.trainableWeights);
    expectValues(Object.values(grads)[0]!, [4, 4, 0]);
  });

  it('begins where it is told, and knows its end', () => {
    const layer = layers.positionEmbedding({ sequenceLength: 4, name: 'p' });
    const x = hd.zeros([1, 2, 3]);
    layer.apply(x);
    const table = values(layer.getWeights()[0]!);
    expectValues(layer.apply(x, { startIndex: 2 }) as hd.Tensor, table.slice(6));
    expectValueError(() => layer.apply(x, { startIndex: 3 }), "'p'", 'sequenceLength 4', 'at 3');
    expectValueError(() => layer.apply(hd.zeros([1, 5, 3])), '[1,5,3]');
  });
});

describe('attention over long sequences', () => {
  // Asked for its weights, a layer makes the whole matrix of scores; else, of long sequences, not.
  const [queries, keys] = [530, 510];
  const seen = () => random([2, keys], 3).greater(-0.5);
  const cases: [string, () => hd.layers.Layer, () => Record<string, unknown>][] = [
    ['attention', () => layers.attention(), () => ({})],
    ['scaled, causal', () => layers.attention({ useScale: true }), () => ({ useCausalMask: true })],
    ['with a mask', () => layers.attention(), () => ({ mask: [null, seen()] })],
    ['heads', () => layers.multiHeadAttention({ numHeads: 2, keyDim: 3 }), () => ({})],
    [
      'heads, causal, with masks',
      () => layers.multiHeadAttention({ numHeads: 2, keyDim: 3, valueDim: 2 }),
      () => ({
        useCausalMask: true,
        mask: [null, seen()],
        attentionMask: random([queries, keys], 4).greater(-1),
      }),
    ],
  ];
  it.each(cases)('%s: as with the whole matrix', (_, make, kwargsOf) => {
    const layer = make();
    const inputs = [random([2, queries, 4], 1), random([2, keys, 4], 2)];
    const kwargs = kwargsOf();
    const run = (whole: boolean) => (q: hd.Tensor, v: hd.Tensor) => {
      const output = layer.apply([q, v], { ...kwargs, returnAttentionScores: whole });
      return Array.isArray(output) ? (output as hd.Tensor[])[0]! : (output as hd.Tensor);
    };
    const apart = (a: hd.Tensor, b: hd.Tensor) =>
      a.sub(b).abs().max().dataSync()[0]! / Math.max(1, b.abs().max().dataSync()[0]!);
    const results = (whole: boolean) => [
      run(whole)(inputs[0]!, inputs[1]!),
      ...hd.grads((q, v) => run(whole)(q!, v!).square().sum())(inputs),
    ];
    const wanted = results(true);
    for (const [i, result] of results(false).entries()) {
      expect(result.shape).toEqual(wanted[i]!.shape);
      expect(apart(result, wanted[i]!)).toBeLessThan(1e-5);
    }
  });
});
