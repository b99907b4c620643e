#include "graph/rematerialize.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "graph/memory_plan.h"
#include "graph/schedule.h"

namespace heddle {
namespace {

constexpr int kNone = -1;

class Rematerialization {
 public:
  explicit Rematerialization(const StepGraph& graph)
      : graph_(graph),
        roots_(graph.values.size()),
        made_by_(roots_.size(), kNone),
        forward_end_(std::find_if(graph.steps.begin(), graph.steps.end(),
                                  [](const Step& step) { return step.backward; }) -
                     graph.steps.begin()) {
    std::iota(roots_.begin(), roots_.end(), 0);
    for (size_t s = 0; s < graph_.steps.size(); ++s) {
      const Step& step = graph_.steps[s];
      for (const int output : step.outputs) made_by_[output] = static_cast<int>(s);
      if (step.op->alias() >= 0) {
        roots_[step.outputs[0]] = roots_[step.inputs[step.op->alias()]];
      }
    }
    find_stash();
  }

  /// Bytes that the backward pass needs of the forward pass.
  size_t stash_bytes() const { return stash_bytes_; }

  /// The graph with borders after each so many bytes of the stash.
  StepGraph with_stretches_of(size_t bytes) {
    keep_borders(bytes);
    StepGraph out = graph_;
    out.steps.clear();
    copies_.assign(graph_.values.size(), kNone);
    for (size_t s = 0; s < graph_.steps.size(); ++s) {
      Step step = graph_.steps[s];
      if (s >= forward_end_) {
        for (int& input : step.inputs) input = again(out, input);
      }
      out.steps.push_back(std::move(step));
    }
    return out;
  }

 private:
  bool made_forward(int value) const {
    const int step = made_by_[value];
    return step != kNone && static_cast<size_t>(step) < forward_end_;
  }

  void find_stash() {
    last_forward_use_.assign(roots_.size(), kNone);
    stashed_.assign(roots_.size(), false);
    for (size_t s = 0; s < graph_.steps.size(); ++s) {
      for (const int input : graph_.steps[s].inputs) {
        const int root = roots_[input];
        if (!made_forward(root)) continue;
        if (s < forward_end_) {
          last_forward_use_[root] = static_cast<int>(s);
        } else if (!stashed_[root]) {
          stashed_[root] = true;
          stash_bytes_ += graph_.values[root].spec.bytes();
        }
      }
    }
  }

  /// Decides which values stay: those made before a border and used by the forward pass after it,
  /// and those that have to stay anyway. A border is where the fewest bytes cross, among the places
  /// that make a stretch of half to the whole of `bytes`.
  void keep_borders(size_t bytes) {
    std::vector<int64_t> crossing(forward_end_ + 1, 0);  // bytes that live on after each step
    for (size_t v = 0; v < roots_.size(); ++v) {
      if (last_forward_use_[v] <= made_by_[v] || !made_forward(static_cast<int>(v))) continue;
      const auto size = static_cast<int64_t>(graph_.values[v].spec.bytes());
      crossing[made_by_[v]] += size;
      crossing[last_forward_use_[v]] -= size;
    }
    std::partial_sum(crossing.begin(), crossing.end(), crossing.begin());

    std::vector<int> stretch(forward_end_, 0);  // per step
    size_t filled = 0;
    int border = kNone;  // the best so far for the stretch in hand
    size_t filled_at_border = 0;
    int number = 0;
    for (size_t s = 0; s < forward_end_; ++s) {
      for (const int output : graph_.steps[s].outputs) {
        if (stashed_[output]) filled += graph_.values[output].spec.bytes();
      }
      stretch[s] = number;
      if (filled * 2 < bytes) continue;
      if (border == kNone || crossing[s] <= crossing[border]) {
        border = static_cast<int>(s);
        filled_at_border = filled;
      }
      if (filled < bytes) continue;
      ++number;
      for (size_t after = border + 1; after <= s; ++after) stretch[after] = number;
      filled -= filled_at_border;
      border = kNone;
    }

    kept_.assign(roots_.size(), false);
    for (size_t v = 0; v < roots_.size(); ++v) {
      if (!made_forward(static_cast<int>(v)) || last_forward_use_[v] == kNone) continue;
      kept_[v] = stretch[made_by_[v]] != stretch[last_forward_use_[v]];
    }
    for (const int output : graph_.outputs) kept_[roots_[output]] = true;
    for (const Assignment& assignment : graph_.assignments) kept_[roots_[assignment.value]] = true;
  }

  /// The value for use in the backward pass: itself, or what is computed again there.
  int again(StepGraph& out, int value) {
    if (!made_forward(value) || !made_forward(roots_[value]) || kept_[roots_[value]]) return value;
    if (copies_[value] != kNone) return copies_[value];
    // Inputs first, without recursion: a forward pass may be long.
    std::vector<int> pending{value};
    while (!pending.empty()) {
      const int wanted = pending.back();
      if (copies_[wanted] != kNone) {
        pending.pop_back();
        continue;
      }
      const Step& step = graph_.steps[made_by_[wanted]];
      const size_t before = pending.size();
      for (const int input : step.inputs) {
        if (made_forward(input) && made_forward(roots_[input]) && !kept_[roots_[input]] &&
            copies_[input] == kNone) {
          pending.push_back(input);
        }
      }
      if (pending.size() > before) continue;
      pending.pop_back();
      Step repeated = step;
      repeated.backward = true;
      for (int& input : repeated.inputs) {
        if (copies_[input] != kNone) input = copies_[input];
      }
      for (int& output : repeated.outputs) {
        const int copy = static_cast<int>(out.values.size());
        out.values.push_back(Value{graph_.values[output].spec});
        copies_[output] = copy;
        output = copy;
      }
      out.steps.push_back(std::move(repeated));
    }
    return copies_[value];
  }

  const StepGraph& graph_;
  std::vector<int> roots_;
  std::vector<int> made_by_;
  size_t forward_end_;  // the steps before this one are the forward pass
  std::vector<int> last_forward_use_;
  std::vector<uint8_t> stashed_;
  size_t stash_bytes_ = 0;
  std::vector<uint8_t> kept_;
  std::vector<int> copies_;  // per value: the one that is computed again
};

}  // namespace

void rematerialize(StepGraph& graph) {
  const auto bytes_of = [](StepGraph planned) {
    schedule_updates(planned);
    return plan_memory(planned).arena_bytes;
  };
  Rematerialization work(graph);
  size_t best_bytes = bytes_of(graph);
  StepGraph best = graph;
  for (const size_t stretches : {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64}) {
    const size_t stretch = work.stash_bytes() / stretches;
    if (stretch == 0) break;
    StepGraph candidate = work.with_stretches_of(stretch);
    const size_t bytes = bytes_of(candidate);
    if (bytes >= best_bytes) continue;
    best_bytes = bytes;
    best = std::move(candidate);
  }
  graph = std::move(best);
}

}  // namespace heddle
