#include "training/metrics.h"

#include <string_view>

#include "layers/names.h"
#include "ops/elementwise.h"
#include "ops/reduce.h"
#include "ops/shape_ops.h"
#include "tensor/error.h"

namespace heddle {
namespace {

/// Targets are 0 and 1; a prediction says 1 when it is above 0.5.
Tensor binary_accuracy(const Tensor& targets, const Tensor& predictions) {
  return mean(equal(targets, greater(predictions, Tensor::scalar(0.5f))), {-1});
}

/// Targets are rows whose greatest element marks the class.
Tensor categorical_accuracy(const Tensor& targets, const Tensor& predictions) {
  return cast(equal(arg_max(targets, -1), arg_max(predictions, -1)), DType::kFloat32);
}

/// Targets are class numbers: [...] or [..., 1].
Tensor sparse_categorical_accuracy(const Tensor& targets, const Tensor& predictions) {
  const Tensor classes = arg_max(predictions, -1);
  return cast(equal(reshape(targets, classes.shape()), classes), DType::kFloat32);
}

/// How many targets and predictions have these values.
Tensor count(const Tensor& targets, float target, const Tensor& predictions, float prediction) {
  const Tensor both = logical_and(equal(targets, Tensor::scalar(target)),
                                  equal(predictions, Tensor::scalar(prediction)));
  return cast(sum(both), DType::kFloat32);
}

/// hits / (hits + misses), 0 when there are none.
Tensor share(const Tensor& hits, const Tensor& misses) {
  return div(hits, maximum(add(hits, misses), Tensor::scalar(1)));
}

/// Of the predictions that are 1, the share whose target is 1.
Tensor precision(const Tensor& targets, const Tensor& predictions) {
  return share(count(targets, 1, predictions, 1), count(targets, 0, predictions, 1));
}

/// Of the targets that are 1, the share whose prediction is 1.
Tensor recall(const Tensor& targets, const Tensor& predictions) {
  return share(count(targets, 1, predictions, 1), count(targets, 1, predictions, 0));
}

/// 1 - (squared errors) / (squared distances of the targets from their mean).
Tensor r2_score(const Tensor& targets, const Tensor& predictions) {
  const Tensor errors = sum(squared_difference(targets, predictions));
  const Tensor spread = sum(squared_difference(targets, mean(targets)));
  return add_constant(neg(div(errors, spread)), 1);
}

struct Entry {
  std::string_view name;
  Tensor (*function)(const Tensor& targets, const Tensor& predictions);
};

/// A new metric is a function above and a line here; all losses are metrics as well.
constexpr Entry kMetrics[] = {
    {"binaryAccuracy", binary_accuracy},
    {"categoricalAccuracy", categorical_accuracy},
    {"precision", precision},
    {"r2Score", r2_score},
    {"recall", recall},
    {"sparseCategoricalAccuracy", sparse_categorical_accuracy},
};

LossFunction find_metric(const std::string& name) {
  if (const Entry* entry = find_named(kMetrics, name)) return entry->function;
  try {
    return make_loss(name);
  } catch (const ValueError&) {
    fail<ValueError>("Unknown metric {}. Known metrics: accuracy, crossentropy, {}, and all losses",
                     name, list_names(kMetrics));
  }
}

}  // namespace

Metric make_metric(const std::string& name, const Shape& output_shape, const std::string& loss) {
  const bool accuracy = same_name(name, "accuracy") || same_name(name, "acc");
  const bool crossentropy = same_name(name, "crossentropy") || same_name(name, "ce");
  if (!accuracy && !crossentropy) return {name, find_metric(name)};

  // "accuracy" and "crossentropy" mean what suits the output and its loss.
  const bool one = output_shape.rank() > 0 && output_shape[-1] == 1;
  const char* kind = one || loss == "binaryCrossentropy"       ? "binary"
                     : loss == "sparseCategoricalCrossentropy" ? "sparseCategorical"
                                                               : "categorical";
  if (accuracy) return {"acc", find_metric(text("{}Accuracy", kind))};
  return {"ce", find_metric(text("{}Crossentropy", kind))};
}

}  // namespace heddle
