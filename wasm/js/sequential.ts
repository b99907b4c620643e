import type { CoreSequential } from './core.js';
import { core } from './engine.js';
import { ValueError } from './errors.js';
import { Adopted, Layer, layerOf } from './layers/layer.js';
import { layerFromConfig } from './layers/registry.js';
import type { ConfigDict, LayerClass } from './layers/layer.js';
import { registerClass, type SerializableClass } from './serialization.js';
import { LayersModel } from './model.js';
import { checkKeys } from './training/data.js';

/** What `sequential()` takes. */
export interface SequentialArgs {
  /** From the input to the output: layers, or {className, config} as `getConfig()` gives. */
  layers?: readonly (Layer | { className: string; config: ConfigDict })[];
  /** By default "sequential_1", "sequential_2" ... */
  name?: string;
}

/** A stack of layers with one input and one output each. */
export class Sequential extends LayersModel {
  static override readonly className: string = 'Sequential';
  protected override readonly isStack = true;

  constructor(args: SequentialArgs | Adopted = {}) {
    if (!(args instanceof Adopted)) checkKeys('sequential()', args, ['layers', 'name']);
    super(args instanceof Adopted ? args : new Adopted(core().makeSequential([], args.name ?? '')));
    if (args instanceof Adopted) return;
    if (!Array.isArray(args.layers ?? [])) {
      throw new ValueError(`sequential(): layers must be a list, got ${typeof args.layers}`);
    }
    for (const layer of args.layers ?? []) {
      this.add(layer instanceof Layer ? layer : layerFromConfig(layer));
    }
  }

  /** A stack of new layers, configured as a configuration (`getConfig()`) says. */
  static override fromConfig<T>(cls: SerializableClass<T>, config: ConfigDict): T;
  static override fromConfig<L extends Layer>(this: LayerClass<L>, config: ConfigDict): L;
  static override fromConfig(first: unknown, config?: ConfigDict): Layer {
    const cls = (typeof first === 'function' ? first : this) as new (args: unknown) => unknown;
    const spec = typeof first === 'function' ? config : first;
    // Keras's older form is the list of layers alone.
    return new cls(Array.isArray(spec) ? { layers: spec } : spec) as Layer;
  }

  /** @internal */
  override get core(): CoreSequential {
    return super.core as CoreSequential;
  }

  /** The layers as they were added. */
  override get layers(): Layer[] {
    return this.core.stack().map(layerOf);
  }

  /**
   * Adds a layer on top; it may be in use elsewhere, and then shares its weights. The model has to
   * be compiled anew. Throws ValueError for layers that do not fit, with nothing changed.
   */
  add(layer: Layer): void {
    if (!(layer instanceof Layer)) {
      throw new ValueError(`add() of '${this.name}' takes a layer, got ${typeof layer}`);
    }
    const holds = (each: Layer): boolean =>
      each === this || (each instanceof LayersModel && each.layers.some(holds));
    if (holds(layer)) throw new ValueError(`Model '${this.name}' cannot be a layer of itself`);
    this.core.add(layer.core);
    layer.settle();
    void layer.calls; // from here on its Calls hold what the module knows weakly
    this.forget();
  }

  /** Takes the last layer away. The model has to be compiled anew. */
  pop(): void {
    this.core.pop();
    this.forget();
  }
}
registerClass(Sequential as never);

/** A stack of layers. The first must know its `inputShape`. */
export function sequential(args?: SequentialArgs): Sequential {
  return new Sequential(args);
}
