import type { Shape } from '../../dtype.js';
import { ValueError } from '../../errors.js';
import { concat, reverse } from '../../ops/shape.js';
import { serialize, type ConfigDict, type Serialized } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { Layer, onlyShape, type Kwargs, type LayerArgs } from '../layer.js';
import { RNN, type RNNKwargs } from '../recurrent/rnn.js';
import { layerFromConfig } from '../registry.js';
import type { SymbolicTensor } from '../symbolic.js';
import { buildInside } from '../recurrent/weight_names.js';
import { layerIn } from './wrapper.js';

export type BidirectionalMergeMode = 'concat' | 'sum' | 'mul' | 'ave' | null;

export interface BidirectionalLayerArgs extends LayerArgs {
  /** A recurrent layer; two of its configuration are made. */
  layer: RNN | Serialized;
  /** How both outputs become one; null: they stay two. Default 'concat', along the last axis. */
  mergeMode?: BidirectionalMergeMode;
  /** The layer for the way back, where it is another one (Keras). */
  backwardLayer?: RNN | Serialized;
}

const kModes = ['concat', 'sum', 'mul', 'ave', null];
const listOf = <T>(value: T | T[] | null | undefined): T[] =>
  value == null ? [] : Array.isArray(value) ? value : [value];

/**
 * A recurrent layer forwards and another one backwards over the same sequence (Schuster & Paliwal
 * 1997): [batch, time, in] → both outputs merged, in the order of time. Initial states, and the
 * states that returnState gives, are those of the layer forwards, then those of the layer backwards.
 */
export class Bidirectional extends Layer {
  static override readonly className: string = 'Bidirectional';
  static override readonly optionNames: readonly string[] = ['layer', 'mergeMode', 'backwardLayer'];
  readonly forwardLayer: RNN;
  readonly backwardLayer: RNN;
  readonly mergeMode: BidirectionalMergeMode;
  readonly returnSequences: boolean;
  readonly returnState: boolean;
  /** Of the options. */
  readonly #layer: ConfigDict;
  readonly #backward: ConfigDict | null = null;

  constructor(args: BidirectionalLayerArgs) {
    super(args);
    const options = this.options(args);
    const { mergeMode = 'concat' } = args;
    if (!kModes.includes(mergeMode)) {
      options.fail('mergeMode', `one of 'concat', 'sum', 'mul', 'ave' or null`);
    }
    this.mergeMode = mergeMode;
    const config = (value: unknown, key: string): ConfigDict => {
      const owner = `Bidirectional layer '${this.name}': '${key}'`;
      const layer = layerIn(value, owner);
      if (layer instanceof RNN) return serialize(layer) as ConfigDict;
      throw new ValueError(`${owner} must be a recurrent layer, got a ${layer.getClassName()}`);
    };
    this.#layer = config(args.layer, 'layer');
    if (args.backwardLayer != null) this.#backward = config(args.backwardLayer, 'backwardLayer');
    const make = (spec: ConfigDict, prefix: string, turn: boolean): RNN => {
      const own = spec.config as ConfigDict;
      return layerFromConfig({
        className: spec.className as string,
        config: {
          ...own,
          name: `${prefix}_${own.name as string}`,
          ...(turn && { goBackwards: !own.goBackwards }),
        },
      }) as RNN;
    };
    this.forwardLayer = make(this.#layer, 'forward', false);
    this.backwardLayer = make(this.#backward ?? this.#layer, 'backward', this.#backward === null);
    const { forwardLayer: forward, backwardLayer: backward } = this;
    for (const key of ['returnSequences', 'returnState', 'stateful'] as const) {
      if (forward[key] === backward[key]) continue;
      throw new ValueError(
        `Bidirectional layer '${this.name}': both layers must agree in '${key}', got ` +
          `${forward[key]} and ${backward[key]}`,
      );
    }
    if (forward.goBackwards === backward.goBackwards) {
      throw new ValueError(
        `Bidirectional layer '${this.name}': one of both layers must have goBackwards: true`,
      );
    }
    this.returnSequences = forward.returnSequences;
    this.returnState = forward.returnState;
    this.stateful = forward.stateful;
    this.supportsMasking = true;
    this.inputSpec = forward.inputSpec;
  }

  /** The layer forwards. */
  get layer(): RNN {
    return this.forwardLayer;
  }

  override build(inputShape: Shape | Shape[]): void {
    const shape = onlyShape(inputShape);
    this.computeOutputShape(shape); // complains of outputs that cannot be merged
    for (const layer of [this.forwardLayer, this.backwardLayer]) {
      buildInside(layer, shape, `${this.name}/${layer.name}`);
    }
    this.inputSpec = this.forwardLayer.inputSpec;
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape | Shape[] {
    const [ahead, back] = [this.forwardLayer, this.backwardLayer].map((layer) => {
      const shapes = layer.computeOutputShape(inputShape);
      return (Array.isArray(shapes[0]) ? shapes : [shapes]) as Shape[];
    }) as [Shape[], Shape[]];
    const [first, second] = [ahead[0]!, back[0]!];
    const outputs = this.mergeMode === null ? [first, second] : [[...first]];
    const sameSize = first.at(-1) === second.at(-1);
    if (this.mergeMode !== null && this.mergeMode !== 'concat' && !sameSize) {
      throw new ValueError(
        `Bidirectional layer '${this.name}': mergeMode '${this.mergeMode}' needs outputs of one ` +
          `shape, got [${first}] and [${second}]`,
      );
    }
    if (this.mergeMode === 'concat') outputs[0]![first.length - 1]! += second.at(-1)!;
    const shapes = [...outputs, ...ahead.slice(1), ...back.slice(1)];
    return shapes.length === 1 ? shapes[0]! : shapes;
  }

  override computeMask(
    _inputs: Tensor | Tensor[],
    mask?: Tensor | (Tensor | null)[] | null,
  ): Tensor | null | (Tensor | null)[] {
    const own = this.returnSequences ? (listOf(mask)[0] ?? null) : null;
    const states = this.returnState
      ? [...this.forwardLayer.states, ...this.backwardLayer.states].map(() => null)
      : [];
    if (this.mergeMode === null) return [own, own, ...states];
    return this.returnState ? [own, ...states] : own;
  }

  /** Calls the layer on x, or on [x, ...states]; see RNNKwargs. */
  override apply(
    inputs: Tensor | SymbolicTensor | Tensor[] | SymbolicTensor[],
    kwargs: RNNKwargs | null = {},
  ): Tensor | SymbolicTensor | Tensor[] | SymbolicTensor[] {
    const { initialState, ...given }: RNNKwargs = kwargs ?? {};
    let x = inputs;
    let states = listOf(initialState);
    if (Array.isArray(inputs) && inputs.length > 1) {
      if (initialState != null) {
        throw new ValueError(
          `Layer '${this.name}': When inputs is an array, neither initialState or constants ` +
            'should be provided',
        );
      }
      x = inputs[0]!;
      states = inputs.slice(1);
    }
    if (states.length % 2 > 0) {
      throw new ValueError(
        `Layer '${this.name}': the initialState of a Bidirectional layer must be the states of the ` +
          `layer forwards and then those of the layer backwards, got ${states.length} tensor(s)`,
      );
    }
    return super.apply(x, states.length > 0 ? { ...given, initialState: states } : given);
  }

  override call(inputs: Tensor | Tensor[], kwargs: Kwargs): Tensor | Tensor[] {
    const { initialState, ...rest } = kwargs;
    const states = listOf(initialState as Tensor[] | null | undefined);
    const half = states.length / 2;
    const x = listOf(inputs)[0]!;
    const run = (layer: RNN, own: Tensor[]) =>
      listOf(layer.apply(x, own.length > 0 ? { ...rest, initialState: own } : rest) as Tensor);
    const [ahead, ...aheadStates] = run(this.forwardLayer, states.slice(0, half));
    const [turned, ...backStates] = run(this.backwardLayer, states.slice(half));
    const back = this.returnSequences ? reverse(turned!, 1) : turned!;
    const outputs = this.#merge(ahead!, back);
    const all = [...outputs, ...aheadStates, ...backStates];
    return all.length === 1 ? all[0]! : all;
  }

  #merge(ahead: Tensor, back: Tensor): Tensor[] {
    switch (this.mergeMode) {
      case 'concat':
        return [concat([ahead, back], -1)];
      case 'sum':
        return [ahead.add(back)];
      case 'ave':
        return [ahead.add(back).mul(0.5)];
      case 'mul':
        return [ahead.mul(back)];
      case null:
        return [ahead, back];
    }
  }

  /** As of both layers; states given are those forwards, then those backwards. */
  override resetStates(states?: Tensor | Tensor[] | null): void {
    const list = states == null ? null : listOf(states);
    const half = (list?.length ?? 0) / 2;
    this.forwardLayer.resetStates(list?.slice(0, half));
    this.backwardLayer.resetStates(list?.slice(half));
  }

  override getConfig(): ConfigDict {
    const config: ConfigDict = { ...super.getConfig(), layer: this.#layer };
    delete config['backwardLayer'];
    return this.#backward === null ? config : { ...config, backwardLayer: this.#backward };
  }
}

export const bidirectional = (args: BidirectionalLayerArgs | ConfigDict): Bidirectional =>
  new Bidirectional(args as unknown as BidirectionalLayerArgs);
