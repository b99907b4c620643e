#include "models/graph_order.h"

#include <algorithm>
#include <map>
#include <utility>

#include "tensor/order_by.h"

namespace heddle {
namespace {

/// A Call on the walk.
struct Walked {
  Layer* layer;
  CallPtr call;
  int depth = 0;
  int next_input = 0;
  int output = 0;  // place
};

class Walk {
 public:
  Walk(std::span<const SymbolicTensor> inputs, std::span<const SymbolicTensor> outputs)
      : inputs_(inputs) {
    for (const SymbolicTensor& output : outputs) visit(output);
    int deepest = 0;
    // From the outputs on: each Call is as deep as the deepest that reads it, and its layer as deep
    // as the deepest of its Calls.
    for (auto number = finished_.rbegin(); number != finished_.rend(); ++number) {
      Walked& call = calls_[*number];
      int& layer_depth = layers_[place_of(call.layer)].second;
      layer_depth = call.depth = std::max(call.depth, layer_depth);
      for (const SymbolicTensor& input : inputs_of(call)) {
        Walked& below = calls_[number_of(input)];
        below.depth = std::max(below.depth, call.depth + 1);
        deepest = std::max(deepest, below.depth);
      }
    }
    // Inputs that nothing uses come first.
    for (const SymbolicTensor& input : inputs) {
      if (!enter(input)) continue;
      finished_.push_back(number_of(input));
      calls_.back().depth = layers_[place_of(input.layer.get())].second = deepest + 1;
    }
  }

  GraphOrder order(std::span<const SymbolicTensor> outputs) {
    GraphOrder order;
    const std::vector<int> by_depth =
        deepest_first(finished_, [&](int number) { return calls_[number].depth; });
    for (const int number : by_depth) {
      Walked& call = calls_[number];
      call.output = order.num_places;
      order.num_places += static_cast<int>(call.call->output_shapes.size());
      GraphNode node{call.layer->shared_from_this(), call.call, {}, call.output};
      for (const SymbolicTensor& input : inputs_of(call)) node.inputs.push_back(place(input));
      order.nodes.push_back(std::move(node));
    }
    std::vector<int> numbers(layers_.size());
    for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<int>(i);
    for (const int i : deepest_first(numbers, [&](int at) { return layers_[at].second; })) {
      order.layers.push_back(layers_[i].first->shared_from_this());
    }
    for (const SymbolicTensor& input : inputs_) order.input_places.push_back(place(input));
    for (const SymbolicTensor& output : outputs) order.output_places.push_back(place(output));
    return order;
  }

 private:
  static std::span<const SymbolicTensor> inputs_of(const Walked& call) { return call.call->inputs; }
  int number_of(const SymbolicTensor& tensor) const { return numbers_.at(tensor.source.get()); }
  int place(const SymbolicTensor& tensor) const {
    return calls_[number_of(tensor)].output + tensor.output_index;
  }
  int place_of(const Layer* layer) const {
    const auto found = std::find_if(layers_.begin(), layers_.end(),
                                    [&](const auto& entry) { return entry.first == layer; });
    return static_cast<int>(found - layers_.begin());
  }

  /// In a stable order.
  template <typename Depth>
  static std::vector<int> deepest_first(const std::vector<int>& numbers, Depth depth) {
    std::vector<uint64_t> keys;
    for (const int number : numbers) keys.push_back(~static_cast<uint64_t>(depth(number)));
    std::vector<int> sorted;
    for (const int i : order_by(keys)) sorted.push_back(numbers[i]);
    return sorted;
  }

  /// Gives the Call that makes a tensor a number; false if it has one.
  bool enter(const SymbolicTensor& tensor) {
    if (!numbers_.emplace(tensor.source.get(), static_cast<int>(calls_.size())).second) {
      return false;
    }
    Layer* layer = tensor.layer.get();
    calls_.push_back({layer, tensor.source});
    if (place_of(layer) == static_cast<int>(layers_.size())) layers_.emplace_back(layer, 0);
    return true;
  }

  /// Depth first without recursion: a graph may be thousands of layers deep.
  void visit(const SymbolicTensor& output) {
    std::vector<int> stack;
    const auto open = [&](const SymbolicTensor& tensor) {
      if (!enter(tensor)) return;
      stack.push_back(number_of(tensor));
      if (!inputs_of(calls_.back()).empty()) return;
      const bool given = std::any_of(inputs_.begin(), inputs_.end(),
                                     [&](const auto& input) { return input.is(tensor); });
      if (!given) {
        fail<ValueError>(
            "Graph disconnected: the outputs depend on '{}', which is not among the model's "
            "inputs. Add it to `inputs`",
            tensor.layer->name());
      }
    };
    open(output);
    while (!stack.empty()) {
      const int number = stack.back();
      Walked& call = calls_[number];
      const std::span<const SymbolicTensor> inputs = inputs_of(call);
      if (call.next_input == static_cast<int>(inputs.size())) {
        finished_.push_back(number);
        stack.pop_back();
      } else {
        open(inputs[call.next_input++]);
      }
    }
  }

  std::span<const SymbolicTensor> inputs_;
  std::map<const Call*, int> numbers_;
  std::vector<Walked> calls_;                   // by number
  std::vector<int> finished_;                   // inputs before what is made of them
  std::vector<std::pair<Layer*, int>> layers_;  // in the order of the walk, and their depths
};

}  // namespace

GraphOrder order_graph(std::span<const SymbolicTensor> inputs,
                       std::span<const SymbolicTensor> outputs) {
  return Walk(inputs, outputs).order(outputs);
}

}  // namespace heddle
