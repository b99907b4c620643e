#include "graph/prepare.h"

#include <map>
#include <string>
#include <utility>

#include "graph/prologue.h"

namespace heddle {

void prepare_weights(StepGraph& graph) {
  const std::vector<uint8_t> fixed = fixed_values(graph);
  std::map<std::pair<int, std::string>, int> made;  // what was prepared, how, and the result
  std::vector<Step> steps;
  for (Step& step : graph.steps) {
    if (step.inputs.size() > 1 && fixed[step.inputs[1]]) {
      std::vector<TensorSpec> specs;
      for (const int input : step.inputs) specs.push_back(graph.values[input].spec);
      const auto [prepare, op] = step.op->prepared(specs);
      if (op != nullptr) {
        int& result = made[{step.inputs[1], prepare->key()}];
        if (result == 0) {  // which is a value of the graph as it came, and not one of these
          result = static_cast<int>(graph.values.size());
          graph.values.push_back(Value{prepare->infer({&specs[1], 1})[0]});
          steps.push_back({prepare, {step.inputs[1]}, {result}});
        }
        step.op = op;
        step.inputs[1] = result;
      }
    }
    steps.push_back(std::move(step));
  }
  graph.steps = std::move(steps);
}

}  // namespace heddle
