#pragma once

#include <cstddef>
#include <vector>

#include "graph/steps.h"

namespace heddle {

/// Where each value of a StepGraph is: its own storage, or that of another value (`root`).
struct MemoryPlan {
  struct Place {
    int root = -1;      // the value whose memory this one is; itself if it has its own
    size_t offset = 0;  // in the arena, if the root's storage is kArena
  };
  std::vector<Place> places;
  /// Per assignment: true when its value is made in the Variable's own memory.
  std::vector<uint8_t> in_place;
  size_t arena_bytes = 0;
};

/// Places all values. Reshapes share their input's memory; ops that may write over an input that
/// nobody needs any more do; updates of Variables happen in the Variable's memory; values whose
/// lives do not meet share the arena's bytes (largest first, Pisarchyk & Lee 2020, "Efficient
/// Memory Management for Deep Neural Net Inference").
MemoryPlan plan_memory(const StepGraph& graph);

}  // namespace heddle
