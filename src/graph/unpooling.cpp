#include "graph/unpooling.h"

#include <string_view>
#include <utility>

#include "ops/elementwise.h"

namespace heddle {
namespace {

using kernels::Code;

constexpr int kNone = -1;
constexpr uint32_t kImageAxes = 0b0110;  // of [batch, height, width, channels]

/// Codes of (dy, y) that are 0 where dy is.
bool is_activation_gradient(Code code) {
  return code == Code::kReluGrad || code == Code::kRelu6Grad || code == Code::kSigmoidGrad ||
         code == Code::kTanhGrad || code == Code::kEluGrad;
}

}  // namespace

void unpool_late(StepGraph& graph) {
  const std::vector<int> uses = graph.count_uses();
  std::vector<Step> steps;
  std::vector<int> unpooling(graph.values.size(), kNone);  // the step that has made it by unpooling
  for (Step& step : graph.steps) {
    const int from = step.inputs.empty() ? kNone : unpooling[step.inputs[0]];
    const Elementwise* op = step.op->as_elementwise();
    if (from != kNone && op != nullptr && op->chain().num_steps == 1) {
      const Code code = op->chain().steps[0].code;
      // Inputs of an unpooling: what was pooled, the result, and its gradient.
      if (is_activation_gradient(code) && step.inputs[1] == steps[from].inputs[0] &&
          uses[step.inputs[0]] == 1) {
        Step unpool = std::exchange(steps[from], {});
        const auto masked = static_cast<int>(graph.values.size());
        graph.values.push_back(Value{graph.values[unpool.inputs[2]].spec});
        steps.push_back({step.op, {unpool.inputs[2], unpool.inputs[1]}, {masked}, step.backward});
        unpool.inputs[2] = masked;
        unpool.outputs = step.outputs;
        step = std::move(unpool);
      }
    } else if (from != kNone && (step.op->summed_axes() & kImageAxes) == kImageAxes) {
      step.inputs[0] = steps[from].inputs[2];
    }
    if (step.op->name() == std::string_view("maxPoolBackward")) {
      unpooling[step.outputs[0]] = static_cast<int>(steps.size());
    }
    steps.push_back(std::move(step));
  }
  std::erase_if(steps, [](const Step& step) { return step.op == nullptr; });
  graph.steps = std::move(steps);
}

}  // namespace heddle
