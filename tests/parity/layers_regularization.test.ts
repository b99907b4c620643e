// Noise and dropout, against TensorFlow.js. Random numbers differ between the libraries: what they do while training is
// in tests/js/layers_regularization.test.ts.
import { beforeAll, describe, it } from 'vitest';
import type { tf } from './compare';
import { expectSame, startBoth } from './compare';
import { checkLayer } from './layer_parity';

beforeAll(startBoth);

describe('outside of training', () => {
  checkLayer('gaussianNoise', { stddev: 0.5 }, [4, 3], { train: false, shapes: [[null, 3]] });
  checkLayer('gaussianDropout', { rate: 0.5 }, [4], { train: false, shapes: [[null]] });
  checkLayer('alphaDropout', { rate: 0.5 }, [4], { train: false, shapes: [[null]] });
  checkLayer('spatialDropout1d', { rate: 0.5 }, [4, 3], { train: false, shapes: [[null, 3]] });
  checkLayer('spatialDropout1d', { rate: 0.5, seed: 3 }, [4, 3], { train: false });
});

describe('where nothing is dropped', () => {
  const kwargs = () => ({ training: true });
  checkLayer('gaussianNoise', { stddev: 0 }, [4], { kwargs });
  checkLayer('gaussianDropout', { rate: 0 }, [4], { kwargs });
  checkLayer('alphaDropout', { rate: 0 }, [4], { kwargs });
  checkLayer('spatialDropout1d', { rate: 0 }, [2, 3], { kwargs });

  it('rate 1', () => {
    expectSame('rate 1', (library) => {
      const x = library.tensor2d([1, 2, 3, 4], [2, 2]);
      return [
        library.layers.gaussianDropout({ rate: 1 }),
        library.layers.alphaDropout({ rate: 1 }),
      ].map((layer) => layer.apply(x, { training: true }) as tf.Tensor);
    });
  });
});
