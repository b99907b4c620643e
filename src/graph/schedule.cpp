#include "graph/schedule.h"

#include <algorithm>
#include <numeric>

namespace heddle {
namespace {

/// Results of up to so many bytes (learning rates, step counts) take no memory to speak of.
constexpr size_t kScalar = 64;

constexpr int kNone = -1;

}  // namespace

void schedule_updates(StepGraph& graph) {
  const auto count = static_cast<int>(graph.steps.size());
  std::vector<int> roots(graph.values.size());
  std::iota(roots.begin(), roots.end(), 0);
  // Per value that is a Variable's memory: the last step that reads it, and the one before.
  std::vector<int> last_read(graph.values.size(), kNone);
  std::vector<int> read_before = last_read;
  for (int s = 0; s < count; ++s) {
    const Step& step = graph.steps[s];
    if (step.op->alias() >= 0) {
      roots[step.outputs[0]] = roots[step.inputs[step.op->alias()]];
      continue;
    }
    for (const int input : step.inputs) {
      const int memory = roots[input];
      if (last_read[memory] == s) continue;
      read_before[memory] = last_read[memory];
      last_read[memory] = s;
    }
  }
  std::vector<std::vector<int>> assigns(graph.values.size());  // the memory that a value goes to
  for (const Assignment& assignment : graph.assignments) {
    assigns[assignment.value].push_back(assignment.read);
  }

  // When each value is there, and each step runs: as numbers of steps in the order as it is. A
  // step that moves comes right behind the step whose number it gets.
  std::vector<int> ready(graph.values.size(), 0);
  std::vector<uint64_t> when(count);
  int forward_end = 0;  // what fails in the forward pass (a wrong index) must find nothing changed
  while (forward_end < count && !graph.steps[forward_end].backward) ++forward_end;
  for (int s = 0; s < count; ++s) {
    const Step& step = graph.steps[s];
    int earliest = 0;
    for (const int input : step.inputs) earliest = std::max(earliest, ready[input]);
    bool moves = step.op->alias() >= 0;
    if (!moves) {
      moves = std::all_of(step.outputs.begin(), step.outputs.end(), [&](int output) {
        return !assigns[output].empty() || graph.values[output].spec.bytes() <= kScalar;
      });
      for (const int output : step.outputs) {
        for (const int memory : assigns[output]) {
          if (!step.backward) moves = false;
          earliest = std::max(earliest, forward_end);
          if (memory == kNone) continue;
          if (last_read[memory] > s) moves = false;
          const int reader = last_read[memory] == s ? read_before[memory] : last_read[memory];
          earliest = std::max(earliest, reader);
        }
      }
    }
    when[s] = moves ? earliest : s;
    for (const int output : step.outputs) ready[output] = static_cast<int>(when[s]);
  }
  order_steps(graph.steps, when);
}

}  // namespace heddle
