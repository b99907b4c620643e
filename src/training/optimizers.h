#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "layers/config.h"
#include "tensor/variable.h"

namespace heddle {

/// Moves Variables against their gradients. Its numbers (learning rate, step count, momenta) are
/// Variables, so that one piece of code serves both eager use and traced training steps.
class Optimizer {
 public:
  virtual ~Optimizer() = default;

  /// "SGD", "Momentum", "Adam": TensorFlow.js's names.
  virtual const char* class_name() const = 0;
  virtual Config config() const = 0;

  /// One step for these Variables, at once or into the trace in progress.
  void apply_gradients(std::span<const std::pair<VariablePtr, Tensor>> gradients);

  float learning_rate() const;
  void set_learning_rate(float rate);
  /// Steps done.
  int iterations() const;
  /// The state: the step count, then what is kept for each Variable in the order of first use.
  std::vector<VariablePtr> weights() const;

 protected:
  explicit Optimizer(float learning_rate);
  /// The update of one Variable, in ops, ended by assign(). `step` is 1.0 in the first step.
  virtual void update(const VariablePtr& variable, const Tensor& gradient, const Tensor& rate,
                      const Tensor& step) = 0;
  /// A state of the Variable's shape, zeros at first, by name.
  VariablePtr slot(const VariablePtr& variable, const char* name);

 private:
  VariablePtr learning_rate_;
  VariablePtr iterations_;  // float32, so that it enters formulas as it is
  std::map<std::pair<uint64_t, std::string>, VariablePtr> slots_;
  std::vector<VariablePtr> slot_order_;
};
using OptimizerPtr = std::shared_ptr<Optimizer>;

/// "sgd", "adam", ... with options (null: the defaults), or TensorFlow.js's class names. Throws
/// ValueError that lists the known names.
OptimizerPtr make_optimizer(const std::string& name, const Config& options);

}  // namespace heddle
