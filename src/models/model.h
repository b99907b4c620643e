#pragma once

#include <memory>
#include <string>
#include <vector>

#include "layers/layer.h"
#include "models/graph_order.h"

namespace heddle {

class Sequential;

/// A directed graph of Calls between inputs and outputs. A Model is a Layer: it can be called,
/// nested, shared and frozen like one.
class Model : public Layer {
 public:
  /// Throws ValueError when an output does not depend on the inputs alone, or two layers have the
  /// same name.
  static std::shared_ptr<Model> create(std::vector<SymbolicTensor> inputs,
                                       std::vector<SymbolicTensor> outputs, std::string name = "");

  std::string class_name() const override { return "Model"; }
  Config config() const override;
  std::vector<Shape> output_shapes(std::span<const Shape> inputs) const override;
  std::vector<DType> output_dtypes(std::span<const DType> inputs) const override;
  std::vector<Tensor> call(std::span<const Tensor> inputs, const CallOptions& options) override;
  std::vector<LayerPtr> sublayers() const override { return layers_; }
  Model* as_model() override { return this; }
  /// This model if it is a stack of layers, or null.
  virtual Sequential* as_sequential() { return nullptr; }

  /// Each layer once, inputs first.
  const std::vector<LayerPtr>& layers() const { return layers_; }
  /// By name. Throws ValueError that lists the names there are.
  LayerPtr get_layer(const std::string& name) const;
  const std::vector<SymbolicTensor>& inputs() const { return inputs_; }
  const std::vector<SymbolicTensor>& outputs() const { return outputs_; }
  /// The names of the layers that make them.
  std::vector<std::string> input_names() const;
  std::vector<std::string> output_names() const;

  /// The Calls of the graph, in the order in which they run.
  using Node = GraphNode;
  const std::vector<Node>& nodes() const { return nodes_; }

 protected:
  Model(Options& options, const char* class_name);
  /// Takes the graph between these tensors as the model's.
  void set_graph(std::vector<SymbolicTensor> inputs, std::vector<SymbolicTensor> outputs);
  /// Takes the graph away: a model without layers.
  void clear_graph();

 private:
  /// Runs `visit(node, inputs) -> outputs` for each Call in order, and returns what it gave for the
  /// model's outputs.
  template <typename T, typename Visit>
  std::vector<T> propagate(std::span<const T> given, Visit visit) const;
  /// Which Call of its layer makes it, among those in this model.
  int call_number(const SymbolicTensor& tensor) const;

  std::vector<SymbolicTensor> inputs_;
  std::vector<SymbolicTensor> outputs_;
  std::vector<LayerPtr> layers_;
  std::vector<Node> nodes_;
  std::vector<int> input_places_;
  std::vector<int> output_places_;
  int num_places_ = 0;
};

using ModelPtr = std::shared_ptr<Model>;

/// A stack of layers with one input and one output each.
class Sequential : public Model {
 public:
  static std::shared_ptr<Sequential> create(const std::vector<LayerPtr>& layers,
                                            std::string name = "");

  std::string class_name() const override { return "Sequential"; }
  Sequential* as_sequential() override { return this; }
  Config config() const override;
  /// Adds a layer on top, with nothing changed if it does not fit. The first layer must know its
  /// input shape (or be built, or be an InputLayer).
  void add(const LayerPtr& layer);
  /// Takes the last layer away.
  void pop();
  /// The layers as they were added (the hidden InputLayer left out).
  const std::vector<LayerPtr>& stack() const { return stack_; }

 private:
  using Model::Model;
  std::vector<LayerPtr> stack_;
  std::vector<SymbolicTensor> tensors_;  // the input, then each layer's output
};

}  // namespace heddle
