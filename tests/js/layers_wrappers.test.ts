// What bidirectional and timeDistributed do beyond TensorFlow.js's.
import { beforeAll, describe, expect, it } from 'vitest';
import * as hd from 'heddle';
import { expectValueError, expectValues, random, start, values } from './support';

beforeAll(start);

const { layers } = hd;
const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as hd.ConfigDict;

describe('bidirectional', () => {
  it('may have another layer for the way back', () => {
    const layer = layers.bidirectional({
      layer: layers.lstm({ units: 2, returnSequences: true }),
      backwardLayer: layers.gru({ units: 3, returnSequences: true, goBackwards: true }),
    });
    const x = random([2, 4, 3], 1);
    const both = layer.apply(x) as hd.Tensor;
    expect(both.shape).toEqual([2, 4, 5]);
    const ahead = layer.forwardLayer.apply(x) as hd.Tensor;
    const back = (layer.backwardLayer.apply(x) as hd.Tensor).reverse(1);
    expectValues(both, values(hd.concat([ahead, back], -1)));
    expect(layer.computeOutputShape([null, 4, 3])).toEqual([null, 4, 5]);
    const config = plain(layer.getConfig());
    expect(plain(layers.bidirectional(config).getConfig())).toEqual(config);
  });

  it('leaves the layer that it is given alone', () => {
    const given = layers.lstm({ units: 2, name: 'given' });
    const layer = layers.bidirectional({ layer: given });
    layer.apply(hd.zeros([1, 2, 3]));
    expect(given.built).toBe(false);
    expect(layer.weights).toHaveLength(6);
    expect([layer.forwardLayer.name, layer.backwardLayer.name]).toEqual([
      'forward_given',
      'backward_given',
    ]);
  });

  it('takes the states of both for the next batch', () => {
    const layer = layers.bidirectional({
      layer: layers.gru({ units: 1, stateful: true }),
      batchInputShape: [1, 2, 1],
    });
    layer.apply(hd.ones([1, 2, 1]));
    layer.resetStates([hd.fill([1, 1], 3), hd.fill([1, 1], 4)]);
    const held = [layer.forwardLayer, layer.backwardLayer].map(({ states }) => values(states[0]!));
    expect(held).toEqual([[3], [4]]);
  });

  it('says what is wrong', () => {
    const gru = () => layers.gru({ units: 2 });
    const make = (args: object) => () => layers.bidirectional(args as never);
    expectValueError(make({ layer: gru(), mergeMode: 'max' }), 'mergeMode', 'max', 'concat');
    expectValueError(make({ layer: layers.dense({ units: 2 }) }), 'recurrent', 'Dense');
    expectValueError(make({}), 'layer');
    expectValueError(make({ layer: gru(), backwardLayer: gru() }), 'goBackwards');
    const wider = layers.gru({ units: 3, goBackwards: true });
    const uneven = layers.bidirectional({ layer: gru(), backwardLayer: wider, mergeMode: 'sum' });
    expectValueError(() => uneven.apply(hd.zeros([1, 2, 3])), 'mergeMode', 'sum', '2', '3');
    const layer = layers.bidirectional({ layer: gru(), name: 'it' });
    const one = { initialState: [hd.zeros([1, 2])] };
    expectValueError(() => layer.apply(hd.zeros([1, 2, 3]), one), 'it', 'initialState', '1');
  });
});

describe('timeDistributed', () => {
  /** Takes the mean over the batch away: not a thing of each example by itself. */
  class Centered extends hd.Layer {
    static override readonly className: string = 'Centered';
    override call(inputs: hd.Tensor | hd.Tensor[]): hd.Tensor {
      const x = Array.isArray(inputs) ? inputs[0]! : inputs;
      return x.sub(x.mean(0, true));
    }
  }
  hd.serialization.registerClass(Centered);

  it("calls a class of one's own at each step", () => {
    const layer = layers.timeDistributed({ layer: new Centered({}) });
    const x = random([3, 2, 4], 1);
    expectValues(layer.apply(x) as hd.Tensor, values(x.sub(x.mean(0, true))));
  });

  it('gives a mask of three axes to the layer inside, one of two to the layers after', () => {
    const inner = layers.gru({ units: 2 });
    const layer = layers.timeDistributed({ layer: inner });
    const x = random([2, 2, 3, 1], 2);
    // prettier-ignore
    const mask = hd.tensor3d([[[1, 1, 0], [1, 0, 0]], [[0, 1, 1], [1, 1, 1]]], [2, 2, 3], 'bool');
    const steps = hd.unstack(mask, 1);
    const expected = hd.unstack(x, 1).map((step, t) => inner.apply(step, { mask: steps[t]! }));
    const output = layer.apply(x, { mask }) as hd.Tensor;
    expectValues(output, values(hd.stack(expected as hd.Tensor[], 1)));
  });

  it('takes a time that is not known', () => {
    const layer = layers.timeDistributed({ layer: layers.dense({ units: 2 }) });
    const input = hd.input({ shape: [null, 3] });
    const output = layer.apply(input) as hd.SymbolicTensor;
    expect(output.shape).toEqual([null, null, 2]);
    const model = hd.model({ inputs: input, outputs: output });
    for (const time of [2, 5]) {
      expect((model.predict(hd.zeros([1, time, 3])) as hd.Tensor).shape).toEqual([1, time, 2]);
    }
  });

  it('says what is wrong', () => {
    expectValueError(() => layers.timeDistributed({} as never), 'TimeDistributed', 'layer');
    expectValueError(() => layers.timeDistributed({ layer: 3 } as never), 'layer', 'number');
  });
});
