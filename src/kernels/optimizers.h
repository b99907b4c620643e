#pragma once

namespace heddle::kernels {

// One pass over parameters, state and gradient each. All arrays have n elements and do not overlap.

/// param -= learning_rate * grad.
void sgd_update(int n, float learning_rate, const float* grad, float* param);

/// velocity = momentum * velocity + grad, then
///   param -= learning_rate * velocity                       (plain), or
///   param -= learning_rate * (grad + momentum * velocity)   (nesterov),
/// as TensorFlow.js's MomentumOptimizer. The velocity begins at 0.
void sgd_momentum_update(int n, float learning_rate, float momentum, bool nesterov,
                         const float* grad, float* velocity, float* param);

/// The constants of one Adam step.
struct AdamStep {
  float learning_rate = 0.001f;
  float beta1 = 0.9f;
  float beta2 = 0.999f;
  float epsilon = 1e-7f;
  float beta1_power = 0.9f;    // beta1 to the power of the step's number, which begins at 1
  float beta2_power = 0.999f;  // beta2 likewise
};

/// Adam (Kingma & Ba 2015), in the form of TensorFlow.js 4.22:
///   m = beta1 * m + (1 - beta1) * g,  v = beta2 * v + (1 - beta2) * g²,
///   param -= learning_rate * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon).
void adam_update(int n, const AdamStep& step, const float* grad, float* m, float* v, float* param);

}  // namespace heddle::kernels
