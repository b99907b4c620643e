import type { CoreCall } from '../core.js';
import type { DataType, Shape } from '../dtype.js';
import type { Layer } from './layer.js';

/** A value of the layer graph: what a layer will return once there is data. */
export class SymbolicTensor {
  /** The layer that makes it. */
  readonly sourceLayer!: Layer;
  /** Which Call of the layer makes it. */
  readonly nodeIndex: number;
  /** Which output of that Call it is. */
  readonly tensorIndex: number;
  /** [batch, ...]; null where not known. */
  readonly shape: Shape;
  readonly dtype: DataType;

  /** @internal */
  constructor(layer: Layer, nodeIndex: number, tensorIndex: number, shape: Shape, dtype: DataType) {
    // Not enumerable: layers and what they are called on point at each other.
    Object.defineProperty(this, 'sourceLayer', { value: layer });
    this.nodeIndex = nodeIndex;
    this.tensorIndex = tensorIndex;
    this.shape = shape;
    this.dtype = dtype;
  }

  /** "dense_Dense1/dense_Dense1", then "..._1", "..._2"; of an input "input1". */
  get name(): string {
    const { name } = this.sourceLayer;
    if (this.sourceLayer.getClassName() === 'InputLayer') return name;
    return `${name}/${name}${this.nodeIndex === 0 ? '' : `_${this.nodeIndex}`}`;
  }

  get rank(): number {
    return this.shape.length;
  }
}

/** One use of a layer. A layer has a list of them; all read the same weights. */
export class Call {
  /** Which use of the layer this is, from 0. */
  readonly index: number;
  readonly inputs!: readonly SymbolicTensor[];
  readonly outputs!: readonly SymbolicTensor[];

  readonly #record: CoreCall;

  /** @internal */
  constructor(
    record: CoreCall,
    inputs: readonly SymbolicTensor[],
    outputs: readonly SymbolicTensor[],
  ) {
    this.#record = record;
    this.index = record.index();
    // Not enumerable: they lead to the whole graph.
    Object.defineProperty(this, 'inputs', { value: inputs });
    Object.defineProperty(this, 'outputs', { value: outputs });
  }

  /** @internal Lets go of it; it lives on where a model has it. */
  release(): void {
    this.#record.delete();
  }

  /** The layers that the inputs come from. */
  get inboundLayers(): Layer[] {
    return this.inputs.map((input) => input.sourceLayer);
  }

  // TensorFlow.js's names.

  get inputTensors(): readonly SymbolicTensor[] {
    return this.inputs;
  }

  get outputTensors(): readonly SymbolicTensor[] {
    return this.outputs;
  }
}
