#include "models.h"

#include "conversions.h"
#include "models/model.h"

namespace heddle {
namespace {

using emscripten::function;
using emscripten::val;

LayerPtr make_model(const val& inputs, const val& outputs, const std::string& name) {
  return Model::create(to_list(inputs, to_symbolic), to_list(outputs, to_symbolic), name);
}

LayerPtr make_sequential(const val& layers, const std::string& name) {
  return Sequential::create(to_list(layers, to_layer), name);
}

Sequential& stack_of(Layer& layer) { return *layer.as_model()->as_sequential(); }

}  // namespace

void bind_models(emscripten::class_<Layer>& layer) {
  layer.function(
           "layers", +[](Layer& l) { return to_array(l.as_model()->layers()); })
      .function(
          "getLayer",
          +[](Layer& l, const std::string& name) { return l.as_model()->get_layer(name); })
      .function(
          "inputs", +[](Layer& l) { return to_array(l.as_model()->inputs()); })
      .function(
          "outputs", +[](Layer& l) { return to_array(l.as_model()->outputs()); })
      .function(
          "inputNames", +[](Layer& l) { return to_array(l.as_model()->input_names()); })
      .function(
          "outputNames", +[](Layer& l) { return to_array(l.as_model()->output_names()); })
      .function(
          "add", +[](Layer& l, Layer& added) { stack_of(l).add(added.shared_from_this()); })
      .function(
          "pop", +[](Layer& l) { stack_of(l).pop(); })
      .function("stack", +[](Layer& l) { return to_array(stack_of(l).stack()); });
}

EMSCRIPTEN_BINDINGS(heddle_models) {
  function("makeModel", &make_model);
  function("makeSequential", &make_sequential);
}

}  // namespace heddle
