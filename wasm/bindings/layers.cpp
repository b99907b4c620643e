#include <emscripten/bind.h>

#include "config_conversion.h"
#include "conversions.h"
#include "layers/activations.h"
#include "layers/added_values.h"
#include "layers/initializers.h"
#include "layers/layer.h"
#include "layers/registry.h"
#include "models.h"
#include "script_layer.h"

namespace heddle {
namespace {

using emscripten::class_;
using emscripten::function;
using emscripten::val;

LayerPtr make_layer_of(const std::string& class_name, const val& options) {
  return make_layer(class_name, to_config(options));
}

/// A layer of a class that is written in JavaScript.
LayerPtr make_script_layer(const std::string& class_name, const val& options, const val& hooks) {
  const Config config = to_config(options);
  Options reader(config, class_name);
  auto layer = std::make_shared<ScriptLayer>(reader, class_name, hooks);
  reader.finish();
  return layer;
}

/// Returns the Call that this made.
CallPtr apply_symbolic(Layer& layer, const val& inputs, const val& arguments) {
  return layer.apply(to_list(inputs, to_symbolic), to_config(arguments)).front().source;
}

/// Masks: an array of one for each input, or null.
val apply_values(Layer& layer, const val& inputs, bool training, const val& masks) {
  const std::vector<Tensor> tensors = masks.isNull() ? std::vector<Tensor>() : to_tensors(masks);
  return to_array(layer.apply(to_tensors(inputs), {.training = training, .masks = tensors}));
}

val output_masks(Layer& layer, const val& inputs, const val& masks) {
  const std::vector<Tensor> tensors = masks.isNull() ? std::vector<Tensor>() : to_tensors(masks);
  return to_array(layer.output_masks(to_tensors(inputs), {.masks = tensors}));
}

void add_weight(Layer& layer, const val& variable, bool trainable) {
  layer.adopt_weight(to_variable(variable), trainable);
}

/// `loss` returns a scalar that is ours to delete.
void add_loss(Layer& layer, const val& loss) {
  layer.add_loss([loss] { return take_tensor(loss()); });
}

/// A term of the loss, or a value for the logs, from a layer that is being called. Says whether
/// anybody gathers them.
bool add_value(const std::string& name, const Tensor& value) {
  AddedValues* added = AddedValues::current();
  if (added == nullptr) return false;
  if (name.empty()) {
    added->losses.push_back(value);
  } else {
    added->metrics.emplace_back(name, value);
  }
  return true;
}

std::string activation_name(const std::string& name) { return activation_named(name).name; }

val dtypes_of(const Call& call) {
  val dtypes = val::array();
  for (DType dtype : call.output_dtypes) dtypes.call<void>("push", static_cast<int>(dtype));
  return dtypes;
}

/// Distinguishes the layers that are alive.
size_t layer_id(const Layer& layer) { return reinterpret_cast<size_t>(&layer); }

val output_shapes(const Layer& layer, const val& inputs) {
  const std::vector<Shape> shapes = to_list(inputs, to_shape);
  layer.check_inputs(shapes);
  return to_array(layer.output_shapes(shapes));
}

Tensor initial_value(const val& initializer, const val& shape) {
  return make_initializer(to_config(initializer), "zeros")->make(to_shape(shape));
}

val initializer_config(const val& initializer) {
  return to_val(make_initializer(to_config(initializer), "zeros")->config());
}

}  // namespace

EMSCRIPTEN_BINDINGS(heddle_layers) {
  class_<Call>("Call")
      .smart_ptr<CallPtr>("CallPtr")
      .function(
          "index", +[](const Call& c) { return c.index; })
      .function(
          "inputs", +[](const Call& c) { return to_array(c.inputs); })
      .function(
          "shapes", +[](const Call& c) { return to_array(c.output_shapes); })
      .function("dtypes", &dtypes_of);
  class_<Layer> layer("Layer");
  layer.smart_ptr<LayerPtr>("LayerPtr")
      .function("id", &layer_id)
      .function("name", &Layer::name)
      .function("className", &Layer::class_name)
      .function(
          "config", +[](const Layer& l) { return to_val(l.config()); })
      .function(
          "baseConfig", +[](const Layer& l) { return to_val(l.Layer::config()); })
      .function("applySymbolic", &apply_symbolic)
      .function("applyValues", &apply_values)
      .function("supportsMasking", &Layer::supports_masking)
      .function("outputMasks", &output_masks)
      .function("addWeight", &add_weight)
      .function("addLoss", &add_loss)
      .function("numCalls", &Layer::num_calls)
      .function("callAt", &Layer::call_at)
      .function(
          "users", +[](const Layer& l) { return to_array(l.users()); })
      .function(
          "sublayers", +[](const Layer& l) { return to_array(l.sublayers()); })
      .function("built", &Layer::built)
      .function("setBuilt", &Layer::set_built)
      .function("undoBuild", &Layer::undo_build)
      .function(
          "build", +[](Layer& l, const val& shapes) { l.ensure_built(to_list(shapes, to_shape)); })
      .function("trainable", &Layer::trainable)
      .function("setTrainable", &Layer::set_trainable)
      .function(
          "trainableWeights", +[](const Layer& l) { return to_array(l.trainable_weights()); })
      .function(
          "nonTrainableWeights",
          +[](const Layer& l) { return to_array(l.non_trainable_weights()); })
      .function(
          "setWeights", +[](Layer& l, const val& values) { l.set_weights(to_tensors(values)); })
      .function(
          "countParams", +[](const Layer& l) { return static_cast<double>(l.count_params()); })
      .function("outputShapes", &output_shapes);
  bind_models(layer);
  function("makeLayer", &make_layer_of);
  function("makeScriptLayer", &make_script_layer);
  function("uniqueLayerName", &unique_layer_name);
  function("addValue", &add_value);
  function("activationName", &activation_name);
  function("initialValue", &initial_value);
  function("initializerConfig", &initializer_config);
}

}  // namespace heddle
