#include "models/model.h"

#include <emscripten/bind.h>

#include "conversions.h"

namespace heddle {
namespace {

using emscripten::base;
using emscripten::class_;
using emscripten::function;
using emscripten::val;

ModelPtr make_model(const val& inputs, const val& outputs, const std::string& name) {
  return Model::create(to_list(inputs, to_symbolic), to_list(outputs, to_symbolic), name);
}

std::shared_ptr<Sequential> make_sequential(const val& layers, const std::string& name) {
  return Sequential::create(to_list(layers, to_layer), name);
}

}  // namespace

EMSCRIPTEN_BINDINGS(heddle_models) {
  class_<Model, base<Layer>>("Model")
      .smart_ptr<ModelPtr>("ModelPtr")
      .function(
          "layers", +[](const Model& m) { return to_array(m.layers()); })
      .function("getLayer", &Model::get_layer)
      .function(
          "inputs", +[](const Model& m) { return to_array(m.inputs()); })
      .function(
          "outputs", +[](const Model& m) { return to_array(m.outputs()); })
      .function(
          "inputNames", +[](const Model& m) { return to_array(m.input_names()); })
      .function(
          "outputNames", +[](const Model& m) { return to_array(m.output_names()); })
      .function(
          "summary", +[](const Model& m, int length) { return to_array(summary(m, length)); });
  class_<Sequential, base<Model>>("Sequential")
      .smart_ptr<std::shared_ptr<Sequential>>("SequentialPtr")
      .function(
          "add", +[](Sequential& m, Layer& layer) { m.add(layer.shared_from_this()); })
      .function("pop", &Sequential::pop)
      .function("stack", +[](const Sequential& m) { return to_array(m.stack()); });
  function("makeModel", &make_model);
  function("makeSequential", &make_sequential);
}

}  // namespace heddle
