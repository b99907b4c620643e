#include "graph/prologue.h"

#include <algorithm>
#include <utility>

namespace heddle {
namespace {

/// Results of up to so many bytes are worth keeping, however little they are made of; others if
/// they are hardly larger than that.
constexpr size_t kSmall = 4096;
size_t hardly_more(size_t bytes) { return bytes + bytes / 4; }

size_t bytes_of(const StepGraph& graph, const std::vector<int>& values) {
  size_t bytes = 0;
  for (const int value : values) bytes += graph.values[value].spec.bytes();
  return bytes;
}

}  // namespace

std::vector<uint8_t> fixed_values(const StepGraph& graph) {
  std::vector<uint8_t> fixed(graph.values.size());
  for (size_t v = 0; v < fixed.size(); ++v) {
    const Storage storage = graph.values[v].storage;
    fixed[v] = storage == Storage::kConstant || storage == Storage::kVariable;
  }
  for (const Assignment& assignment : graph.assignments) {
    if (assignment.read >= 0) fixed[assignment.read] = false;
  }
  for (const Step& step : graph.steps) {
    const bool follows = step.op->deterministic() && !step.inputs.empty() &&
                         std::all_of(step.inputs.begin(), step.inputs.end(),
                                     [&](int input) { return fixed[input]; });
    const bool worth_it =
        step.op->alias() >= 0 || bytes_of(graph, step.outputs) <=
                                     std::max(kSmall, hardly_more(bytes_of(graph, step.inputs)));
    if (!follows || !worth_it) continue;
    for (const int output : step.outputs) fixed[output] = true;
  }
  return fixed;
}

Prologue take_prologue(StepGraph& graph) {
  const std::vector<uint8_t> fixed = fixed_values(graph);
  Prologue prologue;
  std::vector<Step> rest;
  std::vector<int> root(graph.values.size());
  std::vector<uint8_t> made(graph.values.size(), false);  // by a step of the prologue
  for (size_t v = 0; v < root.size(); ++v) root[v] = static_cast<int>(v);
  for (Step& step : graph.steps) {
    const bool alias = step.op->alias() >= 0;
    if (alias) root[step.outputs[0]] = root[step.inputs[step.op->alias()]];
    if (!step.outputs.empty() && fixed[step.outputs[0]]) {
      // Reshapes cost nothing: those that lead on are in both.
      if (alias) rest.push_back(step);
      for (const int output : step.outputs) made[output] = !alias;
      prologue.graph.steps.push_back(std::move(step));
    } else {
      rest.push_back(std::move(step));
    }
  }
  graph.steps = std::move(rest);

  std::vector<uint8_t> kept(graph.values.size(), false);
  const auto keep = [&](int value) {
    const int memory = root[value];
    if (!made[memory] || kept[memory]) return;
    kept[memory] = true;
    prologue.kept.push_back(memory);
  };
  for (const Step& step : graph.steps) {
    if (!fixed[step.outputs[0]]) std::for_each(step.inputs.begin(), step.inputs.end(), keep);
  }
  std::for_each(graph.outputs.begin(), graph.outputs.end(), keep);
  for (const Assignment& assignment : graph.assignments) keep(assignment.value);
  for (const int value : prologue.kept) graph.values[value].storage = Storage::kConstant;

  prologue.graph.values = graph.values;
  prologue.graph.outputs = prologue.kept;
  std::vector<uint8_t> seen(graph.values.size(), false);
  for (const Step& step : prologue.graph.steps) {
    for (const int input : step.inputs) {
      if (graph.values[input].variable == nullptr || seen[input]) continue;
      seen[input] = true;
      prologue.variables.push_back(graph.values[input].variable);
    }
  }
  return prologue;
}

}  // namespace heddle
