import type { Plain } from '../core.js';
import { ValueError } from '../errors.js';

interface Configured {
  getClassName(): string;
  getConfig(): Record<string, Plain>;
}

const isConfigured = (value: object): value is Configured =>
  'getClassName' in value && 'getConfig' in value;

/** @internal Options as the core takes them: plain values, initializers as {className, config}. */
export function toPlain(value: unknown, where: string): Plain {
  switch (typeof value) {
    case 'boolean':
    case 'number':
    case 'string':
      return value;
    case 'undefined':
      return null;
    case 'object':
      if (value === null) return null;
      if (Array.isArray(value)) return value.map((item) => toPlain(item, where));
      if (isConfigured(value)) {
        return { className: value.getClassName(), config: value.getConfig() };
      }
      return Object.fromEntries(
        Object.entries(value)
          .filter(([, entry]) => entry !== undefined)
          .map(([key, entry]) => [key, toPlain(entry, `${where}.${key}`)]),
      );
    default:
      throw new ValueError(
        `${where} must be a boolean, a number, a string, a list or an object, got a ${typeof value}`,
      );
  }
}
