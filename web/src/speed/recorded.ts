/** The recorded benchmarks, docs/bench.json (its schema: docs/benchmarks.md), as rows to draw. */
import recorded from '../../../docs/bench.json';

interface Spread {
  median: number;
  low: number;
  high: number;
}

interface Case {
  id: string;
  group: string;
  name: string;
  unit: string;
  less?: boolean;
  results: Record<string, Spread | undefined>;
  ratios: Record<string, Spread | undefined>;
  left: Record<string, string | undefined>;
}

/** A contender's speed in multiples of Heddle's: above 1 it is faster. */
export interface Mark {
  contender: string;
  speed: number;
  low: number;
  high: number;
}

export interface Row {
  id: string;
  name: string;
  /** Heddle's own result, as "60,700 examples/s". */
  own: string;
  marks: Mark[];
  /** Who did not take part, and why. */
  left: { label: string; why: string }[];
}

/** Everyone but Heddle, in the order of the legend; the sign and the colour are in Marks.svelte. */
export const contenders = [
  { key: 'tfjs', label: 'TensorFlow.js wasm' },
  { key: 'jax', label: 'jax-js' },
  { key: 'ort', label: 'ONNX Runtime Web' },
  { key: 'torch', label: 'PyTorch, native' },
] as const;

export type Group = 'training' | 'mobilenet' | 'products' | 'convolutions';

export const groups: readonly { value: Group; text: string }[] = [
  { value: 'training', text: 'Training' },
  { value: 'mobilenet', text: 'MobileNetV2' },
  { value: 'products', text: 'Products' },
  { value: 'convolutions', text: 'Convolutions' },
];

const kDigits = 3;

/** Three digits, with commas: 60,700 or 36.8. */
export function number(value: number): string {
  const rounded = Number(value.toPrecision(kDigits));
  return rounded >= 100 ? rounded.toLocaleString('en') : rounded.toPrecision(kDigits);
}

const labelOf = (key: string) => contenders.find((each) => each.key === key)?.label;

function rowOf({ id, name, unit, results, ratios, left }: Case): Row {
  const marks = contenders.flatMap(({ key }) => {
    const ratio = ratios[key]; // how many times as fast as the contender Heddle is
    if (!ratio) return [];
    return [{ contender: key, speed: 1 / ratio.median, low: 1 / ratio.high, high: 1 / ratio.low }];
  });
  return {
    id,
    name: name.replace(', adam', '').replace(' training,', ',').replace(' x ', ' × '),
    own: `${number(results['heddle']!.median)} ${unit}`,
    marks,
    left: Object.entries(left).flatMap(([key, why]) => {
      const label = labelOf(key);
      return label && why ? [{ label, why }] : [];
    }),
  };
}

export function rowsOf(group: Group): Row[] {
  const cases = recorded.cases as unknown as Case[];
  return cases.filter((each) => each.group === group && each.results['heddle']).map(rowOf);
}

export const machine = { runtime: recorded.runtime, cpu: recorded.cpu, date: recorded.date };
