#include "graph/common.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <string>
#include <utility>

#include "ops/elementwise.h"

namespace heddle {
namespace {

using kernels::Code;

/// Whether computing it again is dearer than keeping it.
bool worth_keeping(const StepGraph& graph, const Step& step) {
  const Elementwise* op = step.op->as_elementwise();
  if (op == nullptr || graph.values[step.outputs[0]].spec.shape.size() <= kernels::kChainTile) {
    return true;
  }
  const Code code = op->chain().steps[0].code;
  return code == Code::kPow || (code >= Code::kExp && code <= Code::kErf);
}

/// Small constants that are equal get one number.
void number_constants(const StepGraph& graph, std::vector<int>& same) {
  constexpr size_t kSmall = 64;
  std::map<std::string, int> known;
  for (size_t v = 0; v < graph.values.size(); ++v) {
    const Value& value = graph.values[v];
    if (value.storage != Storage::kConstant || value.spec.bytes() > kSmall) continue;
    std::string key = text("{}{}", name_of(value.spec.dtype), value.spec.shape);
    key.append(static_cast<const char*>(value.constant->data()), value.spec.bytes());
    same[v] = known.try_emplace(std::move(key), static_cast<int>(v)).first->second;
  }
}

void drop_unused(StepGraph& graph) {
  std::vector<uint8_t> needed(graph.values.size());
  for (const int output : graph.outputs) needed[output] = true;
  for (const Assignment& assignment : graph.assignments) needed[assignment.value] = true;
  for (auto step = graph.steps.rbegin(); step != graph.steps.rend(); ++step) {
    if (std::none_of(step->outputs.begin(), step->outputs.end(),
                     [&](int output) { return needed[output]; })) {
      step->op = nullptr;
    } else {
      for (const int input : step->inputs) needed[input] = true;
    }
  }
  std::erase_if(graph.steps, [](const Step& step) { return step.op == nullptr; });
}

}  // namespace

void merge_common(StepGraph& graph) {
  std::vector<int> same(graph.values.size());  // the first value that is equal
  std::iota(same.begin(), same.end(), 0);
  std::vector<int> instead = same;  // the value to be used for it
  number_constants(graph, same);
  std::map<std::string, int> known;
  for (size_t s = 0; s < graph.steps.size(); ++s) {
    Step& step = graph.steps[s];
    std::string key = step.op->deterministic() ? step.op->key() : std::string();
    if (!key.empty()) {
      key.insert(0, step.op->name());
      for (const int input : step.inputs) key.append(" ").append(std::to_string(same[input]));
      const auto [found, first] = known.try_emplace(std::move(key), static_cast<int>(s));
      if (!first) {
        const Step& other = graph.steps[found->second];
        for (size_t i = 0; i < step.outputs.size(); ++i) {
          same[step.outputs[i]] = same[other.outputs[i]];
          if (worth_keeping(graph, step)) instead[step.outputs[i]] = instead[other.outputs[i]];
        }
      }
    }
    for (int& input : step.inputs) input = instead[input];
  }
  for (int& output : graph.outputs) output = instead[output];
  for (Assignment& assignment : graph.assignments) assignment.value = instead[assignment.value];
  drop_unused(graph);
}

}  // namespace heddle
