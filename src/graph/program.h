#pragma once

#include <memory>
#include <span>
#include <vector>

#include "graph/memory_plan.h"
#include "graph/steps.h"
#include "graph/trace.h"

namespace heddle {

/// Memory that all Programs work in, one after the other: as large as the largest wants.
class Arena {
 public:
  /// The arena of the engine, made when the first Program needs it and freed with the last one.
  static std::shared_ptr<Arena> shared();

  void reserve(size_t bytes);
  std::byte* data() const;
  size_t bytes() const;

 private:
  BufferPtr buffer_;
};

/// A compiled op graph: a flat list of kernel steps with all memory placed beforehand. A run
/// allocates nothing.
class Program {
 public:
  explicit Program(const Graph& graph);

  /// Runs once. The inputs must have the shapes and dtypes of the trace's: throws ValueError if
  /// not, before anything has changed.
  void run(std::span<const Tensor> inputs);

  int num_inputs() const { return static_cast<int>(input_specs_.size()); }
  int num_outputs() const { return static_cast<int>(graph_.outputs.size()); }
  /// An output in place: valid until any Program runs.
  View output(int i) const;
  /// A copy of an output.
  Tensor copy_output(int i) const;
  /// What is known of an input.
  const TensorSpec& input_spec(int i) const { return input_specs_[i]; }

  int num_steps() const { return static_cast<int>(bound_.size()); }
  /// Bytes of the arena that this Program uses.
  size_t arena_bytes() const { return plan_.arena_bytes; }
  /// The steps in words, one a line, for tests and for the curious.
  std::string describe() const;

 private:
  struct BoundStep {
    const Op* op;
    std::vector<View> inputs;
    std::vector<View> outputs;
  };

  void bind(std::span<const Tensor> inputs);
  void* address(int value, std::span<const Tensor> inputs) const;

  std::vector<TensorSpec> input_specs_;
  StepGraph graph_;
  MemoryPlan plan_;
  std::vector<BoundStep> bound_;
  std::vector<void*> addresses_;  // per value
  std::shared_ptr<Arena> arena_;
};

}  // namespace heddle
