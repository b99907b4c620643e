import { ValueError } from '../../errors.js';
import { isSerialized, type Serialized } from '../../serialization.js';
import { Layer, type LayerArgs } from '../layer.js';
import { layerFromConfig } from '../registry.js';

export interface WrapperLayerArgs extends LayerArgs {
  /** The layer inside. */
  layer: Layer | Serialized;
}

/** @internal The layer of an option: itself, or made of {className, config}. Throws ValueError. */
export function layerIn(value: unknown, owner: string): Layer {
  const layer = isSerialized(value) ? layerFromConfig(value) : value;
  if (layer instanceof Layer) return layer;
  throw new ValueError(`${owner} needs a layer, got ${layer === null ? 'null' : typeof layer}`);
}

/** A layer around another one, whose weights are its own. */
export abstract class Wrapper extends Layer {
  static override readonly optionNames: readonly string[] = ['layer'];
  readonly layer: Layer;

  constructor(args: WrapperLayerArgs) {
    super(args);
    this.layer = layerIn(args?.layer, `${this.getClassName()} layer '${this.name}': 'layer'`);
  }
}
