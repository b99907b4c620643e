#pragma once

#include "ops/elementwise.h"

namespace heddle {

/// The gradient rule of one elementwise step, before broadcasting is undone.
std::vector<Tensor> gradient_of(const kernels::ChainStep& step, const GradientRequest& request);

// Steps that gradient rules use. `y` is the activation's output, `x` its input.
Tensor relu_grad(const Tensor& dy, const Tensor& y);
Tensor relu6_grad(const Tensor& dy, const Tensor& y);
Tensor sigmoid_grad(const Tensor& dy, const Tensor& y);
Tensor tanh_grad(const Tensor& dy, const Tensor& y);
Tensor elu_grad(const Tensor& dy, const Tensor& y);
Tensor clip_grad(const Tensor& dy, const Tensor& x, double low, double high);

}  // namespace heddle
