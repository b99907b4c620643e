#include "ops/op.h"

#include <algorithm>
#include <utility>

#include "ops/random.h"

namespace heddle {

Context& context() {
  static Context instance;
  return instance;
}

std::vector<Tensor> Op::gradient(const GradientRequest& /*request*/) const {
  fail<ValueError>(
      "[{}] has no gradient. Use an op that is differentiable, or keep it out of the function "
      "whose gradient is taken",
      name());
}

PreparedOp Op::prepared(std::span<const TensorSpec> /*inputs*/) const { return {}; }

namespace {

void run_now(const Op& op, Node& node, std::span<const Tensor> inputs) {
  if (op.alias() >= 0) {
    node.outputs[0].buffer = inputs[op.alias()].buffer();
    return;
  }
  std::vector<View> in;
  std::vector<View> out;
  in.reserve(inputs.size());
  out.reserve(node.outputs.size());
  for (const Tensor& input : inputs) in.push_back({input.buffer()->data(), &input.spec()});
  for (Node::Output& output : node.outputs) {
    output.buffer = Buffer::allocate(output.spec.bytes());
    out.push_back({output.buffer->data(), &output.spec});
  }
  op.run({random_seed(), 0}, in, out);
}

std::shared_ptr<Node> make_node(const Op& op, std::span<const TensorSpec> specs) {
  std::vector<Node::Output> outputs;
  for (TensorSpec& spec : op.infer(specs)) {
    check_size(spec.shape, op.name());
    outputs.push_back({spec, nullptr});
  }
  return std::make_shared<Node>(std::move(outputs));
}

}  // namespace

std::vector<Tensor> apply_all(OpPtr op, std::vector<Tensor> inputs) {
  std::vector<TensorSpec> specs;
  specs.reserve(inputs.size());
  bool traced = false;
  bool tracked = false;
  for (const Tensor& input : inputs) {
    specs.push_back(input.spec());
    traced |= input.node().traced;
    tracked |= input.node().tracked;
  }
  if (traced && context().trace == nullptr) {
    fail<ValueError>(
        "[{}] a tensor of a traced function was used outside it. Return it from the function "
        "instead",
        op->name());
  }
  const std::shared_ptr<Node> node = make_node(*op, specs);
  node->traced = traced;
  node->tracked = tracked && context().tapes > 0;
  if (!traced) run_now(*op, *node, inputs);
  if (traced || node->tracked) {
    node->op = std::move(op);
    node->inputs = std::move(inputs);
  }
  std::vector<Tensor> outputs;
  for (size_t i = 0; i < node->outputs.size(); ++i) {
    outputs.push_back(node->output(static_cast<int>(i)));
  }
  return outputs;
}

Tensor apply(OpPtr op, std::vector<Tensor> inputs) {
  return apply_all(std::move(op), std::move(inputs)).front();
}

std::vector<Tensor> apply_all(OpPtr op, std::initializer_list<TensorRef> inputs) {
  std::vector<Tensor> tensors;
  tensors.reserve(inputs.size());
  for (const TensorRef& input : inputs) tensors.push_back(*input.tensor);
  return apply_all(std::move(op), std::move(tensors));
}

Tensor apply(OpPtr op, std::initializer_list<TensorRef> inputs) {
  return apply_all(std::move(op), inputs).front();
}

Tensor apply_source(OpPtr op, bool tracked, std::vector<Tensor> inputs) {
  const std::shared_ptr<Node> node = make_node(*op, {});
  node->traced = context().trace != nullptr;
  node->tracked = tracked && context().tapes > 0;
  if (!node->traced) {
    if (op->variable() != nullptr) {
      node->outputs[0].buffer = (*op->variable())->buffer();
    } else {
      run_now(*op, *node, {});
    }
  }
  if (node->traced || node->tracked) node->op = std::move(op);
  if (node->traced) node->inputs = std::move(inputs);
  return node->output(0);
}

}  // namespace heddle
