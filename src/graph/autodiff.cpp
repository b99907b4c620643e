#include "graph/autodiff.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "graph/ancestors.h"
#include "ops/elementwise.h"
#include "ops/op.h"
#include "ops/shape_ops.h"

namespace heddle {
namespace {

bool every(const Node& /*node*/) { return true; }

/// The gradients that have arrived at each output of a node.
using Arrived = std::map<Node*, std::vector<Tensor>>;

void accumulate(Arrived& arrived, const Tensor& target, const Tensor& gradient) {
  std::vector<Tensor>& slots = arrived[&target.node()];
  slots.resize(target.node().outputs.size());
  Tensor& slot = slots[target.index()];
  slot = slot.defined() ? add(slot, gradient) : gradient;
}

}  // namespace

Tensor Tape::watch(const Tensor& x) const {
  // An identity keeps the way into x open for outer tapes; where there is none, it is a leaf.
  const Tensor watched = identity(x);
  watched.node().tracked = true;
  return watched;
}

std::vector<Tensor> gradients(std::span<const Tensor> ys, std::span<const Tensor> grad_ys,
                              std::span<const Tensor> xs) {
  const std::vector<Node*> nodes = ancestors(ys, every);
  if (TraceState* trace = context().trace; trace != nullptr && trace->forward_end == 0) {
    for (const Tensor& y : ys) trace->forward_end = std::max(trace->forward_end, y.node().id());
  }

  // Only what lies between xs and ys is differentiated.
  std::set<const void*> leads_to_x;
  for (const Tensor& x : xs) leads_to_x.insert(&x.node());
  const auto leads = [&](const Tensor& t) { return leads_to_x.contains(&t.node()); };
  for (Node* node : nodes) {
    if (std::any_of(node->inputs.begin(), node->inputs.end(), leads)) leads_to_x.insert(node);
  }

  Arrived arrived;
  for (size_t i = 0; i < ys.size(); ++i) {
    if (!leads(ys[i])) continue;
    const bool given = i < grad_ys.size() && grad_ys[i].defined();
    accumulate(arrived, ys[i], given ? grad_ys[i] : Tensor::full(ys[i].shape(), 1));
  }

  std::vector<uint8_t> wanted;
  for (auto it = nodes.rbegin(); it != nodes.rend(); ++it) {
    Node& node = **it;
    const auto found = arrived.find(&node);
    if (found == arrived.end() || node.op == nullptr) continue;
    wanted.assign(node.inputs.size(), false);
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      wanted[i] = leads(node.inputs[i]) && node.inputs[i].dtype() == DType::kFloat32;
    }
    // Nothing wanted: the node is an x itself, or only leads to one through whole numbers.
    if (std::find(wanted.begin(), wanted.end(), true) == wanted.end()) continue;
    const std::vector<Tensor> input_gradients =
        node.op->gradient(GradientRequest{node, found->second, wanted});
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (wanted[i] && input_gradients[i].defined()) {
        accumulate(arrived, node.inputs[i], input_gradients[i]);
      }
    }
  }

  std::vector<Tensor> results;
  for (const Tensor& x : xs) {
    const auto found = arrived.find(&x.node());
    Tensor result = found == arrived.end() ? Tensor() : found->second[x.index()];
    // Where y depends on x and no gradient came, all ways lead through flat ops (sign, argMax).
    if (!result.defined() && std::find(nodes.begin(), nodes.end(), &x.node()) != nodes.end()) {
      result = Tensor::full(x.shape(), 0);
    }
    results.push_back(std::move(result));
  }
  return results;
}

std::vector<Tensor> variable_reads(std::span<const Tensor> ys) {
  std::vector<Tensor> reads;
  for (Node* node : ancestors(ys, every)) {
    if (node->op != nullptr && node->op->variable() != nullptr) reads.push_back(node->output(0));
  }
  return reads;
}

std::vector<Tensor> variable_gradients(const Tensor& y, std::span<const VariablePtr> variables) {
  const std::span<const Tensor> ys(&y, 1);
  const auto place_of = [&](const Tensor& read) {
    return std::find(variables.begin(), variables.end(), *read.node().op->variable());
  };
  // Only towards these: what is frozen needs no way back.
  std::vector<Tensor> reads = variable_reads(ys);
  std::erase_if(reads, [&](const Tensor& read) { return place_of(read) == variables.end(); });
  const std::vector<Tensor> parts = gradients(ys, {}, reads);
  std::vector<Tensor> sums(variables.size());
  for (size_t i = 0; i < reads.size(); ++i) {
    if (!parts[i].defined()) continue;
    Tensor& sum = sums[place_of(reads[i]) - variables.begin()];
    sum = sum.defined() ? add(sum, parts[i]) : parts[i];
  }
  return sums;
}

}  // namespace heddle
