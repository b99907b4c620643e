import type { Activation, ActivationName } from '../../activations.js';
import type { Constraint, ConstraintIdentifier } from '../../constraints.js';
import type { DataType, Shape } from '../../dtype.js';
import { ValueError } from '../../errors.js';
import { Initializer, type InitializerIdentifier } from '../../initializers.js';
import { einsum } from '../../ops/matmul.js';
import type { Regularizer, RegularizerIdentifier } from '../../regularizers.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { Layer, onlyInput, onlyShape, type LayerArgs } from '../layer.js';
import type { LayerVariable } from '../layer_variable.js';
import { addWeightOf, readWeightOptions, weightOptions } from '../weight_options.js';

export interface EinsumDenseLayerArgs extends LayerArgs {
  /** Input and kernel to output: 'ab,bc->ac', '...x,xy->...y'; a is the batch. */
  equation: string;
  /** Shape of one example of the output; null where it is the input's. */
  outputShape: number | Shape;
  /** The letters of the output that the bias has. Default: no bias. */
  biasAxes?: string | null;
  activation?: ActivationName;
  /** Default 'glorotUniform', for which the letters of the kernel that the input has too are one axis. */
  kernelInitializer?: InitializerIdentifier;
  /** Default 'zeros'. */
  biasInitializer?: InitializerIdentifier;
  kernelRegularizer?: RegularizerIdentifier;
  biasRegularizer?: RegularizerIdentifier;
  kernelConstraint?: ConstraintIdentifier;
  biasConstraint?: ConstraintIdentifier;
}

/** @internal Lets an initializer see a kernel of many axes as the matrix that it stands for. */
export class AsMatrix extends Initializer {
  static override readonly className: string = 'AsMatrix';

  private readonly initializer: Initializer;
  private readonly fanIn: number;

  constructor(initializer: Initializer, fanIn: number) {
    super();
    this.initializer = initializer;
    this.fanIn = fanIn;
  }

  apply(shape: readonly number[], dtype?: DataType): Tensor {
    const size = shape.reduce((a, b) => a * b, 1);
    return this.initializer.apply([this.fanIn, size / this.fanIn], dtype).reshape(shape);
  }
}

interface Analysis {
  kernel: number[];
  bias: number[] | null;
  output: Shape;
  fanIn: number;
}

/**
 * A dense layer whose product is an einsum (Keras): activation(einsum(equation, x, kernel) + bias).
 *
 * Input [batch, ...], output [batch, ...outputShape]; '...' stands for the input's first or last
 * axes that the equation does not name. Weights: kernel, of the equation's second term; bias, of
 * biasAxes.
 */
export class EinsumDense extends Layer {
  static override readonly className: string = 'EinsumDense';
  static override readonly optionNames: readonly string[] = [
    'equation',
    'outputShape',
    'biasAxes',
    'activation',
    ...weightOptions('kernel', 'bias'),
  ];
  readonly equation: string;
  readonly partialOutputShape: Shape;
  readonly biasAxes: string | null;
  readonly activation: Activation;
  readonly kernelInitializer!: Initializer;
  readonly biasInitializer!: Initializer;
  readonly kernelRegularizer!: Regularizer | null;
  readonly biasRegularizer!: Regularizer | null;
  readonly kernelConstraint!: Constraint | null;
  readonly biasConstraint!: Constraint | null;
  kernel!: LayerVariable;
  bias: LayerVariable | null = null;

  constructor(args: EinsumDenseLayerArgs) {
    super(args);
    const options = this.options(args);
    this.equation = options.text('equation').replaceAll(' ', '');
    const single = typeof options.any('outputShape') === 'number';
    this.partialOutputShape = single
      ? [options.integer('outputShape', { min: 1 })]
      : options.shape('outputShape');
    this.biasAxes = options.has('biasAxes') ? options.text('biasAxes') : null;
    this.activation = options.activation('activation');
    readWeightOptions(this, options, { kernel: 'glorotUniform', bias: 'zeros' });
  }

  private analyze(input: Shape): Analysis {
    const fail = (message: string): never => {
      throw new ValueError(
        `Layer '${this.name}' (EinsumDense), equation '${this.equation}': ${message}`,
      );
    };
    const match = /^(\.{3})?([a-zA-Z]+)(\.{3})?,([a-zA-Z]+)->(\.{3})?([a-zA-Z]+)(\.{3})?$/.exec(
      this.equation,
    );
    const [, left, given, right, weights, leftOut, result, rightOut] = match ?? [];
    if (
      !given ||
      !weights ||
      !result ||
      left !== leftOut ||
      right !== rightOut ||
      (left && right)
    ) {
      return fail("it must have the form 'X,Y->Z', '...X,Y->...Z' or 'X...,Y->Z...'");
    }
    const elided = input.length - given.length;
    if (elided < 0 || (elided > 0 && !left && !right)) {
      fail(`it does not fit an input of rank ${input.length}, shape ${JSON.stringify(input)}`);
    }
    const before = left ? elided : 0;
    const output =
      before > 0
        ? [...input.slice(0, elided), ...this.partialOutputShape]
        : [input[0]!, ...this.partialOutputShape, ...input.slice(given.length)];
    if (output.length !== result.length + elided) {
      fail(
        `outputShape must have ${result.length - (before > 0 ? 0 : 1)} sizes, got ` +
          JSON.stringify(this.partialOutputShape),
      );
    }
    const sizes = new Map<string, number | null>();
    [...given].forEach((letter, i) => sizes.set(letter, input[i + before]!));
    [...result].forEach((letter, i) => {
      const at = i + before;
      const known = sizes.get(letter);
      if (known == null && sizes.has(letter)) return;
      if (!sizes.has(letter)) {
        if (!weights.includes(letter)) fail(`'${letter}' is in no term before '->'`);
        sizes.set(letter, output[at]!);
      } else if (output[at] != null && output[at] !== known) {
        fail(`'${letter}' is ${known} in the input and ${output[at]} in outputShape`);
      } else {
        output[at] = known!;
      }
    });
    const size = (letter: string): number => {
      const known = sizes.get(letter);
      return known ?? fail(`the size of '${letter}' must be known, from the input or outputShape`);
    };
    const kernel = [...weights].map(size);
    let bias: number[] | null = null;
    if (this.biasAxes) {
      const axes = [...this.biasAxes];
      for (const letter of axes) {
        if (!result.includes(letter)) fail(`biasAxes has '${letter}', which the output has not`);
      }
      const first = Math.min(...axes.map((letter) => result.indexOf(letter)));
      bias = [...result].slice(first).map((letter) => (axes.includes(letter) ? size(letter) : 1));
      if (right) bias.push(...new Array<number>(elided).fill(1));
    }
    const summed = [...weights].filter((letter) => given.includes(letter));
    const fanIn = summed.reduce((product, letter) => product * size(letter), 1);
    return { kernel, bias, output, fanIn };
  }

  override build(inputShape: Shape | Shape[]): void {
    const shape = onlyShape(inputShape);
    const { kernel, bias, fanIn } = this.analyze(shape);
    const first = new AsMatrix(this.kernelInitializer, fanIn);
    this.kernel = addWeightOf(this, 'kernel', kernel, 'kernel', first);
    if (bias !== null) this.bias = addWeightOf(this, 'bias', bias);
    this.inputSpec = [{ ndim: shape.length }];
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return this.activation.outputShape(this.analyze(onlyShape(inputShape)).output);
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const y = einsum(this.equation, onlyInput(inputs, this), this.kernel.read());
    return this.activation.apply(this.bias === null ? y : y.add(this.bias.read()));
  }

  override getConfig(): ConfigDict {
    return { outputShape: this.partialOutputShape, ...super.getConfig() };
  }
}

export const einsumDense = (args: EinsumDenseLayerArgs | ConfigDict): EinsumDense =>
  new EinsumDense(args as unknown as EinsumDenseLayerArgs);
