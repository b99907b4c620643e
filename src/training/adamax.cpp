#include <cmath>

#include "ops/elementwise.h"
#include "ops/read_variable.h"
#include "training/optimizers.h"

namespace heddle {
namespace {

/// Adamax (Kingma & Ba 2015, section 7.1): Adam with the greatest gradient so far in place of the
/// root of the mean of squares: m = beta1 m + (1 - beta1) g, v = max(beta2 v, |g|),
/// w -= learningRate / (1 + decay (t - 1)) / (1 - beta1^t) m / (v + epsilon).
/// Options: `learningRate` (0.002), `beta1` (0.9), `beta2` (0.999), `epsilon` (1e-7), `decay` (0).
class Adamax : public Optimizer {
 public:
  explicit Adamax(Options& options)
      : Optimizer(options.number("learningRate", 0.002)),
        beta1_(options.number("beta1", 0.9)),
        beta2_(options.number("beta2", 0.999)),
        epsilon_(options.number("epsilon", 1e-7)),
        decay_(options.number("decay", 0)) {}

  const char* class_name() const override { return "Adamax"; }
  Config config() const override {
    Config config;
    config.set("learningRate", learning_rate());
    config.set("beta1", beta1_);
    config.set("beta2", beta2_);
    config.set("epsilon", epsilon_);
    config.set("decay", decay_);
    return config;
  }

 protected:
  void update(const VariablePtr& variable, const Tensor& gradient, const Tensor& rate,
              const Tensor& step) override {
    const Tensor mean = decayed(slot(variable, "m"), gradient, beta1_);
    const VariablePtr greatest = slot(variable, "v");
    const Tensor bound = maximum(mul_constant(read(greatest), beta2_), abs(gradient));
    assign(greatest, bound);
    // 1 - beta1^t
    const Tensor decay = pow(Tensor::scalar(static_cast<float>(beta1_)), step);
    const Tensor correction = add_constant(neg(decay), 1);
    const Tensor slowed = add_constant(mul_constant(add_constant(step, -1), decay_), 1);
    const Tensor size = div(rate, mul(slowed, correction));
    const Tensor move = mul(div(mean, add_constant(bound, epsilon_)), size);
    assign(variable, sub(read(variable), move));
  }

 private:
  double beta1_;
  double beta2_;
  double epsilon_;
  double decay_;
};

const bool kRegistered = register_optimizer<Adamax>("Adamax");

}  // namespace
}  // namespace heddle
