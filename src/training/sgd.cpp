#include "ops/optimizer_ops.h"
#include "ops/read_variable.h"
#include "training/optimizers.h"

namespace heddle {
namespace {

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
    assign(variable, sgd_update(read(variable), gradient, rate));
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
