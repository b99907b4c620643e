#include "graph/steps.h"

#include <limits>
#include <map>
#include <utility>

#include "graph/ancestors.h"
#include "ops/elementwise.h"
#include "tensor/order_by.h"

namespace heddle {
namespace {

/// Numbers the outputs of nodes.
class Lowering {
 public:
  explicit Lowering(const Graph& graph) {
    if (graph.forward_end != 0) forward_end_ = graph.forward_end;
    out_.num_inputs = static_cast<int>(graph.inputs.size());
    for (int i = 0; i < out_.num_inputs; ++i) {
      Value value{graph.inputs[i].spec(), Storage::kInput};
      value.input = i;
      add_value(graph.inputs[i], value);
    }
    for (Node* node : nodes_of(graph)) add_node(*node);
    for (const Tensor& output : graph.outputs) out_.outputs.push_back(lasting(value_of(output)));
    for (const auto& [variable, tensor] : graph.assigned) {
      const auto read = reads_.find(variable.get());
      out_.assignments.push_back(
          {variable, lasting(value_of(tensor)), read == reads_.end() ? -1 : read->second});
    }
  }

  StepGraph take() { return std::move(out_); }

 private:
  /// All traced nodes that something depends on, in topological order.
  static std::vector<Node*> nodes_of(const Graph& graph) {
    std::vector<Tensor> ends = graph.outputs;
    for (const auto& [variable, tensor] : graph.assigned) ends.push_back(tensor);
    return ancestors(ends, [](const Node& node) { return node.traced && node.op != nullptr; });
  }

  int add_value(const Tensor& tensor, Value value) {
    const int number = static_cast<int>(out_.values.size());
    numbers_[{&tensor.node(), tensor.index()}] = number;
    out_.values.push_back(std::move(value));
    roots_.push_back(number);
    return number;
  }

  int value_of(const Tensor& tensor) {
    const auto found = numbers_.find({&tensor.node(), tensor.index()});
    if (found != numbers_.end()) return found->second;
    if (tensor.traced()) {
      fail<ValueError>(
          "[jit] a tensor of another traced function was used. Pass it as an argument instead");
    }
    Value value{tensor.spec(), Storage::kConstant};
    value.constant = tensor.buffer();
    return add_value(tensor, value);
  }

  void add_node(Node& node) {
    if (node.op->variable() != nullptr && node.inputs.empty()) {
      const VariablePtr& variable = *node.op->variable();
      const auto [read, first] = reads_.try_emplace(variable.get(), 0);
      if (first) {
        Value value{node.outputs[0].spec, Storage::kVariable};
        value.variable = variable;
        read->second = add_value(node.output(0), value);
      } else {
        numbers_[{&node, 0}] = read->second;
      }
      return;
    }
    Step step{node.op, {}, {}, node.id() > forward_end_};
    for (const Tensor& input : node.inputs) step.inputs.push_back(value_of(input));
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      step.outputs.push_back(
          add_value(node.output(static_cast<int>(i)), Value{node.outputs[i].spec}));
    }
    if (node.op->alias() >= 0) {
      roots_[step.outputs[0]] = roots_[step.inputs[node.op->alias()]];
    }
    out_.steps.push_back(std::move(step));
  }

  /// What is used after the last step must not be the memory of a Variable, which assignments may
  /// have changed by then, nor of an input, which the caller may have freed: it is copied.
  int lasting(int value) {
    const Storage storage = out_.values[roots_[value]].storage;
    if (storage != Storage::kVariable && storage != Storage::kInput) return value;
    const int copy = static_cast<int>(out_.values.size());
    out_.values.push_back(Value{out_.values[value].spec});
    roots_.push_back(copy);
    out_.steps.push_back({copy_op(out_.values[value].spec.dtype), {value}, {copy}, true});
    return copy;
  }

  StepGraph out_;
  uint64_t forward_end_ = std::numeric_limits<uint64_t>::max();
  std::map<std::pair<Node*, int>, int> numbers_;
  std::map<const Variable*, int> reads_;  // the value that is its memory
  std::vector<int> roots_;                // per value: whose memory it is, through reshapes
};

}  // namespace

std::vector<int> StepGraph::count_uses() const {
  std::vector<int> uses(values.size(), 0);
  for (const Step& step : steps) {
    for (int input : step.inputs) ++uses[input];
  }
  for (int output : outputs) ++uses[output];
  for (const Assignment& assignment : assignments) ++uses[assignment.value];
  return uses;
}

void order_steps(std::vector<Step>& steps, std::span<const uint64_t> keys) {
  std::vector<Step> ordered;
  for (const int s : order_by(keys)) {
    if (steps[s].op != nullptr) ordered.push_back(std::move(steps[s]));
  }
  steps = std::move(ordered);
}

StepGraph lower(const Graph& graph) { return Lowering(graph).take(); }

}  // namespace heddle
