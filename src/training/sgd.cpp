#include "ops/elementwise.h"
#include "ops/gather.h"
#include "ops/optimizer_ops.h"
#include "ops/read_variable.h"
#include "ops/shape_ops.h"
#include "training/optimizers.h"

namespace heddle {
namespace {

/// A gradient as a sum of whole tensors and of rows of an embedding.
struct Parts {
  Tensor whole;
  std::vector<Tensor> x;        // [rows, ...]
  std::vector<Tensor> indices;  // [rows]
};

void take_apart(const Tensor& gradient, Parts& parts) {
  if (const auto rows = scattered_rows(gradient)) {
    const auto count = static_cast<int>(rows->indices.size());
    Shape shape = gradient.shape();
    shape[0] = count;
    parts.x.push_back(reshape(rows->x, shape));
    parts.indices.push_back(reshape(rows->indices, {count}));
    return;
  }
  const Node& node = gradient.node();
  const Elementwise* sum = node.op == nullptr ? nullptr : node.op->as_elementwise();
  if (sum != nullptr && sum->chain().steps[0].code == kernels::Code::kAdd &&
      (scattered_rows(node.inputs[0]) || scattered_rows(node.inputs[1]))) {
    for (const Tensor& part : node.inputs) take_apart(part, parts);
    return;
  }
  parts.whole = parts.whole.defined() ? add(parts.whole, gradient) : gradient;
}

Tensor joined(const std::vector<Tensor>& tensors) {
  return tensors.size() == 1 ? tensors[0] : concat(tensors);
}

/// param - rate * gradient. Where the gradient is rows of an embedding, only those are touched.
Tensor descend(const Tensor& param, const Tensor& gradient, const Tensor& rate) {
  Parts parts;
  take_apart(gradient, parts);
  Tensor next = parts.whole.defined() ? sgd_update(param, parts.whole, rate) : param;
  if (parts.x.empty()) return next;
  return add_rows(next, {mul(joined(parts.x), neg(rate)), joined(parts.indices)});
}

/// Stochastic gradient descent: w -= learningRate * gradient. Option: `learningRate` (0.01).
class Sgd : public Optimizer {
 public:
  explicit Sgd(Options& options) : Optimizer(options.number("learningRate", 0.01)) {}

  const char* class_name() const override { return "SGD"; }
  Config config() const override {
    Config config;
    config.set("learningRate", learning_rate());
    return config;
  }

 protected:
  void update(const VariablePtr& variable, const Tensor& gradient, const Tensor& rate,
              const Tensor& /*step*/) override {
    assign(variable, descend(read(variable), gradient, rate));
  }
};

/// Gradient descent with momentum (Polyak 1964): v = momentum * v + gradient, w -= learningRate *
/// v; with `useNesterov` (Nesterov 1983) w -= learningRate * (gradient + momentum * v).
/// Options: `learningRate` (0.01), `momentum` (0.9), `useNesterov` (false).
class Momentum : public Optimizer {
 public:
  explicit Momentum(Options& options)
      : Optimizer(options.number("learningRate", 0.01)),
        momentum_(options.number("momentum", 0.9)),
        nesterov_(options.flag("useNesterov", false)) {}

  const char* class_name() const override { return "Momentum"; }
  Config config() const override {
    Config config;
    config.set("learningRate", learning_rate());
    config.set("momentum", momentum_);
    config.set("useNesterov", nesterov_);
    return config;
  }

 protected:
  void update(const VariablePtr& variable, const Tensor& gradient, const Tensor& rate,
              const Tensor& /*step*/) override {
    const VariablePtr velocity = slot(variable, "momentum");
    const std::vector<Tensor> next = momentum_update(read(variable), read(velocity), gradient, rate,
                                                     static_cast<float>(momentum_), nesterov_);
    assign(variable, next[0]);
    assign(velocity, next[1]);
  }

 private:
  double momentum_;
  bool nesterov_;
};

const bool kSgdRegistered = register_optimizer<Sgd>("SGD");
const bool kMomentumRegistered = register_optimizer<Momentum>("Momentum");

}  // namespace
}  // namespace heddle
