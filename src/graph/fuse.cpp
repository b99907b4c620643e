#include "graph/fuse.h"

#include <algorithm>
#include <array>
#include <optional>

#include "ops/elementwise.h"

namespace heddle {
namespace {

using kernels::Activation;
using kernels::Chain;
using kernels::Code;

constexpr int kNone = -1;

const Elementwise* as_elementwise(const Step& step) { return step.op->as_elementwise(); }

/// The step that makes each value, or kNone.
std::vector<int> producers(const StepGraph& graph) {
  std::vector<int> made_by(graph.values.size(), kNone);
  for (size_t s = 0; s < graph.steps.size(); ++s) {
    for (int output : graph.steps[s].outputs) made_by[output] = static_cast<int>(s);
  }
  return made_by;
}

void drop_empty_steps(StepGraph& graph) {
  std::erase_if(graph.steps, [](const Step& step) { return step.op == nullptr; });
}

Activation activation_of(const kernels::ChainStep& step) {
  switch (step.code) {
    case Code::kRelu:
      return Activation::kRelu;
    case Code::kRelu6:
      return Activation::kRelu6;
    case Code::kClip:  // as the layer reLU({maxValue: 6}) ends
      return step.constants[0] == 0 && step.constants[1] == 6 ? Activation::kRelu6
                                                              : Activation::kNone;
    case Code::kSigmoid:
      return Activation::kSigmoid;
    case Code::kTanh:
      return Activation::kTanh;
    default:
      return Activation::kNone;
  }
}

/// Lets products absorb the elementwise step that uses them, when it is their only use.
class Epilogues {
 public:
  explicit Epilogues(StepGraph& graph)
      : graph_(graph), uses_(graph.count_uses()), made_by_(producers(graph)) {}

  void run() {
    for (size_t s = 0; s < graph_.steps.size(); ++s) {
      const Elementwise* op = as_elementwise(graph_.steps[s]);
      if (op == nullptr || op->chain().num_steps != 1) continue;
      const kernels::ChainStep& step = op->chain().steps[0];
      if (step.code == Code::kAdd) {
        absorb_add(s, 0, 1) || absorb_add(s, 1, 0);
      } else if (const Activation activation = activation_of(step);
                 activation != Activation::kNone) {
        const Step* product = product_of(s, 0);
        if (product != nullptr) {
          replace(s, 0, product->op->absorb_activation(activation), kNone);
        }
      }
    }
    drop_empty_steps(graph_);
  }

 private:
  /// The step that makes operand i of step s, if that is its only use and the shape stays.
  const Step* product_of(size_t s, int i) const {
    const int value = graph_.steps[s].inputs[i];
    const int result = graph_.steps[s].outputs[0];
    if (made_by_[value] == kNone || uses_[value] != 1) return nullptr;
    if (graph_.values[value].spec != graph_.values[result].spec) return nullptr;
    return &graph_.steps[made_by_[value]];
  }

  bool absorb_add(size_t s, int operand, int other) {
    const Step* product = product_of(s, operand);
    if (product == nullptr || product->outputs[0] != graph_.steps[s].inputs[operand]) return false;
    const int added = graph_.steps[s].inputs[other];
    const TensorSpec& spec = graph_.values[added].spec;
    const TensorSpec& result = graph_.values[graph_.steps[s].outputs[0]].spec;
    if (spec == result) return replace(s, operand, product->op->absorb_sum(), added);
    const bool is_bias = spec.dtype == DType::kFloat32 && spec.shape.rank() == 1 &&
                         result.shape.rank() > 1 && spec.shape[0] == result.shape[-1];
    return is_bias && replace(s, operand, product->op->absorb_bias(), added);
  }

  /// Puts the product, as `op` and with one input more, in the place of step s.
  bool replace(size_t s, int operand, OpPtr op, int added) {
    if (op == nullptr) return false;
    Step& step = graph_.steps[s];
    Step& product = graph_.steps[made_by_[step.inputs[operand]]];
    step.op = std::move(op);
    step.inputs = std::move(product.inputs);
    if (added != kNone) step.inputs.push_back(added);
    product.op = nullptr;
    made_by_[step.outputs[0]] = static_cast<int>(s);
    return true;
  }

  StepGraph& graph_;
  std::vector<int> uses_;
  std::vector<int> made_by_;
};

/// True for steps whose result is 1 or 0, so that a bool of it is the number itself.
bool is_truth(Code code) {
  return (code >= Code::kEqual && code <= Code::kLogicalXor) || code == Code::kLogicalNot ||
         code == Code::kIsNan || code == Code::kIsInf || code == Code::kIsFinite;
}

/// Joins elementwise steps into chains.
class Chains {
 public:
  explicit Chains(StepGraph& graph)
      : graph_(graph), made_by_(producers(graph)), users_(graph.values.size()) {
    for (size_t s = 0; s < graph_.steps.size(); ++s) {
      for (int input : graph_.steps[s].inputs) users_[input].push_back(static_cast<int>(s));
    }
    const int end = static_cast<int>(graph_.steps.size());
    for (int output : graph_.outputs) users_[output].push_back(end);
    for (const Assignment& assignment : graph_.assignments) users_[assignment.value].push_back(end);
  }

  void run() {
    for (size_t s = 0; s < graph_.steps.size(); ++s) {
      if (as_elementwise(graph_.steps[s]) == nullptr) continue;
      while (absorb_one_producer(static_cast<int>(s))) {
      }
    }
    drop_empty_steps(graph_);
  }

 private:
  bool absorb_one_producer(int consumer) {
    for (int value : graph_.steps[consumer].inputs) {
      const int producer = made_by_[value];
      if (producer == kNone || !may_join(producer, consumer, value)) continue;
      if (join(producer, consumer)) return true;
    }
    return false;
  }

  bool may_join(int producer, int consumer, int value) const {
    const Elementwise* from = as_elementwise(graph_.steps[producer]);
    if (from == nullptr) return false;
    const Chain& before = from->chain();
    const Chain& after = as_elementwise(graph_.steps[consumer])->chain();
    const Value& result = graph_.values[graph_.steps[consumer].outputs[0]];
    if (before.compute != after.compute) return false;
    if (graph_.values[value].spec.shape != result.spec.shape) return false;
    // Whatever else uses the producer's outputs must come after the joined step, which stands
    // where the consumer does.
    for (int output : graph_.steps[producer].outputs) {
      for (int user : users_[output]) {
        if (user < consumer) return false;
      }
    }
    return true;
  }

  /// Replaces the consumer by producer and consumer in one; false when that exceeds the limits of
  /// a chain, or the value between them is more than its number (a rounding conversion).
  bool join(int producer, int consumer) {
    const Step& first = graph_.steps[producer];
    const Step& second = graph_.steps[consumer];
    const Chain& a = as_elementwise(first)->chain();
    const Chain& b = as_elementwise(second)->chain();

    // Inputs of both, each once, without what the producer hands to the consumer.
    std::vector<int> inputs = first.inputs;
    for (int input : second.inputs) {
      const bool inner = made_by_[input] == producer;
      if (!inner && std::find(inputs.begin(), inputs.end(), input) == inputs.end()) {
        inputs.push_back(input);
      }
    }
    // Outputs of both that anybody else still needs.
    std::vector<int> outputs = second.outputs;
    for (int output : first.outputs) {
      const auto& users = users_[output];
      if (std::any_of(users.begin(), users.end(), [&](int user) { return user != consumer; })) {
        outputs.push_back(output);
      }
    }
    if (inputs.size() > kernels::kMaxChainInputs || outputs.size() > kernels::kMaxChainOutputs ||
        a.num_steps + b.num_steps > kernels::kMaxChainSteps) {
      return false;
    }

    Chain chain;
    chain.compute = a.compute;
    chain.num_inputs = static_cast<int>(inputs.size());
    chain.num_outputs = static_cast<int>(outputs.size());
    for (size_t i = 0; i < inputs.size(); ++i) {
      chain.inputs[i] = graph_.values[inputs[i]].spec.dtype;
    }
    const auto input_number = [&](int value) {
      return static_cast<uint8_t>(std::find(inputs.begin(), inputs.end(), value) - inputs.begin());
    };
    // The new numbers of the values of both chains.
    std::array<uint8_t, kernels::kMaxChainInputs + kernels::kMaxChainSteps> of_a{};
    std::array<uint8_t, kernels::kMaxChainInputs + kernels::kMaxChainSteps> of_b{};
    for (int i = 0; i < a.num_inputs; ++i) of_a[i] = input_number(first.inputs[i]);
    for (int i = 0; i < a.num_steps; ++i) {
      of_a[a.num_inputs + i] = static_cast<uint8_t>(chain.num_inputs + i);
    }
    for (int i = 0; i < b.num_inputs; ++i) {
      const int value = second.inputs[i];
      if (made_by_[value] != producer) {
        of_b[i] = input_number(value);
        continue;
      }
      const std::optional<int> handed = handed_over(first, value);
      if (!handed) return false;
      of_b[i] = of_a[*handed];
    }
    for (int i = 0; i < b.num_steps; ++i) {
      of_b[b.num_inputs + i] = static_cast<uint8_t>(chain.num_inputs + a.num_steps + i);
    }
    const auto append = [&](const Chain& part, const auto& numbers) {
      for (int i = 0; i < part.num_steps; ++i) {
        kernels::ChainStep& step = chain.steps[chain.num_steps++] = part.steps[i];
        for (int k = 0; k < kernels::operand_count(step.code); ++k) {
          step.operands[k] = numbers[step.operands[k]];
        }
      }
    };
    append(a, of_a);
    append(b, of_b);
    for (size_t i = 0; i < outputs.size(); ++i) {
      const auto in_b = std::find(second.outputs.begin(), second.outputs.end(), outputs[i]);
      const bool is_b = in_b != second.outputs.end();
      const Step& owner = is_b ? second : first;
      const Chain& part = is_b ? b : a;
      const auto position =
          std::find(owner.outputs.begin(), owner.outputs.end(), outputs[i]) - owner.outputs.begin();
      const kernels::ChainOutput& output = part.outputs[position];
      chain.outputs[i] = {is_b ? of_b[output.value] : of_a[output.value], output.dtype};
    }

    replace(producer, consumer, std::move(inputs), std::move(outputs), chain);
    return true;
  }

  /// The number, in the producer's chain, of an output; none if storing it changes its value.
  std::optional<int> handed_over(const Step& producer, int value) const {
    const Chain& chain = as_elementwise(producer)->chain();
    const auto position = std::find(producer.outputs.begin(), producer.outputs.end(), value) -
                          producer.outputs.begin();
    const kernels::ChainOutput& output = chain.outputs[position];
    if (output.dtype == chain.compute) return output.value;
    const int step = output.value - chain.num_inputs;
    const bool truth =
        output.dtype == DType::kBool && step >= 0 && is_truth(chain.steps[step].code);
    return truth ? std::optional<int>(output.value) : std::nullopt;
  }

  void replace(int producer, int consumer, std::vector<int> inputs, std::vector<int> outputs,
               const Chain& chain) {
    Step& first = graph_.steps[producer];
    Step& second = graph_.steps[consumer];
    for (int input : first.inputs) std::erase(users_[input], producer);
    for (int input : second.inputs) std::erase(users_[input], consumer);
    for (int input : inputs) users_[input].push_back(consumer);
    for (int output : outputs) made_by_[output] = consumer;
    first = Step{};
    second = Step{std::make_shared<Elementwise>(chain), std::move(inputs), std::move(outputs),
                  second.backward};
  }

  StepGraph& graph_;
  std::vector<int> made_by_;
  std::vector<std::vector<int>> users_;
};

}  // namespace

void fuse(StepGraph& graph) {
  Epilogues(graph).run();
  Chains(graph).run();
}

}  // namespace heddle
