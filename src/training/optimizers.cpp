#include "training/optimizers.h"

#include "layers/names.h"
#include "ops/elementwise.h"
#include "ops/read_variable.h"

namespace heddle {
namespace {

struct Entry {
  const char* name;
  OptimizerFactory make;
};

/// Made at its first use: registrations happen while the program starts, in any order.
std::vector<Entry>& factories() {
  static std::vector<Entry> entries;
  return entries;
}

void check_shape(const VariablePtr& variable, const Tensor& gradient) {
  if (gradient.shape() == variable->shape()) return;
  fail<ValueError>("[optimizer] the gradient for variable '{}' must have its shape {}, got {}",
                   variable->name(), variable->shape(), gradient.shape());
}

}  // namespace

Optimizer::Optimizer(double learning_rate)
    : rate_(learning_rate),
      learning_rate_(std::make_shared<Variable>(Tensor::scalar(static_cast<float>(learning_rate)),
                                                "learningRate", false)),
      iterations_(std::make_shared<Variable>(Tensor::scalar(0), "iterations", false)) {}

void Optimizer::set_learning_rate(double rate) {
  learning_rate_->assign(Tensor::scalar(static_cast<float>(rate)));
  rate_ = rate;
}

int Optimizer::iterations() const { return static_cast<int>(iterations_->value().item()); }

std::vector<VariablePtr> Optimizer::weights() const {
  std::vector<VariablePtr> all = {iterations_};
  all.insert(all.end(), slot_order_.begin(), slot_order_.end());
  return all;
}

VariablePtr Optimizer::slot(const VariablePtr& variable, const char* name, float initial) {
  VariablePtr& slot = slots_[{variable->id(), name}];
  if (slot == nullptr) {
    // Made at once, also in a trace: the state is there before the first run.
    slot = std::make_shared<Variable>(Tensor::full(variable->shape(), initial),
                                      text("{}/{}", variable->name(), name), false);
    slot_order_.push_back(slot);
  }
  return slot;
}

Tensor Optimizer::decayed(const VariablePtr& state, const Tensor& value, double decay) {
  const Tensor next = add(mul_constant(read(state), decay), mul_constant(value, 1 - decay));
  assign(state, next);
  return next;
}

void Optimizer::apply_gradients(std::span<const std::pair<VariablePtr, Tensor>> gradients) {
  for (const auto& [variable, gradient] : gradients) {
    if (gradient.defined()) check_shape(variable, gradient);
  }
  const Tensor rate = read(learning_rate_);
  const Tensor step = add_constant(read(iterations_), 1);
  for (const auto& [variable, gradient] : gradients) {
    if (!gradient.defined()) continue;
    update(variable, cast(gradient, DType::kFloat32), rate, step);
    if (variable->constraint) assign(variable, variable->constraint(read(variable)));
  }
  assign(iterations_, step);
}

bool register_optimizer_factory(const char* class_name, OptimizerFactory factory) {
  factories().push_back({class_name, factory});
  return true;
}

OptimizerPtr make_optimizer(const std::string& name, const Config& options) {
  const Entry* entry = find_named(factories(), name);
  if (entry == nullptr) {
    fail<ValueError>("Unknown Optimizer {}. Known optimizers: {}", name, list_names(factories()));
  }
  Options reader(options, text("{} optimizer", entry->name));
  OptimizerPtr optimizer = entry->make(reader);
  reader.finish();
  return optimizer;
}

}  // namespace heddle
