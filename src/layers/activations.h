#pragma once

#include <string_view>

#include "layers/config.h"
#include "tensor/tensor.h"

namespace heddle {

/// An activation function of a layer.
struct Activation {
  const char* name;
  Tensor (*apply)(const Tensor& x);
  /// Whether the result's last axis is half as long (glu). All others keep the shape.
  bool halves = false;

  /// Of the result. Throws ValueError where the last axis has no half.
  Shape output_shape(const Shape& input) const;
};

/// By name ("relu"). Throws ValueError that lists the known names.
const Activation& activation_named(std::string_view name);

/// The option `activation`: a name, "linear" when it is not given.
const Activation& read_activation(Options& options);

}  // namespace heddle
