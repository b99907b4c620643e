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

  /// One step for these Variables, at once or into the trace in progress. A Variable whose gradient
  /// is undefined stays as it is. Throws ValueError, with nothing changed, for a gradient that has
  /// not the shape of its Variable.
  void apply_gradients(std::span<const std::pair<VariablePtr, Tensor>> gradients);

  /// The rate as it was given, though the formulas use its float32.
  double learning_rate() const { return rate_; }
  /// Counts from the next step on, also for training steps compiled already.
  void set_learning_rate(double rate);
  /// Steps done.
  int iterations() const;
  /// The state: the step count, then what is kept for each Variable in the order of first use.
  std::vector<VariablePtr> weights() const;

 protected:
  explicit Optimizer(double learning_rate);
  /// The update of one Variable, in ops, ended by assign(). `step` is 1.0 in the first step.
  virtual void update(const VariablePtr& variable, const Tensor& gradient, const Tensor& rate,
                      const Tensor& step) = 0;
  /// A state of the Variable's shape by name, filled with `initial` at first.
  VariablePtr slot(const VariablePtr& variable, const char* name, float initial = 0);
  /// state = decay state + (1 - decay) value. Returns it.
  static Tensor decayed(const VariablePtr& state, const Tensor& value, double decay);

 private:
  double rate_;
  VariablePtr learning_rate_;
  VariablePtr iterations_;  // float32, so that it enters formulas as it is
  std::map<std::pair<uint64_t, std::string>, VariablePtr> slots_;
  std::vector<VariablePtr> slot_order_;
};
using OptimizerPtr = std::shared_ptr<Optimizer>;

/// Makes an optimizer from its options.
using OptimizerFactory = OptimizerPtr (*)(Options& options);

/// Registers an optimizer at program start. The one line that a new one needs, in its own file:
///   const bool kRegistered = register_optimizer<Adam>("Adam");
bool register_optimizer_factory(const char* class_name, OptimizerFactory factory);

template <typename O>
bool register_optimizer(const char* class_name) {
  return register_optimizer_factory(
      class_name, [](Options& options) -> OptimizerPtr { return std::make_shared<O>(options); });
}

/// "sgd", "adam", ... with options (null: the defaults), or TensorFlow.js's class names. Throws
/// ValueError that lists the known names.
OptimizerPtr make_optimizer(const std::string& name, const Config& options);

}  // namespace heddle
