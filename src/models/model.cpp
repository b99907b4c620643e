#include "models/model.h"

#include <set>
#include <utility>

#include "tensor/order_by.h"

namespace heddle {
namespace {

std::string unique_model_name() {
  static int count = 0;
  return text("model{}", ++count);
}

}  // namespace

Model::Model(Options& options, const char* class_name) : Layer(options, class_name) {}

std::shared_ptr<Model> Model::create(std::vector<SymbolicTensor> inputs,
                                     std::vector<SymbolicTensor> outputs, std::string name) {
  Config config;
  config.set("name", name.empty() ? unique_model_name() : std::move(name));
  Options options(config, "model");
  const std::shared_ptr<Model> model(new Model(options, "Model"));
  model->set_graph(std::move(inputs), std::move(outputs));
  return model;
}

void Model::set_graph(std::vector<SymbolicTensor> inputs, std::vector<SymbolicTensor> outputs) {
  if (inputs.empty() || outputs.empty()) {
    fail<ValueError>("Model '{}' needs at least one input and one output, got {} and {}", name(),
                     inputs.size(), outputs.size());
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].call().inputs.empty()) {
      fail<ValueError>(
          "Input {} of model '{}' is the output of layer '{}'; a model's inputs must come from "
          "input()",
          i, name(), inputs[i].layer->name());
    }
    for (size_t j = 0; j < i; ++j) {
      if (inputs[i].is(inputs[j])) {
        fail<ValueError>("Model '{}' was given '{}' twice among its inputs", name(),
                         inputs[i].layer->name());
      }
    }
  }
  GraphOrder order = order_graph(inputs, outputs);
  std::vector<LayerPtr>& layers = order.layers;
  std::set<std::string> names;
  for (const LayerPtr& layer : layers) {
    if (!names.insert(layer->name()).second) {
      fail<ValueError>(
          "The name '{}' is used by two different layers of model '{}'. All layer names should be "
          "unique: give one of them another `name`",
          layer->name(), name());
    }
  }
  nodes_ = std::move(order.nodes);
  layers_ = std::move(layers);
  input_places_ = std::move(order.input_places);
  output_places_ = std::move(order.output_places);
  num_places_ = order.num_places;
  inputs_ = std::move(inputs);
  outputs_ = std::move(outputs);
  const LayerPtr self = shared_from_this();
  for (const LayerPtr& layer : layers_) layer->add_user(self);
}

void Model::clear_graph() {
  inputs_.clear();
  outputs_.clear();
  nodes_.clear();
  layers_.clear();
  input_places_.clear();
  output_places_.clear();
}

LayerPtr Model::get_layer(const std::string& name) const {
  std::string known;
  for (const LayerPtr& layer : layers_) {
    if (layer->name() == name) return layer;
    known += (known.empty() ? "" : ", ") + layer->name();
  }
  fail<ValueError>("No such layer: '{}'. Model '{}' has {}", name, this->name(), known);
}

namespace {
std::vector<std::string> layer_names(const std::vector<SymbolicTensor>& tensors) {
  std::vector<std::string> names;
  for (const SymbolicTensor& tensor : tensors) names.push_back(tensor.layer->name());
  return names;
}

}  // namespace

template <typename T, typename Visit>
std::vector<T> Model::propagate(std::span<const T> given, Visit visit) const {
  std::vector<T> values(num_places_);
  for (size_t i = 0; i < given.size(); ++i) values[input_places_[i]] = given[i];
  for (const Node& node : nodes_) {
    if (node.inputs.empty()) continue;  // one of those given
    std::vector<T> arguments;
    for (const int place : node.inputs) arguments.push_back(values[place]);
    std::vector<T> results = visit(node, std::span<const T>(arguments));
    for (size_t i = 0; i < results.size(); ++i) values[node.output + i] = std::move(results[i]);
  }
  std::vector<T> results;
  for (const int place : output_places_) results.push_back(values[place]);
  return results;
}

std::vector<std::string> Model::input_names() const { return layer_names(inputs_); }
std::vector<std::string> Model::output_names() const { return layer_names(outputs_); }

std::vector<Shape> Model::output_shapes(std::span<const Shape> inputs) const {
  if (inputs.size() != inputs_.size()) {
    fail<ValueError>("Model '{}' has {} inputs, got {}", name(), inputs_.size(), inputs.size());
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Shape& need = inputs_[i].shape;
    bool fits = inputs[i].rank() == need.rank();
    for (int axis = 0; fits && axis < need.rank(); ++axis) {
      const int got = inputs[i][axis];
      fits = need[axis] == kUnknown || got == kUnknown || got == need[axis];
    }
    if (!fits) {
      fail<ValueError>("Model '{}' needs shape {} for input '{}', got {}", name(), need,
                       inputs_[i].layer->name(), inputs[i]);
    }
  }
  return propagate<Shape>(inputs, [](const Node& node, std::span<const Shape> shapes) {
    node.layer->check_inputs(shapes);
    return node.layer->call_output_shapes(node.call->index, shapes);
  });
}

std::vector<DType> Model::output_dtypes(std::span<const DType> inputs) const {
  return propagate<DType>(inputs, [](const Node& node, std::span<const DType> dtypes) {
    return node.layer->output_dtypes(dtypes);
  });
}

std::vector<Tensor> Model::call(std::span<const Tensor> inputs, const CallOptions& options) {
  if (outputs_.empty()) {
    fail<ValueError>("Model '{}' has no layers yet: add some first", name());
  }
  struct Masked {
    Tensor tensor;
    Tensor mask;
  };
  std::vector<Masked> given;
  for (size_t i = 0; i < inputs.size(); ++i) {
    given.push_back({inputs[i], options.masks.empty() ? Tensor() : options.masks[i]});
  }
  const auto run = [&](const Node& node, std::span<const Masked> arguments) {
    std::vector<Tensor> tensors;
    std::vector<Tensor> masks;
    bool masked = false;
    for (const Masked& argument : arguments) {
      tensors.push_back(argument.tensor);
      masks.push_back(argument.mask);
      masked = masked || argument.mask.defined();
    }
    if (!masked) masks.clear();
    std::vector<Tensor> output_masks;
    CallOptions inner{.training = options.training, .masks = masks, .output_masks = &output_masks};
    const std::vector<Tensor> results = node.layer->run_call(*node.call, tensors, inner);
    output_masks.resize(results.size());
    std::vector<Masked> outputs;
    for (size_t i = 0; i < results.size(); ++i) outputs.push_back({results[i], output_masks[i]});
    return outputs;
  };
  std::vector<Tensor> results;
  for (Masked& output : propagate<Masked>(given, run)) {
    results.push_back(std::move(output.tensor));
    if (options.output_masks != nullptr) options.output_masks->push_back(std::move(output.mask));
  }
  return results;
}

int Model::call_number(const SymbolicTensor& tensor) const {
  int number = 0;
  for (const Node& node : nodes_) {
    if (node.layer == tensor.layer && node.call->index < tensor.call_index()) ++number;
  }
  return number;
}

Config Model::config() const {
  const auto reference = [&](const SymbolicTensor& tensor) {
    return Config::Array{tensor.layer->name(), call_number(tensor), tensor.output_index};
  };
  Config::Array layers;
  for (const LayerPtr& layer : layers_) {
    std::vector<const Call*> calls;
    std::vector<uint64_t> indices;
    for (const Node& node : nodes_) {
      if (node.layer != layer) continue;
      calls.push_back(node.call.get());
      indices.push_back(node.call->index);
    }
    Config::Array inbound;
    for (const int i : order_by(indices)) {
      const Call& call = *calls[i];
      Config::Array inputs;
      for (const SymbolicTensor& input : call.inputs) {
        Config::Array entry = reference(input);
        entry.push_back(call.arguments.is_null() ? Config(Config::Object{}) : call.arguments);
        inputs.emplace_back(std::move(entry));
      }
      if (!inputs.empty()) inbound.emplace_back(std::move(inputs));
    }
    Config entry;
    entry.set("name", layer->name());
    entry.set("className", layer->class_name());
    entry.set("config", layer->config());
    entry.set("inboundNodes", std::move(inbound));
    layers.push_back(std::move(entry));
  }
  Config config;
  config.set("name", name());
  config.set("layers", std::move(layers));
  const auto references = [&](const std::vector<SymbolicTensor>& tensors) {
    Config::Array list;
    for (const SymbolicTensor& tensor : tensors) list.emplace_back(reference(tensor));
    return list;
  };
  config.set("inputLayers", references(inputs_));
  config.set("outputLayers", references(outputs_));
  return config;
}

}  // namespace heddle
