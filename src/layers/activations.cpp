#include "layers/activations.h"

#include <cmath>
#include <numbers>

#include "layers/names.h"
#include "ops/elementwise.h"
#include "ops/softmax.h"

namespace heddle {
namespace {

Tensor linear(const Tensor& x) { return x; }

/// 0.2 x + 0.5 within [0, 1].
Tensor hard_sigmoid(const Tensor& x) {
  return clip_by_value(add_constant(mul_constant(x, 0.2), 0.5), 0, 1);
}

/// x / (1 + |x|).
Tensor softsign(const Tensor& x) { return div(x, add_constant(abs(x), 1)); }

/// x sigmoid(x) (Ramachandran et al. 2017).
Tensor swish(const Tensor& x) { return mul(x, sigmoid(x)); }

/// x tanh(softplus(x)) (Misra 2019).
Tensor mish(const Tensor& x) { return mul(x, tanh(softplus(x))); }

/// 0.5 x (1 + erf(x / sqrt(2))) (Hendrycks & Gimpel 2016).
Tensor gelu(const Tensor& x) {
  const Tensor gate = erf(mul_constant(x, 1 / std::numbers::sqrt2));
  return mul(mul_constant(x, 0.5), add_constant(gate, 1));
}

/// Its approximation 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))).
Tensor gelu_new(const Tensor& x) {
  const Tensor cubic = add(x, mul_constant(mul(x, square(x)), 0.044715));
  const Tensor gate = tanh(mul_constant(cubic, std::sqrt(2 / std::numbers::pi)));
  return mul(mul_constant(x, 0.5), add_constant(gate, 1));
}

Tensor softmax_last(const Tensor& x) { return softmax(x, -1); }
Tensor log_softmax_last(const Tensor& x) { return log_softmax(x, -1); }

/// A new activation is a function above and a line here.
constexpr Activation kActivations[] = {
    {"elu", elu},           {"gelu", gelu},
    {"gelu_new", gelu_new}, {"hardSigmoid", hard_sigmoid},
    {"linear", linear},     {"logSoftmax", log_softmax_last},
    {"mish", mish},         {"relu", relu},
    {"relu6", relu6},       {"selu", selu},
    {"sigmoid", sigmoid},   {"softmax", softmax_last},
    {"softplus", softplus}, {"softsign", softsign},
    {"swish", swish},       {"tanh", tanh},
};

}  // namespace

const Activation& activation_named(std::string_view name) {
  const Activation* found = find_named(kActivations, name);
  if (found == nullptr) {
    throw ValueError(
        text("Unknown activation: ", name, ". Known activations: ", list_names(kActivations)));
  }
  return *found;
}

const Activation& read_activation(Options& options) {
  return activation_named(options.text("activation", "linear"));
}

}  // namespace heddle
