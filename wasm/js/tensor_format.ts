import type { TypedArray } from './dtype.js';

/** Dimensions longer than this are shown by their ends. */
const kFoldAbove = 20;
const kEndsShown = 3;
const kDigits = 7;

type Cell = string;

function format(value: number, isBool: boolean): Cell {
  if (isBool) return value === 0 ? 'false' : 'true';
  return String(Number.isFinite(value) ? parseFloat(value.toFixed(kDigits)) : value);
}

/** The indices shown along a dimension; -1 stands for the dots. */
function shown(size: number): number[] {
  const all = Array.from({ length: size }, (_, i) => i);
  return size > kFoldAbove ? [...all.slice(0, kEndsShown), -1, ...all.slice(-kEndsShown)] : all;
}

/** The widest cell of each column that is shown. */
function columnWidths(
  values: TypedArray,
  columns: number,
  rows: number[],
  isBool: boolean,
): number[] {
  return shown(columns).map((column) => {
    if (column < 0) return 0;
    const lengths = rows.map((row) => format(values[row * columns + column]!, isBool).length);
    return Math.max(0, ...lengths);
  });
}

/** The values in nested brackets, as TensorFlow.js shows them: columns aligned, long ones folded. */
export function formatValues(
  values: TypedArray,
  shape: readonly number[],
  isBool: boolean,
  indent: string,
): string {
  if (shape.length === 0) return indent + format(values[0]!, isBool);
  const columns = shape.at(-1)!;
  const rowsShown: number[] = [];

  const collect = (axis: number, row: number): void => {
    if (axis === shape.length - 1) rowsShown.push(row);
    else for (const i of shown(shape[axis]!)) if (i >= 0) collect(axis + 1, row * shape[axis]! + i);
  };
  collect(0, 0);
  const widths = columnWidths(values, columns, rowsShown, isBool);

  const line = (row: number): string => {
    const cells = shown(columns).map((column, i) => {
      if (column < 0) return '...';
      const cell = format(values[row * columns + column]!, isBool);
      return shape.length === 1 ? cell : cell.padEnd(widths[i]!);
    });
    return `[${cells.join(', ')}]`;
  };

  const block = (axis: number, row: number, prefix: string): string => {
    if (axis === shape.length - 1) return line(row);
    const parts = shown(shape[axis]!).map((i) =>
      i < 0 ? '...' : block(axis + 1, row * shape[axis]! + i, prefix + ' '),
    );
    // Between matrices there is an empty line for each dimension more.
    const gap = ',' + '\n'.repeat(Math.max(1, shape.length - 1 - axis)) + prefix + ' ';
    return `[${parts.join(gap)}]`;
  };
  return indent + block(0, 0, indent);
}
