// Layers that move cells about, against TensorFlow.js.
import { beforeAll } from 'vitest';
import { startBoth } from './compare';
import { checkLayer, type LayerCheck } from './layer_parity';

beforeAll(startBoth);

type Case = [options: Record<string, unknown>, input: number[], check?: LayerCheck];

const cases: Record<string, Case[]> = {
  cropping2D: [
    // TensorFlow.js counts with null as with 0, so no unknown shapes here.
    [{ cropping: 1 }, [4, 5, 2]],
    [{ cropping: [1, 2] }, [4, 6, 2]],
    [
      {
        cropping: [
          [1, 0],
          [0, 2],
        ],
      },
      [4, 5, 3],
    ],
    [
      {
        cropping: [
          [0, 1],
          [2, 1],
        ],
        dataFormat: 'channelsFirst',
      },
      [2, 4, 5],
    ],
  ],
  zeroPadding2d: [
    [{}, [3, 4, 2], { shapes: [[null, 4, 2]] }],
    [{ padding: 2 }, [2, 3, 2]],
    [{ padding: [1, 2] }, [2, 3, 2]],
    [
      {
        padding: [
          [0, 1],
          [2, 3],
        ],
        dataFormat: 'channelsFirst',
      },
      [2, 3, 2],
      { shapes: [[2, null, null]] },
    ],
  ],
  // The gradients of TensorFlow.js's resizing are right for one square image alone; the others are checked in
  // tests/js/layers_reshaping.test.ts.
  upSampling2d: [
    [{}, [3, 3, 2], { shapes: [[null, 2, 2]], batch: 1 }],
    [{ size: [2, 3] }, [3, 2, 2], { gradient: false }],
    [{ size: [3, 1], dataFormat: 'channelsFirst' }, [2, 3, 3], { gradient: false }],
    [{ size: [2, 2], interpolation: 'bilinear' }, [3, 3, 2], { batch: 1 }],
    [
      { size: [2, 3], interpolation: 'bilinear', dataFormat: 'channelsFirst' },
      [2, 3, 3],
      { batch: 1 },
    ],
    [{ size: [3, 2], interpolation: 'bilinear' }, [2, 3, 2], { gradient: false }],
  ],
  permute: [
    [{ dims: [2, 1] }, [3, 4], { shapes: [[null, 4]] }],
    [{ dims: [3, 1, 2] }, [2, 3, 4]],
    [{ dims: [1, 2] }, [2, 3]],
  ],
  repeatVector: [
    [{ n: 3 }, [4], { shapes: [[null]] }],
    [{ n: 1 }, [2]],
  ],
  reshape: [[{ targetShape: [2, 6] }, [3, 4]]],
  flatten: [[{}, [2, 3, 2]]],
};

for (const [name, list] of Object.entries(cases)) {
  for (const [options, input, check] of list) checkLayer(name, options, input, check);
}
