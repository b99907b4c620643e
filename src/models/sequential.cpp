#include <utility>

#include "layers/input_layer.h"
#include "models/model.h"

namespace heddle {
namespace {

std::string unique_sequential_name() {
  static int count = 0;
  return text("sequential_{}", ++count);
}

/// The shape that the first layer takes, batch included: from its options, or from what it has been
/// called with before.
Shape first_input_shape(Layer& layer, const std::string& model) {
  if (const auto& shape = layer.batch_input_shape()) return *shape;
  if (const Model* inner = layer.as_model()) {
    if (inner->inputs().size() == 1) return inner->inputs()[0].shape;
  }
  const CallPtr call = layer.num_calls() == 0 ? nullptr : layer.call_at(0);
  if (call != nullptr && call->inputs.size() == 1) return call->inputs[0].shape;
  fail<ValueError>(
      "The first layer in a Sequential model must get an `inputShape` or `batchInputShape` "
      "argument: '{}', the first of '{}', has none",
      layer.name(), model);
}

[[noreturn]] void refuse(const Layer& layer, const std::string& model, const char* what) {
  fail<ValueError>(
      "Layer '{}' has several {}: a Sequential model ('{}') is a stack of layers with one input "
      "and one output each. Use model({inputs, outputs}) instead",
      layer.name(), what, model);
}

}  // namespace

std::shared_ptr<Sequential> Sequential::create(const std::vector<LayerPtr>& layers,
                                               std::string name) {
  Config config;
  config.set("name", name.empty() ? unique_sequential_name() : std::move(name));
  Options options(config, "sequential model");
  const std::shared_ptr<Sequential> model(new Sequential(options, "Sequential"));
  for (const LayerPtr& layer : layers) model->add(layer);
  return model;
}

void Sequential::add(const LayerPtr& layer) {
  for (const LayerPtr& other : stack_) {
    if (other != layer && other->name() == layer->name()) {
      fail<ValueError>(
          "All layer names should be unique: Sequential model '{}' has another layer named '{}' "
          "already",
          name(), layer->name());
    }
  }
  if (const Model* inner = layer->as_model()) {
    if (inner->inputs().size() > 1) refuse(*layer, name(), "inputs");
    if (inner->outputs().size() > 1) refuse(*layer, name(), "outputs");
  }
  const bool is_input = layer->class_name() == "InputLayer";
  if (stack_.empty() && is_input) {
    tensors_ = {layer->output_at(0)};
  } else {
    const bool first = stack_.empty();
    SymbolicTensor below;
    if (first) {
      Config options;
      options.set("batchInputShape", Config(first_input_shape(*layer, name())));
      options.set("dtype", std::string(heddle::name_of(layer->input_dtype())));
      options.set("name", layer->name() + "_input");
      below = make_input(options);
    } else {
      below = tensors_.back();
    }
    const std::vector<SymbolicTensor> outputs = layer->apply(std::span(&below, 1));
    if (outputs.size() > 1) refuse(*layer, name(), "outputs");
    if (first) tensors_ = {below};
    tensors_.push_back(outputs[0]);
  }
  stack_.push_back(layer);
  set_graph({tensors_.front()}, {tensors_.back()});
}

void Sequential::pop() {
  if (stack_.empty()) {
    fail<ValueError>("There are no layers in the model '{}' to take away", name());
  }
  stack_.pop_back();
  tensors_.pop_back();
  if (stack_.empty()) {
    tensors_.clear();
    clear_graph();
  } else {
    set_graph({tensors_.front()}, {tensors_.back()});
  }
}

Config Sequential::config() const {
  Config::Array layers;
  for (const LayerPtr& layer : stack_) {
    Config entry;
    entry.set("className", layer->class_name());
    entry.set("config", layer->config());
    layers.push_back(std::move(entry));
  }
  Config config;
  config.set("name", name());
  config.set("layers", std::move(layers));
  return config;
}

}  // namespace heddle
