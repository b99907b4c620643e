#pragma once

#include <functional>
#include <string>
#include <vector>

namespace heddle::micro {

/// Work on data of its own, the same each time it is run.
struct Workload {
  std::string name;
  /// What one run does, in `unit`.
  double amount;
  const char* unit;  // "FLOP" (a multiply-add is two) or "B" of memory read and written
  std::function<void()> run;
};

/// Products, convolutions and pools.
std::vector<Workload> product_workloads();
/// Kernels that go over memory: elementwise chains, reductions, softmax, optimizers.
std::vector<Workload> memory_workloads();
/// Whole steps of training and prediction: what tracing, fusing and planning make of a model.
std::vector<Workload> step_workloads();

/// All of them.
std::vector<Workload> all_workloads();

}  // namespace heddle::micro
