#include "layers/activations.h"

#include <cmath>
#include <numbers>
#include <numeric>
#include <vector>

#include "layers/names.h"
#include "ops/elementwise.h"
#include "ops/reduce.h"
#include "ops/scan.h"
#include "ops/shape_ops.h"
#include "ops/softmax.h"
#include "ops/sort.h"

namespace heddle {
namespace {

/// The shape with half the last axis.
Shape halved(Shape shape) {
  const int last = shape.rank() == 0 ? 1 : shape[-1];
  if (last == kUnknown) return shape;
  if (last % 2 != 0) {
    fail<ValueError>("Activation glu halves the last axis, whose size must be even, got shape {}",
                     shape);
  }
  shape[-1] = last / 2;
  return shape;
}

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

// What follows is in Keras 3 only.

/// x relu6(x + 3) / 6 (Howard et al. 2019). The gate is Keras 3's hard sigmoid; hard_sigmoid above
/// is TensorFlow.js's, which is steeper.
Tensor hard_silu(const Tensor& x) {
  return mul(x, mul_constant(relu6(add_constant(x, 3)), 1.0 / 6));
}

Tensor leaky_relu_02(const Tensor& x) { return leaky_relu(x, 0.2); }

/// a sigmoid(b), where a and b are the halves of the last axis (Dauphin et al. 2017).
Tensor glu(const Tensor& x) {
  halved(x.shape());  // throws where it does not go
  const std::vector<Tensor> halves = split(x, 2, -1);
  return mul(halves[0], sigmoid(halves[1]));
}

/// (x + sqrt(x² + 4)) / 2 (Barron 2021).
Tensor squareplus(const Tensor& x) {
  return mul_constant(add(x, sqrt(add_constant(square(x), 4))), 0.5);
}

/// 0 up to -1, (x + 1)² / 4 up to 1, then x.
Tensor sparse_plus(const Tensor& x) {
  const Tensor bend = mul_constant(square(add_constant(clip_by_value(x, -1, 1), 1)), 0.25);
  return add(bend, relu(add_constant(x, -1)));
}

/// x - tanh(x).
Tensor tanh_shrink(const Tensor& x) { return sub(x, tanh(x)); }

/// Towards 0 by 0.5, and 0 within [-0.5, 0.5].
Tensor soft_shrink(const Tensor& x) { return sub(x, clip_by_value(x, -0.5F, 0.5F)); }

/// x, and 0 within [-0.5, 0.5].
Tensor hard_shrink(const Tensor& x) {
  return mul(x, cast(greater(abs(x), Tensor::scalar(0.5F)), DType::kFloat32));
}

/// x within [-1, 1].
Tensor hard_tanh(const Tensor& x) { return clip_by_value(x, -1, 1); }

/// The Euclidean projection of each row (the last axis) onto the probabilities: max(x - tau, 0),
/// with the tau that makes the sum 1 (Martins & Astudillo 2016, algorithm 1).
Tensor sparsemax(const Tensor& x) {
  const int n = x.shape()[normalize_axis(-1, x.shape().rank(), "sparsemax")];
  std::vector<float> ranks(static_cast<size_t>(n));
  std::iota(ranks.begin(), ranks.end(), 1.0F);
  const Tensor sorted = top_k(x, n).values;
  const Tensor sums = cumsum(sorted, -1);
  const Tensor rank = Tensor::from({n}, std::span<const float>(ranks));
  // The k greatest of each row stay above zero. [..., n]
  const Tensor stays = cast(greater(add_constant(mul(rank, sorted), 1), sums), DType::kFloat32);
  const Tensor total = add_constant(sum(mul(sorted, stays), {-1}, true), -1);
  return relu(sub(x, div(total, sum(stays, {-1}, true))));
}

/// A new activation is a function above and a line here.
constexpr Activation kActivations[] = {
    {"elu", elu},
    {"gelu", gelu},
    {"gelu_new", gelu_new},
    {"hardSigmoid", hard_sigmoid},
    {"linear", linear},
    {"logSoftmax", log_softmax_last},
    {"mish", mish},
    {"relu", relu},
    {"relu6", relu6},
    {"selu", selu},
    {"sigmoid", sigmoid},
    {"softmax", softmax_last},
    {"softplus", softplus},
    {"softsign", softsign},
    {"swish", swish},
    {"tanh", tanh},
    {"celu", elu},  // with its default alpha, 1
    {"exponential", exp},
    {"glu", glu, true},
    {"hardShrink", hard_shrink},
    {"hardSilu", hard_silu},
    {"hardSwish", hard_silu},
    {"hardTanh", hard_tanh},
    {"leakyRelu", leaky_relu_02},
    {"logSigmoid", log_sigmoid},
    {"silu", swish},
    {"softShrink", soft_shrink},
    {"sparsemax", sparsemax},
    {"sparseplus", sparse_plus},
    {"squareplus", squareplus},
    {"tanhShrink", tanh_shrink},
    {"threshold", relu},  // Keras's default_value and threshold have no defaults: 0 and 0
};

}  // namespace

Shape Activation::output_shape(const Shape& input) const { return halves ? halved(input) : input; }

const Activation& activation_named(std::string_view name) {
  const Activation* found = find_named(kActivations, name);
  if (found == nullptr) {
    fail<ValueError>("Unknown activation: {}. Known activations: {}", name,
                     list_names(kActivations));
  }
  return *found;
}

const Activation& read_activation(Options& options) {
  return activation_named(options.text("activation", "linear"));
}

}  // namespace heddle
