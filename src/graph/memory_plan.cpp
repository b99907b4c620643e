#include "graph/memory_plan.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "tensor/error.h"
#include "tensor/order_by.h"

namespace heddle {
namespace {

constexpr size_t kAlignment = 64;
constexpr int kForever = std::numeric_limits<int>::max();

size_t aligned(size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

class Planner {
 public:
  explicit Planner(const StepGraph& graph)
      : graph_(graph),
        roots_(graph.values.size()),
        first_(roots_.size(), -1),
        last_(roots_.size(), -1) {
    std::iota(roots_.begin(), roots_.end(), 0);
    plan_.in_place.assign(graph.assignments.size(), false);
    share_aliases();
    find_lives();
    for (size_t s = 0; s < graph_.steps.size(); ++s) place_over_input(static_cast<int>(s));
  }

  MemoryPlan take() {
    allocate();
    return std::move(plan_);
  }

 private:
  int root(int value) const {
    while (roots_[value] != value) value = roots_[value];
    return value;
  }
  const Value& value(int number) const { return graph_.values[number]; }

  void share_aliases() {
    for (const Step& step : graph_.steps) {
      if (step.op->alias() >= 0) roots_[step.outputs[0]] = root(step.inputs[step.op->alias()]);
    }
  }

  void find_lives() {
    for (size_t s = 0; s < graph_.steps.size(); ++s) {
      const int now = static_cast<int>(s);
      for (int input : graph_.steps[s].inputs) last_[root(input)] = now;
      for (int output : graph_.steps[s].outputs) {
        int& first = first_[root(output)];
        if (first == -1) first = now;
        last_[root(output)] = std::max(last_[root(output)], now);
      }
    }
    for (int output : graph_.outputs) last_[root(output)] = kForever;
    for (const Assignment& assignment : graph_.assignments) {
      last_[root(assignment.value)] = kForever;
    }
  }

  /// Puts outputs of step s into the memory of inputs that end their lives there.
  void place_over_input(int s) {
    const Step& step = graph_.steps[s];
    if (step.op->alias() >= 0) return;
    for (size_t o = 0; o < step.outputs.size(); ++o) {
      const int output = step.outputs[o];
      if (root(output) != output || value(output).storage != Storage::kArena) continue;
      for (size_t i = 0; i < step.inputs.size(); ++i) {
        const int memory = root(step.inputs[i]);
        if (!may_overwrite(step, memory, static_cast<int>(o))) continue;
        if (value(memory).spec.bytes() != value(output).spec.bytes()) continue;
        const bool free = value(memory).storage == Storage::kArena && last_[memory] == s;
        if (!free && !updates_variable(s, memory, output)) continue;
        roots_[output] = memory;
        last_[memory] = std::max(last_[memory], last_[output]);
        break;
      }
    }
  }

  /// Every input of the step that is in this memory must allow the output to be written there, and
  /// no other output of the step may be there already.
  bool may_overwrite(const Step& step, int memory, int output) const {
    for (size_t i = 0; i < step.inputs.size(); ++i) {
      if (root(step.inputs[i]) == memory && !step.op->in_place(static_cast<int>(i), output)) {
        return false;
      }
    }
    return std::none_of(step.outputs.begin(), step.outputs.end(),
                        [&](int other) { return root(other) == memory; });
  }

  /// Whether `output` becomes the new value of the Variable whose memory this is, and nothing reads
  /// the old one after step s.
  bool updates_variable(int s, int memory, int output) {
    if (value(memory).storage != Storage::kVariable) return false;
    const VariablePtr& variable = value(memory).variable;
    for (size_t v = 0; v < graph_.values.size(); ++v) {
      if (value(static_cast<int>(v)).variable == variable && last_[v] > s) return false;
    }
    // Another read of the Variable may be an input of this very step.
    for (int input : graph_.steps[s].inputs) {
      if (root(input) != memory && value(root(input)).variable == variable) return false;
    }
    for (size_t a = 0; a < graph_.assignments.size(); ++a) {
      if (graph_.assignments[a].value == output && graph_.assignments[a].variable == variable) {
        plan_.in_place[a] = true;
        return true;
      }
    }
    return false;
  }

  void allocate() {
    plan_.places.resize(roots_.size());
    std::vector<int> own;         // values that need bytes of their own
    std::vector<uint64_t> sizes;  // such that the greatest comes first
    for (size_t v = 0; v < roots_.size(); ++v) {
      const int number = static_cast<int>(v);
      plan_.places[v].root = root(number);
      if (root(number) != number || value(number).storage != Storage::kArena) continue;
      if (first_[v] == -1) continue;  // made elsewhere or not at all
      own.push_back(number);
      sizes.push_back(~uint64_t{value(number).spec.bytes()});
    }
    std::vector<int> placed;  // ordered by offset
    for (const int i : order_by(sizes)) {
      const int number = own[i];
      const size_t bytes = aligned(value(number).spec.bytes());
      size_t offset = 0;
      size_t best_offset = 0;
      size_t best_gap = std::numeric_limits<size_t>::max();
      for (int other : placed) {
        if (last_[other] < first_[number] || last_[number] < first_[other]) continue;
        const size_t start = plan_.places[other].offset;
        if (start >= offset && start - offset >= bytes && start - offset < best_gap) {
          best_gap = start - offset;
          best_offset = offset;
        }
        offset = std::max(offset, start + aligned(value(other).spec.bytes()));
      }
      if (best_gap == std::numeric_limits<size_t>::max()) best_offset = offset;
      if (bytes > std::numeric_limits<size_t>::max() - best_offset) {
        throw OutOfMemoryError(
            "Out of memory: what a program computes on the way needs more bytes than there can be. "
            "Use a smaller batch");
      }
      plan_.places[number].offset = best_offset;
      plan_.arena_bytes = std::max(plan_.arena_bytes, best_offset + bytes);
      placed.insert(std::upper_bound(placed.begin(), placed.end(), number,
                                     [&](int a, int b) {
                                       return plan_.places[a].offset < plan_.places[b].offset;
                                     }),
                    number);
    }
  }

  const StepGraph& graph_;
  std::vector<int> roots_;
  std::vector<int> first_;  // the step that makes a value
  std::vector<int> last_;   // the last step that uses it
  MemoryPlan plan_;
};

}  // namespace

MemoryPlan plan_memory(const StepGraph& graph) { return Planner(graph).take(); }

}  // namespace heddle
