#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>
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
/// allocates nothing. What depends on Variables alone that the Program does not assign is computed
/// when one of them has changed, and kept.
class Program {
 public:
  /// `low_memory` trades time for memory (rematerialize.h).
  explicit Program(const Graph& graph, bool low_memory = false);

  /// Runs once. The inputs must have the shapes and dtypes of the trace's: throws ValueError if
  /// not, before anything has changed.
  void run(std::span<const Tensor> inputs);

  int num_inputs() const { return static_cast<int>(input_specs_.size()); }
  int num_outputs() const { return static_cast<int>(main_.graph.outputs.size()); }
  /// An output in place: valid until any Program runs.
  View output(int i) const;
  /// A copy of an output.
  Tensor copy_output(int i) const;
  /// What is known of an input.
  const TensorSpec& input_spec(int i) const { return input_specs_[i]; }

  /// Frees what is kept from run to run: the next run makes it again.
  void release();

  /// The steps of each run, and those that run when a Variable has changed.
  int num_steps() const { return static_cast<int>(main_.bound.size()); }
  int num_prologue_steps() const { return static_cast<int>(prologue_.bound.size()); }
  /// Bytes of the arena that this Program uses.
  size_t arena_bytes() const;
  /// Bytes that are kept from run to run.
  size_t kept_bytes() const;
  /// The steps of a run in words, one a line, for tests and for the curious.
  std::string describe() const;

 private:
  struct BoundStep {
    const Op* op;
    std::vector<View> inputs;
    std::vector<View> outputs;
  };

  /// A list of steps that is planned and run as one.
  struct Section {
    StepGraph graph;
    MemoryPlan plan;
    std::vector<BoundStep> bound;
    std::vector<void*> addresses;  // per value

    void prepare(bool low_memory);
    void* address(int value, std::span<const Tensor> inputs, std::byte* arena) const;
    void bind(std::span<const Tensor> inputs, std::byte* arena);
    void run(const RunContext& context) const;
  };

  void run_prologue();

  std::vector<TensorSpec> input_specs_;
  Section main_;
  Section prologue_;
  std::vector<int> kept_;  // values of both sections
  /// What the prologue was made of last: Variables and their versions.
  std::vector<std::pair<VariablePtr, uint32_t>> made_of_;
  bool prologue_done_ = false;
  std::shared_ptr<Arena> arena_;
};

}  // namespace heddle
