#include "layers/call_paths.h"

#include <algorithm>
#include <utility>

namespace heddle {
namespace {
CallPaths* current_paths = nullptr;
}  // namespace

CallPaths::CallPaths() : before_(std::exchange(current_paths, this)) {}
CallPaths::~CallPaths() { current_paths = before_; }
CallPaths* CallPaths::current() { return current_paths; }

int CallPaths::enter(int parent, LayerPtr layer, int call_index) {
  for (size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    if (entry.parent == parent && entry.step.layer == layer &&
        entry.step.call_index == call_index) {
      return static_cast<int>(i) + 1;
    }
  }
  entries_.push_back({parent, {std::move(layer), call_index}});
  return static_cast<int>(entries_.size());
}

CallPath CallPaths::path(int reader) const {
  CallPath path;
  for (; reader != 0; reader = entries_[reader - 1].parent) {
    path.push_back(entries_[reader - 1].step);
  }
  std::reverse(path.begin(), path.end());
  return path;
}

}  // namespace heddle
