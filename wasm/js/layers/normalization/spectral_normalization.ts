import type { Shape } from '../../dtype.js';
import { ValueError } from '../../errors.js';
import { truncatedNormal } from '../../initializers.js';
import { matMul } from '../../ops/matmul.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { Layer, onlyInput, type Kwargs, type LayerArgs } from '../layer.js';
import type { LayerVariable } from '../layer_variable.js';
import { layerFromConfig } from '../registry.js';

export interface SpectralNormalizationArgs extends LayerArgs {
  /** The layer whose kernel (or embeddings) is kept to norm 1, or its {className, config}. */
  layer: Layer;
  /** Steps of the power method at each training step. Default 1. */
  powerIterations?: number;
}

/** A vector over its length. */
const unit = (x: Tensor): Tensor => x.mul(x.square().sum().maximum(1e-14).rsqrt());

/**
 * Wraps a layer and divides its kernel by the kernel's largest singular value at each training step
 * (Miyato et al. 2018; Keras), which holds the layer's Lipschitz constant at 1. With W the kernel as
 * a matrix [.., channels]: v = u Wᵀ / |..|, u = v W / |..|, W ← W / (v W uᵀ).
 *
 * Weights: the layer's, and vector_u [1, channels], not trained. As in Keras 3 the kernel itself is
 * replaced, not a copy.
 */
export class SpectralNormalization extends Layer {
  static override readonly className: string = 'SpectralNormalization';
  static override readonly optionNames: readonly string[] = ['layer', 'powerIterations'];
  readonly layer: Layer;
  readonly powerIterations: number;
  kernel!: LayerVariable;
  vectorU!: LayerVariable;

  constructor(args: SpectralNormalizationArgs) {
    super(args);
    const options = this.options(args);
    const layer = options.any('layer');
    this.layer = layer instanceof Layer ? layer : layerFromConfig(layer as never);
    this.powerIterations = options.integer('powerIterations', { min: 1 }, 1);
    this.supportsMasking = true;
  }

  override build(inputShape: Shape | Shape[]): void {
    if (!this.layer.built) {
      this.layer.build(inputShape);
      this.layer.settle();
    }
    const names = [`${this.layer.name}/kernel`, `${this.layer.name}/embeddings`];
    const kernel = this.layer.weights.find(({ name }) => names.includes(name));
    if (kernel === undefined) {
      throw new ValueError(
        `Layer '${this.name}' (SpectralNormalization) needs a layer with a weight 'kernel' or ` +
          `'embeddings', but '${this.layer.name}' (${this.layer.getClassName()}) has none`,
      );
    }
    this.kernel = kernel;
    this.vectorU = this.addWeight(
      'vector_u',
      [1, kernel.shape.at(-1)!],
      'float32',
      truncatedNormal({ stddev: 0.02 }),
      null,
      false,
    );
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape | Shape[] {
    return this.layer.computeOutputShape(inputShape);
  }

  override call(inputs: Tensor | Tensor[], kwargs: Kwargs): Tensor {
    if (kwargs.training) this.normalizeKernel();
    return this.layer.apply(onlyInput(inputs, this), kwargs) as Tensor;
  }

  private normalizeKernel(): void {
    const kernel = this.kernel.read();
    const w = kernel.reshape([-1, kernel.shape.at(-1)!]);
    let u = this.vectorU.read();
    let v = u;
    for (let i = 0; i < this.powerIterations; i++) {
      v = unit(matMul(u, w, false, true));
      u = unit(matMul(v, w));
    }
    this.vectorU.write(u);
    this.kernel.write(kernel.div(matMul(matMul(v, w), u, false, true).reshape([])));
  }
}

export const spectralNormalization = (
  args: SpectralNormalizationArgs | ConfigDict,
): SpectralNormalization => new SpectralNormalization(args as unknown as SpectralNormalizationArgs);
