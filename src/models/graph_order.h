#pragma once

#include <span>
#include <vector>

#include "layers/layer.h"

namespace heddle {

/// One Call of a graph. Every value of the graph has a place, a number.
struct GraphNode {
  LayerPtr layer;
  CallPtr call;
  std::vector<int> inputs;  // places; empty for where data enters
  int output = 0;           // the place of its first output; the others follow
};

/// The Calls and the layers between inputs and outputs.
struct GraphOrder {
  std::vector<GraphNode> nodes;  // inputs before what is made of them
  std::vector<LayerPtr> layers;  // each once
  std::vector<int> input_places;
  std::vector<int> output_places;
  int num_places = 0;
};

/// Walks from the outputs back to the inputs and puts Calls and layers in the order of Keras and
/// TensorFlow.js: by depth (the longest way to an output), then in the order of the walk. Throws
/// ValueError when an output depends on something that is not among the inputs.
GraphOrder order_graph(std::span<const SymbolicTensor> inputs,
                       std::span<const SymbolicTensor> outputs);

}  // namespace heddle
