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

/// Memory is counted in lines of kAlignment bytes: so many can be addressed.
constexpr uint64_t kMostLines =
    std::min<uint64_t>(std::numeric_limits<size_t>::max() / kAlignment, UINT32_MAX);

uint32_t lines_of(size_t bytes) {
  return static_cast<uint32_t>(bytes / kAlignment + (bytes % kAlignment != 0 ? 1 : 0));
}

class Planner {
 public:
  explicit Planner(const StepGraph& graph)
      : graph_(graph),
        roots_(graph.values.size()),
        first_(roots_.size(), -1),
        last_(roots_.size(), -1),
        updates_(roots_.size(), -1) {
    std::iota(roots_.begin(), roots_.end(), 0);
    plan_.in_place.assign(graph.assignments.size(), false);
    share_aliases();
    find_lives();
    find_updates();
    for (size_t s = 0; s < graph_.steps.size(); ++s) place_over_input(static_cast<int>(s));
  }

  MemoryPlan take() {
    allocate();
    return std::move(plan_);
  }

 private:
  int root(int value) {
    while (roots_[value] != value) value = roots_[value] = roots_[roots_[value]];
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

  void find_updates() {
    for (size_t a = 0; a < graph_.assignments.size(); ++a) {
      const int read = graph_.assignments[a].read;
      if (read >= 0) updates_[read] = static_cast<int>(a);
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
  bool may_overwrite(const Step& step, int memory, int output) {
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
    const int update = updates_[memory];
    if (update < 0 || graph_.assignments[update].value != output || last_[memory] > s) return false;
    plan_.in_place[update] = true;
    return true;
  }

  /// Bytes of the arena, in lines, that hold a value from one step to another.
  struct Block {
    int first = 0;
    int last = 0;
    uint32_t begin = 0;
    uint32_t end = 0;
  };

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
    std::vector<Block> placed;  // ordered by where they begin
    for (const int i : order_by(sizes)) {
      const int number = own[i];
      const uint32_t lines = lines_of(value(number).spec.bytes());
      Block block{first_[number], last_[number], 0, 0};
      uint32_t end = 0;
      uint32_t best_gap = std::numeric_limits<uint32_t>::max();
      // The greater half of a plan's work is this loop: it reads memory in order.
      for (const Block& other : placed) {
        if (other.last < block.first || block.last < other.first) continue;
        if (other.begin >= end && other.begin - end >= lines && other.begin - end < best_gap) {
          best_gap = other.begin - end;
          block.begin = end;
        }
        end = std::max(end, other.end);
      }
      if (best_gap == std::numeric_limits<uint32_t>::max()) block.begin = end;
      block.end = block.begin + lines;
      if (uint64_t{block.begin} + lines > kMostLines) {
        fail<OutOfMemoryError>(
            "Out of memory: what a program computes on the way needs more bytes than there can be. "
            "Use a smaller batch");
      }
      plan_.places[number].offset = size_t{block.begin} * kAlignment;
      plan_.arena_bytes = std::max(plan_.arena_bytes, size_t{block.end} * kAlignment);
      placed.insert(
          std::upper_bound(placed.begin(), placed.end(), block.begin,
                           [](uint32_t begin, const Block& other) { return begin < other.begin; }),
          block);
    }
  }

  const StepGraph& graph_;
  std::vector<int> roots_;
  std::vector<int> first_;    // the step that makes a value
  std::vector<int> last_;     // the last step that uses it
  std::vector<int> updates_;  // of a Variable's value: the number of its assignment, or -1
  MemoryPlan plan_;
};

}  // namespace

MemoryPlan plan_memory(const StepGraph& graph) { return Planner(graph).take(); }

}  // namespace heddle
