#include "ops/optimizer_ops.h"

#include <cmath>
#include <cstring>

#include "kernels/optimizers.h"

namespace heddle {
namespace {

/// By squaring: std::pow for doubles comes with 6 KB of tables.
double power(double base, uint32_t exponent) {
  double result = 1;
  for (; exponent > 0; exponent >>= 1) {
    if (exponent & 1) result *= base;
    base *= base;
  }
  return result;
}

/// What all have in common: the first `states` inputs are the parameter and its states, and come
/// out updated, in the same order; then the gradient; then scalars.
class OptimizerUpdate : public Op {
 public:
  explicit OptimizerUpdate(int states) : states_(states) {}

  std::vector<TensorSpec> infer(std::span<const TensorSpec> inputs) const override {
    for (int i = 1; i <= states_; ++i) {
      if (inputs[i].shape != inputs[0].shape) {
        fail<ValueError>("[{}] {} must have the shape of the parameter {}, got {}", name(),
                         i == states_ ? "the gradient" : "the state", inputs[0].shape,
                         inputs[i].shape);
      }
    }
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i].dtype != DType::kFloat32) {
        fail<ValueError>("[{}] only float32 can be trained, got {}", name(),
                         name_of(inputs[i].dtype));
      }
      if (static_cast<int>(i) > states_ && inputs[i].shape.size() != 1) {
        fail<ValueError>("[{}] learning rate and step must be scalars, got shape {}", name(),
                         inputs[i].shape);
      }
    }
    return std::vector<TensorSpec>(inputs.begin(), inputs.begin() + states_);
  }

  void run(const RunContext& /*run*/, std::span<const View> inputs,
           std::span<const View> outputs) const override {
    if (outputs[0].size() == 0) return;
    // The kernels work in place. The memory plan puts the outputs over the inputs where it can.
    for (int i = 0; i < states_; ++i) {
      if (outputs[i].data != inputs[i].data) {
        std::memcpy(outputs[i].data, inputs[i].data, outputs[i].spec->bytes());
      }
    }
    update(static_cast<int>(outputs[0].size()), inputs, outputs);
  }

  bool in_place(int input, int output) const override { return input == output && input < states_; }

 protected:
  virtual void update(int n, std::span<const View> inputs, std::span<const View> outputs) const = 0;

 private:
  int states_;
};

class SgdUpdate : public OptimizerUpdate {
 public:
  SgdUpdate() : OptimizerUpdate(1) {}
  const char* name() const override { return "sgd"; }

 protected:
  // [param, grad, lr]
  void update(int n, std::span<const View> inputs, std::span<const View> outputs) const override {
    kernels::sgd_update(n, *inputs[2].f32(), inputs[1].f32(), outputs[0].f32());
  }
};

class MomentumUpdate : public OptimizerUpdate {
 public:
  MomentumUpdate(float momentum, bool nesterov)
      : OptimizerUpdate(2), momentum_(momentum), nesterov_(nesterov) {}
  const char* name() const override { return "momentum"; }

 protected:
  // [param, velocity, grad, lr]
  void update(int n, std::span<const View> inputs, std::span<const View> outputs) const override {
    kernels::sgd_momentum_update(n, *inputs[3].f32(), momentum_, nesterov_, inputs[2].f32(),
                                 outputs[1].f32(), outputs[0].f32());
  }

 private:
  float momentum_;
  bool nesterov_;
};

class AdamUpdate : public OptimizerUpdate {
 public:
  AdamUpdate(float beta1, float beta2, float epsilon)
      : OptimizerUpdate(3), beta1_(beta1), beta2_(beta2), epsilon_(epsilon) {}
  const char* name() const override { return "adam"; }

 protected:
  // [param, m, v, grad, lr, step]
  void update(int n, std::span<const View> inputs, std::span<const View> outputs) const override {
    const auto step = static_cast<uint32_t>(*inputs[5].f32());
    kernels::AdamStep constants;
    constants.learning_rate = *inputs[4].f32();
    constants.beta1 = beta1_;
    constants.beta2 = beta2_;
    constants.epsilon = epsilon_;
    constants.beta1_power = static_cast<float>(power(beta1_, step));
    constants.beta2_power = static_cast<float>(power(beta2_, step));
    kernels::adam_update(n, constants, inputs[3].f32(), outputs[1].f32(), outputs[2].f32(),
                         outputs[0].f32());
  }

 private:
  float beta1_;
  float beta2_;
  float epsilon_;
};

}  // namespace

Tensor sgd_update(const Tensor& param, const Tensor& grad, const Tensor& lr) {
  return apply(std::make_shared<SgdUpdate>(), {param, grad, lr});
}

std::vector<Tensor> momentum_update(const Tensor& param, const Tensor& velocity, const Tensor& grad,
                                    const Tensor& lr, float momentum, bool nesterov) {
  return apply_all(std::make_shared<MomentumUpdate>(momentum, nesterov),
                   {param, velocity, grad, lr});
}

std::vector<Tensor> adam_update(const Tensor& param, const Tensor& m, const Tensor& v,
                                const Tensor& grad, const Tensor& lr, const Tensor& step,
                                float beta1, float beta2, float epsilon) {
  return apply_all(std::make_shared<AdamUpdate>(beta1, beta2, epsilon),
                   {param, m, v, grad, lr, step});
}

}  // namespace heddle
