#include "layers/input_layer.h"

#include "layers/registry.h"

namespace heddle {

InputLayer::InputLayer(Options& options) : Layer(options, "InputLayer") {
  if (options.has("inputShape") && options.has("batchInputShape")) {
    fail<ValueError>("[{}] takes either a shape or a batch shape, not both at the same time",
                     options.owner());
  }
  if (options.has("batchSize") && options.has("batchInputShape")) {
    fail<ValueError>("[{}] takes no batchSize when the batch shape is given", options.owner());
  }
  const std::optional<Shape>& shape = batch_input_shape();
  if (!shape) {
    fail<ValueError>(
        "[{}] needs the shape of one example, without the batch: input({shape: [8]}), or with it: "
        "input({batchShape: [32, 8]})",
        options.owner());
  }
  shape_ = *shape;
  if (options.flag("sparse", false)) {
    fail<NotImplementedError>("[{}] sparse inputs are not supported", options.owner());
  }
}

Config InputLayer::config() const {
  Config config;
  config.set("batchInputShape", Config(shape_));
  config.set("dtype", std::string(heddle::name_of(input_dtype())));
  config.set("sparse", false);
  config.set("name", name());
  return config;
}

void InputLayer::refuse_inputs(size_t count) const {
  if (count == 0) return;
  fail<ValueError>(
      "Input layer '{}' cannot be applied to anything: it is where data enters. Use its output as "
      "the input of another layer",
      name());
}

std::vector<Shape> InputLayer::output_shapes(std::span<const Shape> inputs) const {
  refuse_inputs(inputs.size());
  return {shape_};
}

std::vector<DType> InputLayer::output_dtypes(std::span<const DType> /*inputs*/) const {
  return {input_dtype()};
}

std::vector<Tensor> InputLayer::call(std::span<const Tensor> inputs,
                                     const CallOptions& /*options*/) {
  if (inputs.size() != 1) {
    fail<ValueError>("Input layer '{}' passes one tensor on, got {}", name(), inputs.size());
  }
  return {inputs[0]};
}

SymbolicTensor make_input(const Config& options) {
  Config layer_options;
  if (const Config::Object* entries = options.as_object()) {
    for (const auto& [key, value] : *entries) {
      if (value.is_null()) continue;
      if (key == "shape") {
        layer_options.set("inputShape", value);
      } else if (key == "batchShape") {
        layer_options.set("batchInputShape", value);
      } else {
        layer_options.set(key.c_str(), value);
      }
    }
  }
  return make_layer("InputLayer", layer_options)->output_at(0);
}

namespace {

const bool kRegistered = register_layer_factory("InputLayer", [](Options& options) -> LayerPtr {
  const auto layer = std::make_shared<InputLayer>(options);
  layer->apply(std::span<const SymbolicTensor>());  // its one Call
  return layer;
});

}  // namespace
}  // namespace heddle
