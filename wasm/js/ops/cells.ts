// Steps of recurrent networks.
import { inScope } from '../lifetime.js';
import type { Tensor } from '../tensor.js';
import { add, mul } from './arithmetic.js';
import { check, checkRank, toTensor } from './compose.js';
import { matMul } from './matmul.js';
import type { TensorInput } from './operation.js';
import { concat, split } from './shape.js';
import { sigmoid, tanh } from './unary.js';

/** A step of a cell: data [batch, size], states c and h [batch, units] to the new [c, h]. */
export type LSTMCellFunc = (data: Tensor, c: Tensor, h: Tensor) => [Tensor, Tensor];

/**
 * A step of an LSTM: data [batch, inputs], c and h [batch, units] with a kernel
 * [inputs + units, 4 · units] and a bias [4 · units], whose parts are the input gate, the new input,
 * the forget gate (to which `forgetBias` is added) and the output gate. Returns the new [c, h].
 */
export function basicLSTMCell(
  forgetBias: TensorInput,
  lstmKernel: TensorInput,
  lstmBias: TensorInput,
  data: TensorInput,
  c: TensorInput,
  h: TensorInput,
): [Tensor, Tensor] {
  const op = 'basicLSTMCell';
  return inScope((): [Tensor, Tensor] => {
    const kernel = toTensor(op, 'lstmKernel', lstmKernel);
    const [$data, $c, $h] = Object.entries({ data, c, h }).map(([name, value]) => {
      const tensor = toTensor(op, name, value);
      checkRank(op, name, tensor, 2);
      return tensor;
    }) as [Tensor, Tensor, Tensor];
    const units = $c.shape[1]!;
    const rows = $data.shape[1]! + $h.shape[1]!;
    check(
      op,
      String(kernel.shape) === String([rows, 4 * units]),
      () => `lstmKernel must have shape [${rows},${4 * units}], got [${kernel.shape}]`,
    );
    const gates = add(matMul(concat([$data, $h], 1), kernel), lstmBias);
    const [input, fresh, forget, output] = split(gates, 4, 1) as [Tensor, Tensor, Tensor, Tensor];
    const newC = add(mul(sigmoid(input), tanh(fresh)), mul($c, sigmoid(add(forgetBias, forget))));
    return [newC, mul(tanh(newC), sigmoid(output))];
  });
}

/**
 * A step of several cells, the h of each being the data of the next. c and h are lists of the
 * cells' states. Returns the lists of the new ones: [c, h].
 */
export function multiRNNCell(
  lstmCells: readonly LSTMCellFunc[],
  data: TensorInput,
  c: readonly TensorInput[],
  h: readonly TensorInput[],
): [Tensor[], Tensor[]] {
  const op = 'multiRNNCell';
  for (const [name, list] of Object.entries({ lstmCells, c, h })) {
    check(op, Array.isArray(list), () => `${name} must be a list, got ${String(list)}`);
  }
  return inScope((): [Tensor[], Tensor[]] => {
    check(
      op,
      c.length === lstmCells.length && h.length === lstmCells.length,
      () =>
        `each of the ${lstmCells.length} cells needs a state, got ${c.length} in c and ` +
        `${h.length} in h`,
    );
    const newC: Tensor[] = [];
    const newH: Tensor[] = [];
    let input = toTensor(op, 'data', data);
    lstmCells.forEach((cell, i) => {
      const states = cell(input, toTensor(op, `c[${i}]`, c[i]!), toTensor(op, `h[${i}]`, h[i]!));
      newC.push(states[0]);
      newH.push(states[1]);
      input = states[1];
    });
    return [newC, newH];
  });
}
