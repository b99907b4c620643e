// The table of a model's layers, in Keras's form.
import type { Layer } from './layers/layer.js';
import type { SymbolicTensor } from './layers/symbolic.js';
import type { LayersModel } from './model.js';

/** Which Calls of each layer the model is made of. */
function callsOf(model: LayersModel): Map<Layer, Set<number>> {
  const found = new Map<Layer, Set<number>>();
  const isNew = ({ sourceLayer, nodeIndex }: SymbolicTensor): boolean => {
    const calls = found.get(sourceLayer) ?? new Set();
    if (calls.has(nodeIndex)) return false;
    found.set(sourceLayer, calls.add(nodeIndex));
    return true;
  };
  model.inputs.forEach(isNew); // what is before them is not the model's
  const open = model.outputs;
  for (let tensor = open.pop(); tensor !== undefined; tensor = open.pop()) {
    if (isNew(tensor)) open.push(...tensor.sourceLayer.callAt(tensor.nodeIndex)!.inputs);
  }
  return found;
}

/** Pieces of at most `width` characters. */
const wrap = (text: string, width: number): string[] =>
  Array.from({ length: Math.ceil(text.length / width) }, (_, i) =>
    text.slice(i * width, (i + 1) * width),
  );

const countOf = (weights: readonly { shape: readonly (number | null)[] }[]): number =>
  weights.reduce((sum, { shape }) => sum + shape.reduce<number>((size, dim) => size * dim!, 1), 0);

/**
 * The lines of the table: each layer once, its output shape, its parameters and, if `connected`, what it
 * is connected to; at the end the totals. A length of 0 is the default.
 */
export function summaryLines(model: LayersModel, length: number, connected: boolean): string[] {
  const width = length || (connected ? 98 : 65);
  const ends = (connected ? [0.33, 0.55, 0.67, 1] : [0.45, 0.85, 1]).map((part) =>
    Math.trunc(part * width),
  );
  /** Cells of several lines make a row that much taller; one space is kept between columns. */
  const row = (...cells: string[][]): string[] => {
    const wrapped = ends.map((end, x) => {
      const room = Math.max(1, end - (ends[x - 1] ?? 0) - 1);
      return cells[x]!.flatMap((cell) => wrap(cell, room));
    });
    const height = Math.max(1, ...wrapped.map((cell) => cell.length));
    return Array.from({ length: height }, (_, y) =>
      wrapped
        .reduce((line, cell, x) => (line + (cell[y] ?? '')).padEnd(ends[x]!).slice(0, ends[x]), '')
        .trimEnd(),
    );
  };
  const calls = callsOf(model);
  const rowOf = (layer: Layer): string[] => {
    const own = [...(calls.get(layer) ?? [])].sort((a, b) => a - b).map((i) => layer.callAt(i)!);
    const shapes = own[0]?.outputs.map(({ shape }) => JSON.stringify(shape)) ?? [];
    const from = own.flatMap(({ inputs }) =>
      inputs.map((i) => `${i.sourceLayer.name}[${i.nodeIndex}][${i.tensorIndex}]`),
    );
    const title = `${layer.name} (${layer.getClassName()})`;
    return row([title], [shapes.join()], [String(layer.core.countParams())], from);
  };
  const thin = '_'.repeat(width);
  const thick = '='.repeat(width);
  const trainable = countOf(model.trainableWeights);
  const frozen = countOf(model.nonTrainableWeights);
  return [
    `Model: "${model.name}"`,
    thin,
    ...row(['Layer (type)'], ['Output Shape'], ['Param #'], ['Connected to']),
    thick,
    ...model.layers.flatMap(rowOf),
    thick,
    `Total params: ${trainable + frozen}`,
    `Trainable params: ${trainable}`,
    `Non-trainable params: ${frozen}`,
    thin,
  ];
}
