// Every name that TensorFlow.js Layers and core export, and what Heddle has of it: docs/tensorflow.md.
import * as core from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import * as heddle from 'heddle';
import speeds from '../../docs/speed_of_names.json';

type Names = Record<string, unknown>;

const kOwnKernels = 'for writers of backends; Heddle has one engine of its own';
const kNoComplex = 'complex numbers and Fourier transforms: dtypes are float32, int32 and bool';
const kNoStrings = 'dtypes are float32, int32 and bool: no tensors of strings';
const kFiles = 'loading and saving of files comes with a later version';
const kInternal = "TensorFlow.js's own workings";

/** Why a name is not here, by what it matches; the first that fits. */
const kReasons: [RegExp, string][] = [
  [/^(string\b|util\.(fingerPrint64|hexToLong)|StaticRegexReplace)/, kNoStrings],
  [
    /^(complex|real|imag|fft|ifft|rfft|irfft|spectral)\b|^signal\.stft|^(Complex|ComplexAbs)$/,
    kNoComplex,
  ],
  [/^io\b|^loadLayersModel$|^models\b|\.(save|loadWeights|saveWeights|getNamedWeights)$/, kFiles],
  [/^ragged/, 'ragged tensors: tensors are dense'],
  [
    /^(backend_util|broadcast_util|slice_util|gather_util|scatter_util|tensor_util|kernel_impls|device_util|test_util|upcastType|util\.convertBackendValuesAndArrayBuffer)\b/,
    kInternal,
  ],
  [
    /^(KernelBackend|DataStorage|registerBackend|removeBackend|findBackend|findBackendFactory|backend|registerKernel|unregisterKernel|getKernel|getKernelsForBackend|copyRegisteredKernels|registerGradient|unregisterGradient|getGradient|customOps|op|OP_SCOPE_SUFFIX|setPlatform|ENV|Environment|engine)$/,
    kOwnKernels,
  ],
  [
    /^(OptimizerConstructors|Rank|serialization\.SerializationMap|serialization\.getRegisteredName|registerCallbackConstructor|CallbackList)$/,
    kInternal,
  ],
  [/^version_(core|layers)$/, 'the version is `info().version`'],
  [/^(dilation2d|maxPoolWithArgmax)$/, 'models of Layers do not use it'],
  [
    /\.(fitDataset|evaluateDataset)$/,
    'data are tensors; streams of them (tf.data) come with a later version',
  ],
  [/^Tensor\.(dilation2d|i?r?fft)$/, 'as the function of that name'],
  [/\.execute$/, 'a model of inner outputs does it: `model({inputs, outputs: layer.output})`'],
  [/^Optimizer\.(getWeights|setWeights)$|UserDefinedMetadata$|TrainingConfig$/, kFiles],
  [/^Tensor\.dataToGPU$/, 'there is no GPU in it'],
  [/^(Layer|LayersModel|Sequential|Optimizer)\./, kInternal],
];

/** Names of methods and accessors that users call. */
function membersOf(cls: unknown): string[] {
  const { prototype } = cls as { prototype: object };
  return Object.getOwnPropertyNames(prototype).filter(
    (name) =>
      name !== 'constructor' && !/[_$]|^(on|assert|disposed|collected|lossFunctions)/.test(name),
  );
}

const isKernelName = (name: string, value: unknown) =>
  typeof value === 'string' && /^_?[A-Z]/.test(name);

interface Row {
  name: string;
  here: boolean;
  note: string;
}

function rowFor(name: string, here: boolean): Row {
  if (here) {
    const faster = (speeds.ratios as Record<string, number>)[name];
    const note = faster !== undefined && faster >= 1.1 ? `here, ${faster} × as fast` : 'here';
    return { name, here, note };
  }
  const reason = kReasons.find(([pattern]) => pattern.test(name))?.[1];
  return { name, here, note: reason === undefined ? '' : `not here: ${reason}` };
}

const isNamespace = (value: unknown): value is Names =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The rows of a package: its functions, and what is in its namespaces. */
function rowsOf(exported: Names, own: Names): Row[] {
  const rows: Row[] = [];
  for (const [name, value] of Object.entries(exported)) {
    if (name === 'default' || isKernelName(name, value)) continue;
    if (isNamespace(value) && !(name in own)) rows.push(rowFor(name, false));
    else if (isNamespace(value) && isNamespace(own[name])) {
      const inner = own[name];
      for (const entry of Object.keys(value)) {
        if (/^\d+$/.test(entry)) continue; // enums know their names both ways
        rows.push(rowFor(`${name}.${entry}`, entry in inner));
      }
    } else rows.push(rowFor(name, name in own));
  }
  return rows;
}

function methodRows(title: string, theirs: unknown, ours: object): Row[] {
  return membersOf(theirs).map((name) => rowFor(`${title}.${name}`, name in ours));
}

const table = (rows: Row[]): string =>
  [
    '| name | in Heddle |',
    '| --- | --- |',
    ...rows.map(({ name, note }) => `| \`${name}\` | ${note} |`),
  ].join('\n');

/** The names of the package that are not here and have no reason. */
export interface NamesTable {
  markdown: string;
  unexplained: string[];
}

export function namesTable(): NamesTable {
  const dense = heddle.layers.dense({ units: 1 });
  const model = heddle.sequential();
  const own = heddle as unknown as Names;
  const theirs = core as unknown as Names;
  const theirLayers = layers as unknown as Names;
  // tf.train is a class there whose static members are the optimizers.
  const train = Object.getOwnPropertyNames(theirs['train']).filter(
    (name) => !['length', 'name', 'prototype'].includes(name),
  );
  const sections: [string, Row[]][] = [
    ['Layers', rowsOf(theirLayers, own)],
    ['Layer', methodRows('Layer', layers.layers.Layer, dense)],
    ['LayersModel', methodRows('LayersModel', layers.LayersModel, model)],
    ['Sequential', methodRows('Sequential', layers.Sequential, model)],
    ['Core', rowsOf({ ...theirs, train: Object.fromEntries(train.map((n) => [n, n])) }, own)],
    ['Tensor', methodRows('Tensor', core.Tensor, heddle.scalar(0))],
    ['Variable', methodRows('Variable', core.Variable, heddle.variable(heddle.scalar(0)))],
    ['Optimizer', methodRows('Optimizer', core.Optimizer, heddle.train.sgd(1))],
  ];
  const kernels = Object.entries(theirs)
    .filter(([name, value]) => isKernelName(name, value))
    .map(([name]) => `\`${name}\``);
  const rows = sections.flatMap(([, list]) => list);
  const here = rows.filter((row) => row.here);
  const faster = here.filter((row) => row.note !== 'here').length;
  const markdown = `# What of TensorFlow.js is here

Written by \`npx vitest run --project parity tests/parity/names.test.ts -u\` from what both packages export
(@tensorflow/tfjs-core and @tensorflow/tfjs-layers ${layers.version_layers}); a test compares it with them.
"× as fast" is against ${speeds.peer},
one thread, measured by \`npm run bench:names\`; "here" alone was not measured or is not faster by a tenth.

${here.length} of ${rows.length} names are here, ${faster} of them measured faster.

${sections.map(([title, list]) => `## ${title}\n\n${table(list)}`).join('\n\n')}

## Kernels

Names of kernels, not here: ${kOwnKernels}.

${kernels.join(', ')}
`;
  return {
    markdown,
    unexplained: rows.filter(({ note }) => note === '').map(({ name }) => name),
  };
}
