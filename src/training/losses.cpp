#include "training/losses.h"

#include <cmath>
#include <limits>
#include <numbers>
#include <optional>
#include <string_view>

#include "layers/names.h"
#include "ops/elementwise.h"
#include "ops/gather.h"
#include "ops/reduce.h"
#include "ops/shape_ops.h"
#include "ops/softmax.h"

/// Formulas as in TensorFlow.js. Shapes: predictions [..., n], targets the same, and a loss for
/// each row, [...].

namespace heddle {
namespace {

/// Keeps logarithms and quotients finite.
constexpr float kEpsilon = 1e-7f;
constexpr float kHuge = std::numeric_limits<float>::max();

Tensor mean_last(const Tensor& x) { return mean(x, {-1}); }
Tensor sum_last(const Tensor& x) { return sum(x, {-1}); }
Tensor one_minus(const Tensor& x) { return add_constant(neg(x), 1); }

// Where a cross-entropy meets the softmax or sigmoid that made its predictions, both are one op:
// quicker, and exact where probabilities are too close to 0 or 1 for their logarithms.

/// What an op was applied to, if `is_it(op)` holds for the op that made the tensor. Looks through
/// reshapes that keep the last axis.
template <typename Predicate>
std::optional<Tensor> input_of(const Tensor& made, const Predicate& is_it) {
  const Node& node = made.node();
  if (node.op == nullptr || node.inputs.size() != 1) return {};
  const Tensor& input = node.inputs[0];
  if (is_it(*node.op)) return input;
  const Shape& inner = input.shape();
  const bool rows_kept = node.op->name() == std::string_view("reshape") && inner.rank() > 0 &&
                         made.shape().rank() > 0 && inner[-1] == made.shape()[-1];
  if (!rows_kept) return {};
  const std::optional<Tensor> found = input_of(input, is_it);
  if (!found) return {};
  return reshape(*found, made.shape());
}

/// The logits of a softmax over the last axis (the only one that the op itself has).
std::optional<Tensor> softmax_logits(const Tensor& predictions) {
  return input_of(predictions,
                  [](const Op& op) { return op.name() == std::string_view("softmax"); });
}

std::optional<Tensor> sigmoid_logits(const Tensor& predictions) {
  return input_of(predictions, [](const Op& op) {
    const Elementwise* elementwise = op.as_elementwise();
    return elementwise != nullptr && elementwise->chain().num_steps == 1 &&
           elementwise->chain().steps[0].code == kernels::Code::kSigmoid;
  });
}

Tensor mean_squared_error(const Tensor& targets, const Tensor& predictions) {
  return mean_last(squared_difference(predictions, targets));
}

Tensor mean_absolute_error(const Tensor& targets, const Tensor& predictions) {
  return mean_last(abs(sub(predictions, targets)));
}

Tensor mean_absolute_percentage_error(const Tensor& targets, const Tensor& predictions) {
  const Tensor scale = clip_by_value(abs(cast(targets, DType::kFloat32)), kEpsilon, kHuge);
  return mul_constant(mean_last(abs(div(sub(targets, predictions), scale))), 100);
}

Tensor mean_squared_logarithmic_error(const Tensor& targets, const Tensor& predictions) {
  const auto logarithm = [](const Tensor& x) {
    return log1p(clip_by_value(cast(x, DType::kFloat32), kEpsilon, kHuge));
  };
  return mean_last(squared_difference(logarithm(predictions), logarithm(targets)));
}

Tensor margins(const Tensor& targets, const Tensor& predictions) {
  return relu(one_minus(mul(targets, predictions)));
}

/// Targets are -1 and 1.
Tensor hinge(const Tensor& targets, const Tensor& predictions) {
  return mean_last(margins(targets, predictions));
}

Tensor squared_hinge(const Tensor& targets, const Tensor& predictions) {
  return mean_last(square(margins(targets, predictions)));
}

Tensor categorical_hinge(const Tensor& targets, const Tensor& predictions) {
  const Tensor right = sum_last(mul(targets, predictions));
  const Tensor wrong = max(mul(one_minus(cast(targets, DType::kFloat32)), predictions), {-1});
  return relu(add_constant(sub(wrong, right), 1));
}

/// The logarithm of the hyperbolic cosine of the error.
Tensor log_cosh(const Tensor& targets, const Tensor& predictions) {
  const Tensor error = sub(predictions, targets);
  const Tensor rest = softplus(mul_constant(error, -2));
  return mean_last(add_constant(add(error, rest), -std::numbers::ln2));
}

/// Targets are probabilities, for example one-hot rows.
Tensor categorical_crossentropy(const Tensor& targets, const Tensor& predictions) {
  if (targets.shape() != predictions.shape()) {
    fail<ValueError>(
        "[categoricalCrossentropy] targets must have the shape of the predictions {}, got {}. For "
        "class numbers use sparseCategoricalCrossentropy, or make one-hot rows of them with oneHot",
        predictions.shape(), targets.shape());
  }
  if (const std::optional<Tensor> logits = softmax_logits(predictions)) {
    return softmax_cross_entropy(*logits, cast(targets, DType::kFloat32));
  }
  const Tensor probabilities =
      clip_by_value(div(predictions, sum(predictions, {-1}, true)), kEpsilon, 1 - kEpsilon);
  return neg(sum_last(mul(targets, log(probabilities))));
}

/// Targets are class numbers: [...] or [..., 1], of any dtype.
Tensor sparse_categorical_crossentropy(const Tensor& targets, const Tensor& predictions) {
  const Shape rows = predictions.shape().slice(0, -1);
  if (targets.size() != rows.size()) {
    fail<ValueError>(
        "[sparseCategoricalCrossentropy] targets must be one class number for each row of the "
        "predictions {}, of shape {}, got {}. For one-hot rows use categoricalCrossentropy",
        predictions.shape(), rows, targets.shape());
  }
  const Tensor labels = reshape(cast(targets, DType::kInt32), rows);
  if (const std::optional<Tensor> logits = softmax_logits(predictions)) {
    return sparse_softmax_cross_entropy(*logits, labels);
  }
  return categorical_crossentropy(one_hot(labels, predictions.shape()[-1]),
                                  clip_by_value(predictions, kEpsilon, 1 - kEpsilon));
}

/// Targets are 0 and 1, or probabilities.
Tensor binary_crossentropy(const Tensor& targets, const Tensor& predictions) {
  const Tensor labels = cast(targets, DType::kFloat32);
  if (const std::optional<Tensor> logits = sigmoid_logits(predictions)) {
    return mean_last(sigmoid_cross_entropy(*logits, labels));
  }
  const Tensor probabilities = clip_by_value(predictions, kEpsilon, 1 - kEpsilon);
  const Tensor logits = log(div(probabilities, one_minus(probabilities)));
  return mean_last(sigmoid_cross_entropy(logits, labels));
}

Tensor kullback_leibler_divergence(const Tensor& targets, const Tensor& predictions) {
  const Tensor from = clip_by_value(cast(targets, DType::kFloat32), kEpsilon, 1);
  const Tensor to = clip_by_value(predictions, kEpsilon, 1);
  return sum_last(mul(targets, log(div(from, to))));
}

Tensor poisson(const Tensor& targets, const Tensor& predictions) {
  return mean_last(sub(predictions, mul(targets, log(add_constant(predictions, kEpsilon)))));
}

Tensor cosine_proximity(const Tensor& targets, const Tensor& predictions) {
  const auto direction = [](const Tensor& x) {
    const Tensor real = cast(x, DType::kFloat32);
    const Tensor length = sum(square(real), {-1}, true);
    return div(real, sqrt(maximum(length, Tensor::scalar(kEpsilon))));
  };
  return neg(sum_last(mul(direction(targets), direction(predictions))));
}

struct Entry {
  std::string_view name;
  Tensor (*function)(const Tensor& targets, const Tensor& predictions);
};

/// A new loss is a function above and a line here.
constexpr Entry kLosses[] = {
    {"binaryCrossentropy", binary_crossentropy},
    {"categoricalCrossentropy", categorical_crossentropy},
    {"categoricalHinge", categorical_hinge},
    {"cosineProximity", cosine_proximity},
    {"hinge", hinge},
    {"kullbackLeiblerDivergence", kullback_leibler_divergence},
    {"logcosh", log_cosh},
    {"meanAbsoluteError", mean_absolute_error},
    {"meanAbsolutePercentageError", mean_absolute_percentage_error},
    {"meanSquaredError", mean_squared_error},
    {"meanSquaredLogarithmicError", mean_squared_logarithmic_error},
    {"poisson", poisson},
    {"sparseCategoricalCrossentropy", sparse_categorical_crossentropy},
    {"squaredHinge", squared_hinge},
};

struct Alias {
  std::string_view name;
  std::string_view meaning;
};
constexpr Alias kAliases[] = {
    {"cosine", "cosineProximity"}, {"kld", "kullbackLeiblerDivergence"},
    {"mae", "meanAbsoluteError"},  {"mape", "meanAbsolutePercentageError"},
    {"mse", "meanSquaredError"},   {"msle", "meanSquaredLogarithmicError"},
};

const Entry& find_loss(const std::string& name) {
  const Alias* alias = find_named(kAliases, name);
  const Entry* entry =
      find_named(kLosses, alias == nullptr ? std::string_view(name) : alias->meaning);
  if (entry == nullptr) {
    fail<ValueError>("Unknown loss {}. Known losses: {}", name, list_names(kLosses));
  }
  return *entry;
}

}  // namespace

LossFunction make_loss(const std::string& name) { return find_loss(name).function; }

std::string canonical_loss_name(const std::string& name) {
  return std::string(find_loss(name).name);
}

}  // namespace heddle
