// Layers of several inputs, against TensorFlow.js.
import { beforeAll, describe } from 'vitest';
import { startBoth } from './compare';
import { checkLayer, type LayerCheck } from './layer_parity';

beforeAll(startBoth);

// TensorFlow.js has no gradients of maximum and minimum of what broadcasts; ours are checked in
// tests/js/layers_merging.test.ts.
const broadcasts = (name: string): LayerCheck => (name.endsWith('imum') ? { gradient: false } : {});

for (const name of ['add', 'multiply', 'average', 'maximum', 'minimum']) {
  describe(name, () => {
    checkLayer(name, {}, [[4], [4]], { shapes: [[[null], [null]]] });
    checkLayer(name, {}, [
      [3, 2],
      [3, 2],
      [3, 2],
    ]);
    const inputs = [
      [3, 1],
      [3, 4],
    ];
    checkLayer(name, {}, inputs, broadcasts(name));
    // Dimensions of 1 come in behind the batch.
    checkLayer(name, {}, [[4], [3, 4]], broadcasts(name));
  });
}

type Case = [options: Record<string, unknown>, inputs: number[][], check?: LayerCheck];
const dots: Case[] = [
  [{ axes: 1 }, [[5], [5]]],
  [{ axes: -1 }, [[5], [5]]],
  [{ axes: 1, normalize: true }, [[5], [5]]],
  [
    { axes: 1 },
    [
      [4, 2],
      [4, 3],
    ],
  ],
  [
    { axes: 2 },
    [
      [2, 4],
      [3, 4],
    ],
  ],
  [
    { axes: [2, 1] },
    [
      [2, 4],
      [4, 3],
    ],
    {
      shapes: [
        [
          [null, 4],
          [4, null],
        ],
      ],
    },
  ],
  [
    { axes: [1, 2], normalize: true },
    [
      [4, 2],
      [3, 4],
    ],
  ],
  [{ axes: [1, 1] }, [[4], [4, 3]]],
  [{ axes: [2, 1] }, [[3, 4], [4]]],
];
describe('dot', () => {
  for (const [options, inputs, check] of dots) checkLayer('dot', options, inputs, check);
});
