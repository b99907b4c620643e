#include "graph/trace.h"

namespace heddle {

Tensor Trace::input(const TensorSpec& spec) {
  check_size(spec.shape, "trace");
  std::vector<Node::Output> outputs;
  outputs.push_back({spec, nullptr});
  const auto node = std::make_shared<Node>(std::move(outputs));
  node->traced = true;
  inputs_.push_back(node->output(0));
  return inputs_.back();
}

Graph Trace::finish(std::vector<Tensor> outputs) {
  return {std::move(inputs_), std::move(outputs), std::move(state_.assigned), state_.forward_end};
}

}  // namespace heddle
