#include "training/program_cache.h"

#include <algorithm>
#include <iterator>

namespace heddle {

Program* ProgramCache::find(std::span<const Tensor> inputs) {
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
    const Program& program = **entry;
    bool fits = program.num_inputs() == static_cast<int>(inputs.size());
    for (size_t i = 0; fits && i < inputs.size(); ++i) {
      fits = program.input_spec(static_cast<int>(i)) == inputs[i].spec();
    }
    if (!fits) continue;
    entries_.splice(entries_.begin(), entries_, entry);
    release_old();
    return entries_.front().get();
  }
  return nullptr;
}

Program* ProgramCache::add(const Graph& graph, bool low_memory) {
  entries_.push_front(std::make_unique<Program>(graph, low_memory));
  if (entries_.size() > kCapacity) entries_.pop_back();
  release_old();
  return entries_.front().get();
}

void ProgramCache::release_old() {
  if (entries_.size() <= kKeeping) return;
  (*std::next(entries_.begin(), kKeeping))->release();
}

}  // namespace heddle
