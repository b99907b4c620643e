#include "graph/ancestors.h"

#include <cstdint>
#include <set>

#include "tensor/order_by.h"

namespace heddle {

std::vector<Node*> ancestors(std::span<const Tensor> tensors, bool (*counts)(const Node&)) {
  std::set<const void*> seen;
  std::vector<Node*> found;
  std::vector<uint64_t> ids;
  const auto visit = [&](const Tensor& tensor) {
    if (!tensor.defined()) return;
    Node& node = tensor.node();
    if (!counts(node) || !seen.insert(&node).second) return;
    found.push_back(&node);
    ids.push_back(node.id());
  };
  for (const Tensor& tensor : tensors) visit(tensor);
  for (size_t i = 0; i < found.size(); ++i) {
    // `visit` may move the vector's memory, so the node is fetched first.
    const Node* node = found[i];
    for (const Tensor& input : node->inputs) visit(input);
  }
  std::vector<Node*> nodes;
  for (const int i : order_by(ids)) nodes.push_back(found[i]);
  return nodes;
}

}  // namespace heddle
