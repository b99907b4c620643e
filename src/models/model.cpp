#include "models/model.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace heddle {
namespace {

/// A value of the layer graph, for use as a key.
struct Key {
  const Layer* layer;
  int call_index;
  int output_index;
  auto operator<=>(const Key&) const = default;
};

Key key_of(const SymbolicTensor& tensor) {
  return {tensor.layer.get(), tensor.call_index, tensor.output_index};
}

/// Walks from the outputs back to the inputs and puts Calls and layers in the order of Keras and
/// TensorFlow.js: by depth (the longest way to an output), then in the order of the walk.
class GraphOrder {
 public:
  GraphOrder(const std::vector<SymbolicTensor>& inputs,
             const std::vector<SymbolicTensor>& outputs) {
    for (const SymbolicTensor& input : inputs) inputs_.insert(key_of(input));
    for (const SymbolicTensor& output : outputs) visit(output);
    // Deepest last in `finished_`: outputs get depth 0, their inputs 1 or more, and so on.
    for (auto node = finished_.rbegin(); node != finished_.rend(); ++node) {
      int& layer_depth = layer_depths_[node->first];
      int& depth = call_depths_[*node];
      layer_depth = depth = std::max(depth, layer_depth);
      if (stops_at(*node)) continue;
      for (const SymbolicTensor& input : node->first->calls()[node->second]->inputs) {
        int& below = call_depths_[{input.layer.get(), input.call_index}];
        below = std::max(below, depth + 1);
      }
    }
  }

  std::vector<Model::Node> nodes() const {
    std::vector<Model::Node> nodes;
    for (const CallKey& call : finished_) {
      nodes.push_back({const_cast<Layer*>(call.first)->shared_from_this(), call.second});
    }
    std::stable_sort(nodes.begin(), nodes.end(), [&](const auto& a, const auto& b) {
      return call_depths_.at({a.layer.get(), a.call_index}) >
             call_depths_.at({b.layer.get(), b.call_index});
    });
    return nodes;
  }

  std::vector<LayerPtr> layers() const {
    std::vector<LayerPtr> layers = walked_;
    std::stable_sort(layers.begin(), layers.end(), [&](const auto& a, const auto& b) {
      return layer_depths_.at(a.get()) > layer_depths_.at(b.get());
    });
    return layers;
  }

 private:
  using CallKey = std::pair<Layer*, int>;

  bool stops_at(const CallKey& call) const {
    return inputs_.contains({call.first, call.second, 0});
  }

  /// Depth first without recursion: a graph may be thousands of layers deep.
  void visit(const SymbolicTensor& output) {
    struct Frame {
      CallKey call;
      size_t next_input;
    };
    std::vector<Frame> stack;
    const auto open = [&](const SymbolicTensor& tensor) {
      const CallKey call{tensor.layer.get(), tensor.call_index};
      if (!opened_.insert(call).second) return;
      if (std::find(walked_.begin(), walked_.end(), tensor.layer) == walked_.end()) {
        walked_.push_back(tensor.layer);
      }
      stack.push_back({call, 0});
    };
    open(output);
    while (!stack.empty()) {
      const CallKey call = stack.back().call;
      const std::vector<SymbolicTensor>& inputs = call.first->calls()[call.second]->inputs;
      if (!stops_at(call) && inputs.empty()) {
        throw ValueError(text("Graph disconnected: the outputs depend on '", call.first->name(),
                              "', which is not among the model's inputs. Add it to `inputs`"));
      }
      if (stops_at(call) || stack.back().next_input == inputs.size()) {
        finished_.push_back(call);
        stack.pop_back();
      } else {
        open(inputs[stack.back().next_input++]);
      }
    }
  }

  std::set<Key> inputs_;
  std::set<CallKey> opened_;
  std::vector<CallKey> finished_;  // inputs before what is made of them
  std::vector<LayerPtr> walked_;   // in the order of the walk
  std::map<CallKey, int> call_depths_;
  std::map<const Layer*, int> layer_depths_;
};

std::string unique_model_name() {
  static int count = 0;
  return text("model", ++count);
}

Config reference(const SymbolicTensor& tensor, const std::map<std::pair<Layer*, int>, int>& calls) {
  return Config::Array{tensor.layer->name(), calls.at({tensor.layer.get(), tensor.call_index}),
                       tensor.output_index};
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
    throw ValueError(text("Model '", name(), "' needs at least one input and one output, got ",
                          inputs.size(), " and ", outputs.size()));
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].call().inputs.empty()) {
      throw ValueError(text("Input ", i, " of model '", name(), "' is the output of layer '",
                            inputs[i].layer->name(), "'; a model's inputs must come from input()"));
    }
    for (size_t j = 0; j < i; ++j) {
      if (inputs[i].is(inputs[j])) {
        throw ValueError(text("Model '", name(), "' was given '", inputs[i].layer->name(),
                              "' twice among its inputs"));
      }
    }
  }
  GraphOrder order(inputs, outputs);
  std::vector<LayerPtr> layers = order.layers();
  for (const SymbolicTensor& input : inputs) {  // an input that nothing uses is a layer too
    if (std::find(layers.begin(), layers.end(), input.layer) == layers.end()) {
      layers.insert(layers.begin(), input.layer);
    }
  }
  std::map<std::string, int> names;
  for (const LayerPtr& layer : layers) {
    if (++names[layer->name()] > 1) {
      throw ValueError(text("The name '", layer->name(),
                            "' is used by two different layers of "
                            "model '",
                            name(),
                            "'. All layer names should be unique: give one of "
                            "them another `name`"));
    }
  }
  nodes_ = order.nodes();
  layers_ = std::move(layers);
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
}

LayerPtr Model::get_layer(const std::string& name) const {
  std::string known;
  for (const LayerPtr& layer : layers_) {
    if (layer->name() == name) return layer;
    known += (known.empty() ? "" : ", ") + layer->name();
  }
  throw ValueError(text("No such layer: '", name, "'. Model '", this->name(), "' has ", known));
}

namespace {
std::vector<std::string> layer_names(const std::vector<SymbolicTensor>& tensors) {
  std::vector<std::string> names;
  for (const SymbolicTensor& tensor : tensors) names.push_back(tensor.layer->name());
  return names;
}

/// Runs `visit(node, inputs) -> outputs` for each Call in order, and returns what it gave for
/// `wanted`.
template <typename T, typename Visit>
std::vector<T> propagate(const std::vector<Model::Node>& nodes,
                         const std::vector<SymbolicTensor>& inputs, std::span<const T> given,
                         const std::vector<SymbolicTensor>& wanted, Visit visit) {
  std::map<Key, T> values;
  for (size_t i = 0; i < inputs.size(); ++i) values[key_of(inputs[i])] = given[i];
  for (const Model::Node& node : nodes) {
    const Call& call = *node.layer->calls()[node.call_index];
    if (values.contains({node.layer.get(), node.call_index, 0})) continue;
    std::vector<T> arguments;
    for (const SymbolicTensor& input : call.inputs) arguments.push_back(values.at(key_of(input)));
    std::vector<T> results = visit(node, std::span<const T>(arguments));
    for (size_t i = 0; i < results.size(); ++i) {
      values[{node.layer.get(), node.call_index, static_cast<int>(i)}] = std::move(results[i]);
    }
  }
  std::vector<T> results;
  for (const SymbolicTensor& tensor : wanted) results.push_back(values.at(key_of(tensor)));
  return results;
}
}  // namespace

std::vector<std::string> Model::input_names() const { return layer_names(inputs_); }
std::vector<std::string> Model::output_names() const { return layer_names(outputs_); }

std::vector<Shape> Model::output_shapes(std::span<const Shape> inputs) const {
  if (inputs.size() != inputs_.size()) {
    throw ValueError(
        text("Model '", name(), "' has ", inputs_.size(), " inputs, got ", inputs.size()));
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Shape& need = inputs_[i].shape;
    bool fits = inputs[i].rank() == need.rank();
    for (int axis = 0; fits && axis < need.rank(); ++axis) {
      const int got = inputs[i][axis];
      fits = need[axis] == kUnknown || got == kUnknown || got == need[axis];
    }
    if (!fits) {
      throw ValueError(text("Model '", name(), "' needs shape ", to_string(need), " for input '",
                            inputs_[i].layer->name(), "', got ", to_string(inputs[i])));
    }
  }
  return propagate<Shape>(nodes_, inputs_, inputs, outputs_,
                          [](const Node& node, std::span<const Shape> shapes) {
                            node.layer->check_inputs(shapes);
                            return node.layer->call_output_shapes(node.call_index, shapes);
                          });
}

std::vector<DType> Model::output_dtypes(std::span<const DType> inputs) const {
  return propagate<DType>(nodes_, inputs_, inputs, outputs_,
                          [](const Node& node, std::span<const DType> dtypes) {
                            return node.layer->output_dtypes(dtypes);
                          });
}

std::vector<Tensor> Model::call(std::span<const Tensor> inputs, const CallOptions& options) {
  if (outputs_.empty()) {
    throw ValueError(text("Model '", name(), "' has no layers yet: add some first"));
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
    const std::vector<Tensor> results = node.layer->run_call(node.call_index, tensors, inner);
    output_masks.resize(results.size());
    std::vector<Masked> outputs;
    for (size_t i = 0; i < results.size(); ++i) outputs.push_back({results[i], output_masks[i]});
    return outputs;
  };
  std::vector<Tensor> results;
  for (Masked& output : propagate<Masked>(nodes_, inputs_, given, outputs_, run)) {
    results.push_back(std::move(output.tensor));
    if (options.output_masks != nullptr) options.output_masks->push_back(std::move(output.mask));
  }
  return results;
}

Config Model::config() const {
  // Calls are numbered anew: a layer's calls in other models are not part of this one.
  std::map<std::pair<Layer*, int>, int> calls;
  std::map<Layer*, int> counts;
  std::vector<Node> in_order = nodes_;
  std::stable_sort(in_order.begin(), in_order.end(),
                   [](const Node& a, const Node& b) { return a.call_index < b.call_index; });
  for (const Node& node : in_order) {
    calls[{node.layer.get(), node.call_index}] = counts[node.layer.get()]++;
  }
  Config::Array layers;
  for (const LayerPtr& layer : layers_) {
    Config::Array inbound;
    for (const Node& node : in_order) {
      if (node.layer != layer) continue;
      Config::Array inputs;
      for (const SymbolicTensor& input : layer->calls()[node.call_index]->inputs) {
        Config::Array inbound_reference = *reference(input, calls).as_array();
        const Config& arguments = layer->calls()[node.call_index]->arguments;
        inbound_reference.push_back(arguments.is_null() ? Config(Config::Object{}) : arguments);
        inputs.emplace_back(std::move(inbound_reference));
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
    for (const SymbolicTensor& tensor : tensors) list.push_back(reference(tensor, calls));
    return list;
  };
  config.set("inputLayers", references(inputs_));
  config.set("outputLayers", references(outputs_));
  return config;
}

}  // namespace heddle
