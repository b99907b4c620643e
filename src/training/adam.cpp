#include "ops/optimizer_ops.h"
#include "ops/read_variable.h"
#include "training/optimizers.h"

namespace heddle {
namespace {

/// Adam (Kingma & Ba 2015): steps by the mean of the gradients over the root of the mean of their
/// squares, both decaying and corrected for their start at 0:
/// m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2,
/// w -= learningRate * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon).
/// Options: `learningRate` (0.001), `beta1` (0.9), `beta2` (0.999), `epsilon` (1e-7).
class Adam : public Optimizer {
 public:
  explicit Adam(Options& options)
      : Optimizer(options.number("learningRate", 0.001)),
        beta1_(options.number("beta1", 0.9)),
        beta2_(options.number("beta2", 0.999)),
        epsilon_(options.number("epsilon", 1e-7)) {}

  const char* class_name() const override { return "Adam"; }
  Config config() const override {
    Config config;
    config.set("learningRate", learning_rate());
    config.set("beta1", beta1_);
    config.set("beta2", beta2_);
    config.set("epsilon", epsilon_);
    return config;
  }

 protected:
  void update(const VariablePtr& variable, const Tensor& gradient, const Tensor& rate,
              const Tensor& step) override {
    const VariablePtr m = slot(variable, "m");
    const VariablePtr v = slot(variable, "v");
    const std::vector<Tensor> next = adam_update(
        read(variable), read(m), read(v), gradient, rate, step, static_cast<float>(beta1_),
        static_cast<float>(beta2_), static_cast<float>(epsilon_));
    assign(variable, next[0]);
    assign(m, next[1]);
    assign(v, next[2]);
  }

 private:
  double beta1_;
  double beta2_;
  double epsilon_;
};

const bool kRegistered = register_optimizer<Adam>("Adam");

}  // namespace
}  // namespace heddle
