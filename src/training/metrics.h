#pragma once

#include <functional>
#include <string>

#include "tensor/tensor.h"
#include "training/losses.h"

namespace heddle {

/// A metric of one output. Its value over a batch is the mean of what the function returns.
struct Metric {
  std::string key;  // in logs: "acc", "mse", ...
  LossFunction function;
};

/// By name. "accuracy" (or "acc") becomes binary, categorical or sparse categorical accuracy, as
/// the output's shape [batch, ..., classes] and its loss (canonical name, "" for a function) ask
/// for. Throws ValueError that lists the known names.
Metric make_metric(const std::string& name, const Shape& output_shape, const std::string& loss);

}  // namespace heddle
