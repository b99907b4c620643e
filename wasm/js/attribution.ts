import { ValueError } from './errors.js';
import { layerVariable, type LayerVariable } from './layers/layer_variable.js';
import { layerOf } from './layers/layer.js';
import type { Call } from './layers/symbolic.js';
import { LayersModel } from './model.js';
import { withTemporaries } from './ops/operation.js';
import { Tensor } from './tensor.js';
import type { ModelData } from './training/data.js';

/** What one Call contributed to the gradient of a Variable. */
export interface AttributionPart {
  /** The Call of the layer that owns the variable. */
  call: Call;
  /** The same by way of nested models, outermost first. The last one is `call`. */
  path: Call[];
  model: LayersModel;
  /** Of the variable's shape. */
  gradient: Tensor;
  /** Euclidean norm of the gradient. */
  norm: number;
}

/** The gradient of a Variable that several Calls read: whole and in parts. */
export interface Attribution {
  variable: LayerVariable;
  /** The sum of the parts. */
  total: Tensor;
  parts: AttributionPart[];
  /** cosine[i][j]: of the angle between parts i and j; 0 if one of them is 0. */
  cosine: number[][];
}

/**
 * Which call pushes shared weights where: for each trainable variable that more than one Call reads,
 * the gradient of the compiled loss on this batch, and each Call's part of it. Nothing is updated.
 * Throws HeddleError for a model that is not compiled, ValueError for data that do not fit.
 */
export async function attribution(
  model: LayersModel,
  x: ModelData,
  y: ModelData,
): Promise<Attribution[]> {
  if (!(model instanceof LayersModel)) {
    throw new ValueError('attribution() takes a model, and the x and y of a batch');
  }
  const { trainer } = model.compiled();
  const entries = withTemporaries((temporary) =>
    trainer.attribution(model.inputData(x, temporary), model.targetData(y, temporary)),
  );
  return entries.map(({ variable, total, parts, cosine }) => ({
    variable: layerVariable(variable),
    total: new Tensor(total),
    parts: parts.map(({ path, gradient, norm }) => {
      const calls = path.map(([layer, index]) => layerOf(layer).callAt(index)!);
      return { call: calls.at(-1)!, path: calls, model, gradient: new Tensor(gradient), norm };
    }),
    cosine,
  }));
}
