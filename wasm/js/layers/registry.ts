// Which class stands for which layer.
import type { CoreLayer } from '../core.js';
import { ValueError } from '../errors.js';
import { IdentityMap } from '../lifetime.js';
import { isSerialized, registerClass, registeredClass } from '../serialization.js';
import type { Serialized } from '../serialization.js';
import type { Layer } from './layer.js';

/** A layer of the module that a new JavaScript object shall stand for. */
export class Adopted {
  readonly handle: CoreLayer;

  constructor(handle: CoreLayer) {
    this.handle = handle;
  }
}

/** What classes of layers have in common. */
export interface LayerClass<L extends Layer = Layer> {
  readonly className: string;
  /** Names of the options that it takes besides those of every layer; others are refused. */
  readonly optionNames?: readonly string[];
  /** Whether the layer itself is in the module. */
  readonly native?: boolean;
  new (options: never): L;
}

/** @internal The objects that stand for layers of the module, by the module's number. */
export const known = new IdentityMap<Layer>();

/**
 * @internal Makes the classes of layers among what a module exports known by their names. Those that
 * list no options take those of the class that they are derived from, and no others.
 */
export function registerLayerClasses(exports: object): void {
  for (const member of Object.values(exports) as LayerClass[]) {
    if (!Object.hasOwn(member, 'className') || member.className === 'Layer') continue;
    if (!Object.hasOwn(member, 'optionNames')) {
      Object.assign(member, { optionNames: member.optionNames });
    }
    registerClass(member);
  }
}

/** @internal A new layer from {className, config}, as configurations of models hold it. */
export function layerFromConfig(spec: Serialized): Layer {
  if (!isSerialized(spec)) {
    throw new ValueError(`A layer or {className, config} is wanted, got ${JSON.stringify(spec)}`);
  }
  const cls = registeredClass(spec.className) as
    (LayerClass & { fromConfig(cls: LayerClass, config: unknown): Layer }) | undefined;
  if (cls === undefined) {
    throw new ValueError(
      `Unknown layer: ${spec.className}. If it is a class of your own, make it known by ` +
        'serialization.registerClass() first',
    );
  }
  return cls.fromConfig(cls, spec.config ?? {});
}

/** @internal The one object that stands for a layer of the module. Takes the handle over. */
export function layerOf(handle: CoreLayer): Layer {
  const existing = known.get(handle.id());
  if (existing !== undefined) {
    handle.delete();
    return existing;
  }
  const layerClass = registeredClass(handle.className()) as LayerClass | undefined;
  if (layerClass === undefined) throw new ValueError(`Unknown layer class ${handle.className()}`);
  return new layerClass(new Adopted(handle) as never);
}
