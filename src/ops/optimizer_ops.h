#pragma once

#include <vector>

#include "ops/op.h"

namespace heddle {

// One optimizer step for one parameter, as pure ops: new values out, which a Program places over
// the old ones. The learning rate and Adam's step number are float32 scalars, so that they may
// change from run to run. No gradient goes through any of these.

/// param - lr * grad.
Tensor sgd_update(const Tensor& param, const Tensor& grad, const Tensor& lr);

/// velocity' = momentum * velocity + grad; param' = param - lr * velocity', or with `nesterov`
/// param - lr * (grad + momentum * velocity'). Returns {param', velocity'}.
std::vector<Tensor> momentum_update(const Tensor& param, const Tensor& velocity, const Tensor& grad,
                                    const Tensor& lr, float momentum, bool nesterov);

/// Adam (Kingma & Ba 2015); `step` is 1 in the first step. Returns {param', m', v'}.
std::vector<Tensor> adam_update(const Tensor& param, const Tensor& m, const Tensor& v,
                                const Tensor& grad, const Tensor& lr, const Tensor& step,
                                float beta1, float beta2, float epsilon);

}  // namespace heddle
