#pragma once

#include <functional>
#include <span>
#include <vector>

#include "tensor/tensor.h"

namespace heddle {

/// The gradients for the inputs, one each (or undefined), of the gradient of the value and of what
/// was saved. Made of ops, it can be differentiated again.
using GradientFunction =
    std::function<std::vector<Tensor>(const Tensor& dy, std::span<const Tensor> saved)>;

/// The value, which was made of the inputs, with the gradients that `gradient` gives in place of
/// those of the ops that made it. It throws ValueError, when asked, for gradients that do not fit.
Tensor custom_gradient(const Tensor& value, std::span<const Tensor> inputs,
                       std::span<const Tensor> saved, GradientFunction gradient);

}  // namespace heddle
