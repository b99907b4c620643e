// Functional models from configurations, in TensorFlow.js's (and Keras 2's) form.
import type { Plain } from './core.js';
import { ValueError } from './errors.js';
import { argumentsFromConfig, placesIn } from './layers/arguments.js';
import type { Layer } from './layers/layer.js';
import { layerFromConfig } from './layers/registry.js';
import type { SymbolicTensor } from './layers/symbolic.js';
import type { ConfigDict, Serialized } from './serialization.js';

/** [layer, call, output] or [layer, call, output, arguments]: what an input of a Call is. */
type Reference = [string, number, number, Record<string, Plain>?];

interface LayerEntry extends Serialized {
  name: string;
  /** For each Call its inputs. */
  inboundNodes: Reference[][];
}

interface FunctionalConfig {
  name?: string;
  layers: LayerEntry[];
  inputLayers: Reference[];
  outputLayers: Reference[];
}

function check(config: ConfigDict): FunctionalConfig {
  for (const key of ['layers', 'inputLayers', 'outputLayers']) {
    if (Array.isArray(config?.[key])) continue;
    throw new ValueError(
      `The configuration of a model needs a list '${key}', got ${JSON.stringify(config?.[key])}`,
    );
  }
  return config as unknown as FunctionalConfig;
}

/** @internal The graph that a configuration tells: new layers, called as it says. */
export function graphFromConfig(plain: ConfigDict): {
  inputs: SymbolicTensor[];
  outputs: SymbolicTensor[];
  name: string | undefined;
} {
  const config = check(plain);
  const layers = new Map<string, Layer>();
  // A layer that is a model inside has been called while it was made: Calls count from there.
  const before = new Map<string, number>();
  const waiting: { layer: Layer; name: string; call: number; inputs: Reference[] }[] = [];
  for (const entry of config.layers) {
    const layer = layerFromConfig(entry);
    const isInput = (entry.inboundNodes ?? []).length === 0;
    layers.set(entry.name, layer);
    before.set(entry.name, isInput ? 0 : layer.calls.length);
    (entry.inboundNodes ?? []).forEach((inputs, call) =>
      waiting.push({ layer, name: entry.name, call, inputs }),
    );
  }
  const find = ([name, call, output]: Reference): SymbolicTensor | undefined => {
    const layer = layers.get(name);
    if (layer === undefined) {
      throw new ValueError(`The configuration of a model names layer '${name}', which it lacks`);
    }
    return layer.calls[before.get(name)! + call]?.outputs[output];
  };
  // Calls whose inputs are there, until all are made; those of one layer in their order.
  while (waiting.length > 0) {
    const ready = waiting.findIndex(
      ({ layer, name, call, inputs }) =>
        layer.calls.length === before.get(name)! + call && inputs.every((input) => find(input)),
    );
    if (ready < 0) {
      throw new ValueError(
        'The configuration of a model has calls whose inputs are never made: ' +
          [...new Set(waiting.map(({ name }) => name))].join(', '),
      );
    }
    const [{ layer, inputs }] = waiting.splice(ready, 1) as [(typeof waiting)[number]];
    const tensors = inputs.map((input) => find(input)!);
    const kwargs = inputs[0]?.[3] ?? {};
    const own = tensors.length - placesIn(kwargs);
    const main = tensors.slice(0, own);
    layer.apply(
      main.length === 1 ? main[0]! : main,
      argumentsFromConfig(kwargs, tensors.slice(own)),
    );
  }
  const listed = (references: Reference[]) =>
    references.map((reference) => {
      const tensor = find(reference);
      if (tensor !== undefined) return tensor;
      throw new ValueError(`The configuration of a model lacks ${JSON.stringify(reference)}`);
    });
  return {
    inputs: listed(config.inputLayers),
    outputs: listed(config.outputLayers),
    name: config.name,
  };
}
