#pragma once

#include <list>
#include <memory>
#include <span>
#include <vector>

#include "graph/program.h"

namespace heddle {

/// Programs by the shapes and dtypes of their inputs: the few used last.
class ProgramCache {
 public:
  static constexpr size_t kCapacity = 8;
  /// So many keep what they have made of Variables: the batches of a data set have two shapes.
  static constexpr size_t kKeeping = 2;

  /// The Program for inputs of these shapes, or null.
  Program* find(std::span<const Tensor> inputs);
  /// Compiles a graph and keeps the Program.
  Program* add(const Graph& graph, bool low_memory = false);
  void clear() { entries_.clear(); }
  /// Of the Program used last; 0 if there is none.
  size_t arena_bytes() const { return entries_.empty() ? 0 : entries_.front()->arena_bytes(); }
  size_t size() const { return entries_.size(); }

 private:
  void release_old();

  std::list<std::unique_ptr<Program>> entries_;  // used last first
};

}  // namespace heddle
