#pragma once

#include <functional>
#include <string>

#include "tensor/tensor.h"

namespace heddle {

/// From targets and predictions [batch, ...] to a loss for each sample ([batch, ...] with the last
/// axis reduced, as in Keras), in ops.
using LossFunction = std::function<Tensor(const Tensor& targets, const Tensor& predictions)>;

/// By TensorFlow.js's or Keras's name ("meanSquaredError", "mse", "categoricalCrossentropy", ...).
/// Throws ValueError that lists the known names.
LossFunction make_loss(const std::string& name);

/// The canonical name of a loss, e.g. "meanSquaredError" for "mse".
std::string canonical_loss_name(const std::string& name);

}  // namespace heddle
