#include "ops/elementwise.h"
#include "ops/read_variable.h"
#include "training/optimizers.h"

namespace heddle {
namespace {

/// Adadelta (Zeiler 2012): the size of a step follows from those before:
/// u = g sqrt(d + epsilon) / sqrt(s + epsilon), d = rho d + (1 - rho) u^2,
/// s = rho s + (1 - rho) g^2, w -= learningRate u; as in TensorFlow.js, u takes s from before.
/// Options: `learningRate` (1), `rho` (0.95), `epsilon` (1e-7).
class Adadelta : public Optimizer {
 public:
  explicit Adadelta(Options& options)
      : Optimizer(options.number("learningRate", 1)),
        rho_(options.number("rho", 0.95)),
        epsilon_(options.number("epsilon", 1e-7)) {}

  const char* class_name() const override { return "Adadelta"; }
  Config config() const override {
    Config config;
    config.set("learningRate", learning_rate());
    config.set("rho", rho_);
    config.set("epsilon", epsilon_);
    return config;
  }

 protected:
  void update(const VariablePtr& variable, const Tensor& gradient, const Tensor& rate,
              const Tensor& /*step*/) override {
    const VariablePtr squares = slot(variable, "accum_grad");
    const VariablePtr moves = slot(variable, "accum_var");
    const Tensor above = sqrt(add_constant(read(moves), epsilon_));
    const Tensor below = sqrt(add_constant(read(squares), epsilon_));
    const Tensor move = mul(div(above, below), gradient);
    decayed(squares, square(gradient), rho_);
    decayed(moves, square(move), rho_);
    assign(variable, sub(read(variable), mul(move, rate)));
  }

 private:
  double rho_;
  double epsilon_;
};

const bool kRegistered = register_optimizer<Adadelta>("Adadelta");

}  // namespace
}  // namespace heddle
