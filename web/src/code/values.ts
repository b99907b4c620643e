/** A value as a line of output. */

const kMostItems = 12;

function number(value: number): string {
  if (Number.isInteger(value) || !Number.isFinite(value)) return String(value);
  return String(Number(value.toPrecision(5)));
}

function list(values: readonly unknown[]): string {
  const shown = values.slice(0, kMostItems).map(asText);
  if (values.length > kMostItems) shown.push(`… ${values.length} in all`);
  return `[${shown.join(', ')}]`;
}

export function asText(value: unknown): string {
  if (typeof value === 'number') return number(value);
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return list(value);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return list(Array.from(value as unknown as ArrayLike<number>));
  }
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (typeof value === 'object' && value !== null) {
    const plain = Object.getPrototypeOf(value) === Object.prototype;
    if (!plain && Object.hasOwn(Object.getPrototypeOf(value) as object, 'toString')) {
      return String(value);
    }
    const entries = Object.entries(value).map(([key, item]) => `${key}: ${asText(item)}`);
    const name = plain ? '' : `${value.constructor.name} `;
    return entries.length > kMostItems || !plain ? `${name}{…}` : `{${entries.join(', ')}}`;
  }
  return String(value);
}
