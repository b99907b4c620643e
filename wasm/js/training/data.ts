import type { CoreTensor } from '../core.js';
import { core } from '../engine.js';
import { ValueError } from '../errors.js';
import { Tensor } from '../tensor.js';

/** One tensor, one for each input (or output) in order, or by its name. */
export type ModelData = Tensor | readonly Tensor[] | Record<string, Tensor>;

/** @internal The model's side of the data: what it is called, and what it is for. */
export interface DataSlots {
  names: readonly string[];
  kind: 'input' | 'target';
  model: string;
}

function inOrder(data: ModelData, { names, kind, model }: DataSlots): readonly Tensor[] {
  const several = `${kind === 'input' ? 'input' : 'output'}(s): ${names.join(', ')}`;
  if (data instanceof Tensor) {
    if (names.length === 1) return [data];
    throw new ValueError(
      `The model '${model}' expects ${names.length} ${kind} Tensors, but only received one Tensor. ` +
        `Found: Tensor with shape ${data.shape}. It has the ${several}`,
    );
  }
  if (Array.isArray(data)) {
    const list = data as readonly unknown[];
    if (list.length !== names.length || !list.every((item) => item instanceof Tensor)) {
      throw new ValueError(
        `The model '${model}' expects ${names.length} ${kind} Tensor(s), but got a list of ` +
          `${list.length}. It has the ${several}`,
      );
    }
    return list as readonly Tensor[];
  }
  const prototype = Object.getPrototypeOf(Object(data)) as object | null;
  const isPlain = prototype === null || prototype === Object.prototype;
  if (data === null || typeof data !== 'object' || !isPlain) {
    throw new ValueError(
      `The model '${model}' expects its ${kind} data as a Tensor, a list of Tensors or an object of ` +
        'Tensors by name',
    );
  }
  const byName = data as Record<string, Tensor>;
  for (const name of Object.keys(byName)) {
    if (!names.includes(name)) {
      throw new ValueError(`No ${kind} of model '${model}' is called '${name}'; it has ${names}`);
    }
  }
  return names.map((name) => {
    const tensor = byName[name];
    if (!(tensor instanceof Tensor)) {
      throw new ValueError(`No data provided for "${name}". Need data for each of: ${names}`);
    }
    return tensor;
  });
}

/**
 * @internal The tensors for a model in the order of its inputs or outputs; a tensor of rank 1 gets a
 * second dimension of 1. What is made for that is added to `temporary`.
 */
export function standardize(
  data: ModelData,
  slots: DataSlots,
  temporary: CoreTensor[],
): CoreTensor[] {
  return inOrder(data, slots).map((tensor, i) => {
    const handle = tensor.borrow(temporary);
    const { rank } = tensor;
    if (rank === 0) {
      throw new ValueError(
        `The data for ${slots.kind} '${slots.names[i]}' of model '${slots.model}' must have samples ` +
          'along its first dimension, got a scalar',
      );
    }
    if (rank > 1) return handle;
    const column = core().expandDims(handle, 1);
    temporary.push(column);
    return column;
  });
}

/** @internal Throws ValueError where there is nothing to train on or to evaluate. */
export function checkNotEmpty(where: string, inputs: readonly CoreTensor[]): void {
  if (inputs[0]?.shape()[0] === 0) {
    throw new ValueError(`${where}: the data have no samples`);
  }
}

/** @internal The samples [from, to) of each tensor, each to be deleted by way of `temporary`. */
export function rows(
  tensors: readonly CoreTensor[],
  from: number,
  to: number,
  temporary: CoreTensor[],
): CoreTensor[] {
  return tensors.map((tensor) => {
    const part = core().slice(tensor, [from], [to - from]);
    temporary.push(part);
    return part;
  });
}

/** @internal Throws ValueError unless it is a positive whole number. */
export function checkBatchSize(batchSize: number): void {
  if (!(Number.isInteger(batchSize) && batchSize > 0)) {
    throw new ValueError(`batchSize is required to be a positive integer, but got ${batchSize}`);
  }
}

/** @internal Throws ValueError for keys that are not among those known. */
export function checkKeys(where: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new ValueError(`${where} takes an object of options, got ${String(options)}`);
  }
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) {
      throw new ValueError(`${where} has no option '${key}'; it knows ${known.join(', ')}`);
    }
  }
}
