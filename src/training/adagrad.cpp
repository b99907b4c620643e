#include "ops/elementwise.h"
#include "ops/read_variable.h"
#include "training/optimizers.h"

namespace heddle {
namespace {

/// Adagrad (Duchi et al. 2011): steps by the gradient over the root of the sum of its squares:
/// s += g^2, w -= learningRate g / sqrt(s + 1e-7).
/// Options: `learningRate` (0.01), `initialAccumulatorValue` (0.1), the first s.
class Adagrad : public Optimizer {
 public:
  explicit Adagrad(Options& options)
      : Optimizer(options.number("learningRate", 0.01)),
        initial_(options.number("initialAccumulatorValue", 0.1)) {}

  const char* class_name() const override { return "Adagrad"; }
  Config config() const override {
    Config config;
    config.set("learningRate", learning_rate());
    config.set("initialAccumulatorValue", initial_);
    return config;
  }

 protected:
  void update(const VariablePtr& variable, const Tensor& gradient, const Tensor& rate,
              const Tensor& /*step*/) override {
    const VariablePtr sum = slot(variable, "accumulator", static_cast<float>(initial_));
    const Tensor squares = add(read(sum), square(gradient));
    assign(sum, squares);
    const Tensor move = div(gradient, sqrt(add_constant(squares, 1e-7)));
    assign(variable, sub(read(variable), mul(move, rate)));
  }

 private:
  double initial_;
};

const bool kRegistered = register_optimizer<Adagrad>("Adagrad");

}  // namespace
}  // namespace heddle
