import { Layer } from './layer.js';

/**
 * @internal The layers that are attributes of a layer, in their order, also in lists and plain
 * objects.
 */
export function layersIn(layer: Layer): Layer[] {
  const found = new Set<Layer>();
  const seen = new Set<unknown>([layer]);
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    if (value instanceof Layer) found.add(value);
    else if (Array.isArray(value)) value.forEach(visit);
    else if (value instanceof Map) [...value.values()].forEach(visit);
    else if (Object.getPrototypeOf(value) === Object.prototype) Object.values(value).forEach(visit);
  };
  Object.values(layer).forEach(visit);
  return [...found];
}
