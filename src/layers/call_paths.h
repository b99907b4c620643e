#pragma once

#include <vector>

#include "layers/layer.h"

namespace heddle {

/// A Call by way of the models it is nested in, outermost first.
struct CallPathStep {
  LayerPtr layer;
  int call_index;
};
using CallPath = std::vector<CallPathStep>;

/// While one lives, every read of a Variable made inside a layer's Call is marked with that Call's
/// path, so that gradients can be told apart by Call.
class CallPaths {
 public:
  CallPaths();
  ~CallPaths();
  CallPaths(const CallPaths&) = delete;
  CallPaths& operator=(const CallPaths&) = delete;

  /// The one that lives, or null.
  static CallPaths* current();
  /// The number (Context::reader) of a Call made inside reader `parent`.
  int enter(int parent, LayerPtr layer, int call_index);
  /// What a reader's number stands for; empty for 0, a read outside any Call.
  CallPath path(int reader) const;

 private:
  struct Entry {
    int parent;
    CallPathStep step;
  };
  std::vector<Entry> entries_;  // reader n is entry n - 1
  CallPaths* before_;
};

}  // namespace heddle
