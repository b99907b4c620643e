#include "ops/elementwise.h"
#include "ops/read_variable.h"
#include "training/optimizers.h"

namespace heddle {
namespace {

/// RMSProp (Hinton 2012): steps by the gradient over the root of the decaying mean of its squares:
/// s = decay s + (1 - decay) g^2, centred m = decay m + (1 - decay) g,
/// v = momentum v + learningRate g / sqrt(s - m^2 + epsilon), w -= v.
/// Options: `learningRate` (0.001), `decay` (0.9), `momentum` (0), `epsilon` (1e-7), `centered`
/// (false). As in TensorFlow.js a centred one takes epsilon away instead: sqrt(s - (m^2 +
/// epsilon)).
class RMSProp : public Optimizer {
 public:
  explicit RMSProp(Options& options)
      : Optimizer(options.number("learningRate", 0.001)),
        decay_(options.number("decay", 0.9)),
        momentum_(options.number("momentum", 0)),
        epsilon_(options.number("epsilon", 1e-7)),
        centered_(options.flag("centered", false)) {}

  const char* class_name() const override { return "RMSProp"; }
  Config config() const override {
    Config config;
    config.set("learningRate", learning_rate());
    config.set("decay", decay_);
    config.set("momentum", momentum_);
    config.set("epsilon", epsilon_);
    config.set("centered", centered_);
    return config;
  }

 protected:
  void update(const VariablePtr& variable, const Tensor& gradient, const Tensor& rate,
              const Tensor& /*step*/) override {
    const Tensor squares = decayed(slot(variable, "rms"), square(gradient), decay_);
    Tensor variance = add_constant(squares, epsilon_);
    if (centered_) {
      const Tensor mean = decayed(slot(variable, "mg"), gradient, decay_);
      variance = sub(squares, add_constant(square(mean), epsilon_));
    }
    const VariablePtr velocity = slot(variable, "momentum");
    const Tensor move = div(mul(gradient, rate), sqrt(variance));
    const Tensor next = add(mul_constant(read(velocity), momentum_), move);
    assign(velocity, next);
    assign(variable, sub(read(variable), next));
  }

 private:
  double decay_;
  double momentum_;
  double epsilon_;
  bool centered_;
};

const bool kRegistered = register_optimizer<RMSProp>("RMSProp");

}  // namespace
}  // namespace heddle
