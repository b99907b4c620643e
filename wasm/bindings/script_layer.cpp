#include "script_layer.h"

#include <utility>

#include "config_conversion.h"
#include "conversions.h"

namespace heddle {
namespace {

using emscripten::val;

val shapes_of(std::span<const Shape> shapes) { return to_array(shapes); }

/// An array of as many masks as there are inputs, or null where there are none.
val masks_of(const CallOptions& options) {
  return options.masks.empty() ? val::null() : to_array(options.masks);
}

}  // namespace

Tensor take_tensor(const val& handle) {
  if (handle.isNull() || handle.isUndefined()) return {};
  Tensor tensor = handle.as<Tensor>();
  handle.call<void>("delete");
  return tensor;
}

ScriptLayer::ScriptLayer(Options& options, std::string class_name, const val& hooks)
    : Layer(options, class_name.c_str()), class_name_(std::move(class_name)), hooks_(hooks) {}

Config ScriptLayer::config() const { return to_config(hooks_.call<val>("config")); }

bool ScriptLayer::supports_masking() const { return hooks_.call<bool>("supportsMasking"); }

void ScriptLayer::check_inputs(std::span<const Shape> inputs) const {
  hooks_.call<void>("checkInputs", shapes_of(inputs));
}

void ScriptLayer::build(std::span<const Shape> inputs) {
  hooks_.call<void>("build", shapes_of(inputs));
}

std::vector<Shape> ScriptLayer::output_shapes(std::span<const Shape> inputs) const {
  return call_output_shapes(-1, inputs);
}

std::vector<Shape> ScriptLayer::call_output_shapes(int index, std::span<const Shape> inputs) const {
  return to_list(hooks_.call<val>("outputShapes", index, shapes_of(inputs)), to_shape);
}

std::vector<DType> ScriptLayer::output_dtypes(std::span<const DType> inputs) const {
  std::vector<int> numbers(inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) numbers[i] = static_cast<int>(inputs[i]);
  std::vector<DType> dtypes;
  for (const int number : to_ints(hooks_.call<val>("outputDtypes", val::array(numbers)))) {
    dtypes.push_back(static_cast<DType>(number));
  }
  return dtypes;
}

std::vector<Tensor> ScriptLayer::call(std::span<const Tensor> inputs, const CallOptions& options) {
  const val outputs = hooks_.call<val>("call", to_array(inputs), options.training,
                                       masks_of(options), options.call_index);
  return to_list(outputs, take_tensor);
}

std::vector<Tensor> ScriptLayer::output_masks(std::span<const Tensor> inputs,
                                              const CallOptions& options) {
  const val masks =
      hooks_.call<val>("masks", to_array(inputs), masks_of(options), options.call_index);
  return to_list(masks, take_tensor);
}

std::vector<LayerPtr> ScriptLayer::sublayers() const {
  return to_list(hooks_.call<val>("sublayers"), to_layer);
}

}  // namespace heddle
